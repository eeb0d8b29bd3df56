"""Reading: the lines of a design with their meaning as vectors and their polarity."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reviewer.backends.offline.assertion import Assertion, section_assertion
from reviewer.backends.offline.features import polarity_features
from reviewer.backends.offline.model import OfflineModel
from reviewer.backends.offline.terms import TermIndex
from reviewer.domain.design import Design, Span
from reviewer.ports import Embedder

_MARKUP = re.compile(r"[*_`#>|]+|<[^>\n]{1,80}>|\[([^\]]*)\]\([^)]*\)")
_DIAGRAM = re.compile(
    r"-->|---|-\.->|==>|^\s*(?:subgraph|end|graph|flowchart)\b|^\s*\w+\s*[\[({]+[^=:]*[\])}]+\s*$"
)
# Words to whoever grades, or to a model that reads, say nothing of the design, whatever they claim.
_TO_THE_GRADER = re.compile(
    r"\[/?INST\]|<\|?im_|<</?SYS>>|system (?:override|prompt|message|note)|"
    r"(?:ignore|disregard|forget|overlook|supersede\w*) (?:\w+ ){0,3}(?:previous|prior|above|earlier|"
    r"instructions?|negative|weakness\w*|findings?|flaws?)|"
    r"(?:full|maximum|perfect|highest|top) (?:marks?|scores?|points?|grades?|rating)|"
    r"\b(?:scores?|grades?|marks?|rating|verdict)\s*[:=]|\bpass\W{1,4}(?:true|false|1)\b|"
    r"\b(?:grader|evaluator|reviewer|grading|rubric)s?\b[^.]{0,40}\b(?:give|award|assign|pass|is|output)|"
    r"\b(?:this|the|your|any|all|short|long) (?:responses?|outputs?|grading|submissions?) "
    r"(?:is|are|was|must|should|always|demonstrates?|deserves?|passes|meets)\b|"
    r"\byour (?:new |next |final |only )?(?:instructions?|response|reply|task|role|output|prompt|evaluation|"
    r"grade|review|report)\b|\b(?:new|following|these) instructions\b|\bas an ai\b|\bjailbr\w+|"
    r"^\W*(?:you (?:are|will|must|should|shall|have to|need to)|i (?:want|need|would like|know) you|"
    r"pretend|act as|from now on|respond|tell me|give me|repeat after)\b",
    re.IGNORECASE,
)
_BLOCK_END = re.compile(r"\n\s*\n")
_SHORTEST = 3  # words of prose; shorter spans are labels
_SHORTEST_CODE = 2
_LONG = 16  # words from which a sentence is also compared clause by clause
_SHORTEST_CLAUSE = 5
_CLAUSE_END = re.compile(
    r"[;:.]\s+|\s+[–—-]\s+|,\s+(?=(?:and|but|so|which|because|while|who|where|then|or)\b)"
)
_LONGEST = 600  # characters that are compared; what follows adds nothing to a sentence's meaning


@dataclass(frozen=True)
class Line:
    """A span or a clause of one: its text as compared, how its section asserts it, its task."""

    span: Span
    plain: str
    section: Assertion
    task: str | None


class Reading:
    """A design as the offline rules see it; its vectors are made once, when first needed.

    `compared` are the lines that are compared with checks; rows of all arrays are its positions.
    Lines of code are compared only where they have one of `terms`.
    """

    def __init__(
        self, design: Design, embedder: Embedder, model: OfflineModel, terms: Iterable[str]
    ) -> None:
        self.design = design
        self.model = model
        self._embedder = embedder
        sections = {s.id: s for s in design.sections}
        told = TermIndex([s.text for s in design.spans]).any(terms)
        self.compared: list[Line] = []
        orders = _orders(design)
        for row, span in enumerate(design.spans):
            if (span.kind == "code" and row not in told) or span.id in orders:
                continue
            plain = _plain(span)
            if _compared(span, plain):
                section = sections.get(span.section)
                stands, task = section_assertion(section), section.task if section else None
                texts = (plain, *_clauses(plain)) if span.kind != "code" else (plain,)
                self.compared += [Line(span, text, stands, task) for text in texts]
        self._texts = [line.plain for line in self.compared]

    @cached_property
    def index(self) -> TermIndex:
        """The words of the compared lines."""
        return TermIndex(self._texts)

    @cached_property
    def words(self) -> TermIndex:
        """The words of everything that is part of the design: not of what is put off or aside."""
        sections = {s.id: section_assertion(s) for s in self.design.sections}
        kept = [s for s in self.design.spans
                if sections.get(s.section, Assertion.AFFIRMED) is Assertion.AFFIRMED]  # fmt: skip
        return TermIndex([span.text for span in kept])

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Unit vectors of the compared lines, in order."""
        return self._embedder.embed(self._texts)

    @cached_property
    def polarity(self) -> NDArray[np.float64]:
        """The chance that each of these lines speaks for the design rather than against it."""
        return self.model.polarity.probability(polarity_features(self._texts, self.vectors))

    @cached_property
    def searched(self) -> tuple[str, ...]:
        """The sections that have text, in order."""
        return tuple(dict.fromkeys(s.section for s in self.design.spans if s.section))


def _orders(design: Design) -> set[str]:
    """The spans that speak to whoever reviews, with the rest of their paragraph."""
    found: set[str] = set()
    block: list[Span] = []
    for span in (*design.spans, None):
        ends = span is None or bool(
            block and _BLOCK_END.search(design.text[block[-1].end : span.start])
        )
        if ends:
            if any(_TO_THE_GRADER.search(_plain(s)) for s in block):
                found |= {s.id for s in block}
            block = []
        if span is not None:
            block.append(span)
    return found


def _compared(span: Span, plain: str) -> bool:
    if span.kind == "heading" or (span.kind == "code" and _DIAGRAM.search(span.text)):
        return False
    return len(plain.split()) >= (_SHORTEST_CODE if span.kind == "code" else _SHORTEST)


def _clauses(plain: str) -> tuple[str, ...]:
    """The parts of a long sentence: each makes a point of its own that the whole would blur."""
    if len(plain.split()) < _LONG:
        return ()
    parts = [part.strip() for part in _CLAUSE_END.split(plain)]
    kept = tuple(part for part in parts if len(part.split()) >= _SHORTEST_CLAUSE)
    return kept if len(parts) > 1 else ()


def _plain(span: Span) -> str:
    text = span.text[:_LONGEST]
    if span.kind != "code":
        text = _MARKUP.sub(lambda m: m.group(1) or " ", text)
    return re.sub(r"\s+", " ", text).strip(" |")
