"""How a reply refers to the group's design: a quote, a number, a part of it, or a paraphrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewer.agents.reflection_rules import word_sequences
from reviewer.domain.design import Design, Span
from reviewer.domain.reflection import EvidenceLink, ReflectionPrompt
from reviewer.domain.review import Review
from reviewer.ports import Embedder

_CLOSE = 0.6  # cosine of a sentence and a span from which the one retells the other
_MOST_SPANS, _MOST_SENTENCES = 400, 60
_MEASURE = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)*)\s?([^\W\d_]+|%)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W_]+")
_SPAN_ID = re.compile(r"\bS\d+\b")
_TITLE_WORD = 5  # letters from which the first word of a title stands for it
_PLAIN_NAME = 7  # letters from which a single word names a part of the design


def links(
    reply: str, review: Review, prompts: Sequence[ReflectionPrompt], embedder: Embedder
) -> Iterator[EvidenceLink]:
    """Every kind of reference that a reply makes, one of each kind, the surest first.

    Spans that the person was asked about come before others.
    """
    design = review.design
    asked = [prompt.quote.span for prompt in prompts]
    order = {span: place for place, span in enumerate(asked)}
    spans = sorted(
        (s for s in design.spans if s.kind != "heading"),
        key=lambda s: (order.get(s.id, len(order)), s.start),
    )
    stated = [(span.text, span.id) for span in spans]
    computed = [(fact.text, None) for fact in review.analysis.facts]
    found = (
        _quote(reply, spans),
        _number(reply, [*stated, *computed]),
        _node(reply, design),
    )
    yield from (link for link in (*found, _section(reply, design)) if link is not None)
    paraphrase = _paraphrase(reply, spans, embedder)
    if paraphrase is not None:
        yield paraphrase


def _quote(reply: str, spans: Sequence[Span]) -> EvidenceLink | None:
    named = set(_SPAN_ID.findall(reply))
    said = word_sequences(reply)
    for span in spans:
        shared = said & word_sequences(span.text)
        if span.id in named or shared:
            words = " ".join(min(shared)) if shared else span.id
            return EvidenceLink(kind="quote", found=words, span=span.id)
    return None


def _measures(text: str) -> set[tuple[str, str]]:
    return {
        (number.replace(",", ""), unit.lower().rstrip("s"))
        for number, unit in _MEASURE.findall(text)
    }


def _number(reply: str, texts: Sequence[tuple[str, str | None]]) -> EvidenceLink | None:
    """A number with its unit, or one too long to be a coincidence, of the design or its facts."""
    said = _measures(reply)
    large = {n for n, _ in said if len(n) >= 3 and not _YEAR.fullmatch(n)}
    for text, span in texts:
        for number, unit in sorted(_measures(text)):
            same = bool(unit) and (number, unit) in said
            if same or number in large:
                return EvidenceLink(kind="number", found=f"{number} {unit}".strip(), span=span)
    return None


def _node(reply: str, design: Design) -> EvidenceLink | None:
    text = _plain(reply)
    for node in design.data_flow.nodes:
        name = _plain(node.name)
        telling = " " in name.strip() or len(name.strip()) >= _PLAIN_NAME
        if telling and name in text:
            span = node.spans[0] if node.spans else None
            return EvidenceLink(kind="node", found=node.name, span=span)
    return None


def _section(reply: str, design: Design) -> EvidenceLink | None:
    text = _plain(reply)
    for section in design.sections:
        title = _plain(section.title).lstrip(" 0123456789").split()
        if not title:
            continue
        whole = f" {' '.join(title)} "
        begins = len(title[0]) >= _TITLE_WORD and f" section {title[0]} " in text
        named = any(
            near in text for near in (f" section{whole}", f"{whole}section ", f" part{whole}")
        )
        if begins or named or (len(title) > 2 and whole in text):
            return EvidenceLink(kind="section", found=section.title)
    return None


def _plain(text: str) -> str:
    return " " + " ".join(_WORD.findall(text.casefold())) + " "


def _paraphrase(reply: str, spans: Sequence[Span], embedder: Embedder) -> EvidenceLink | None:
    said = [p for p in re.split(r"(?<=[.!?])\s+|\n+", reply) if len(p.split()) > 3]
    shown = [s for s in spans if s.kind != "code" and len(s.text.split()) > 4][:_MOST_SPANS]
    if not said or not shown:
        return None
    said = said[:_MOST_SENTENCES]
    closeness = embedder.embed(said) @ embedder.embed([s.text for s in shown]).T
    row, column = divmod(int(closeness.argmax()), len(shown))
    if closeness[row, column] < _CLOSE:
        return None
    return EvidenceLink(kind="paraphrase", found=said[row], span=shown[column].id)
