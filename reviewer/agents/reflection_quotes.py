"""Which span of a design a prompt quotes: a whole one, readable first, close to the point."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from reviewer.agents.reflection_rules import Sequences, shares
from reviewer.domain.design import Design, Span
from reviewer.domain.reflection import Quote
from reviewer.domain.review import Review
from reviewer.domain.topics import words

OWN, CHECKED, RELATED = 3.0, 2.2, 1.6  # how close a span is to a point, by where it was named
READABLE = 1.0  # from here on a span reads well by itself

_BASE = {"sentence": 2.0, "item": 1.9, "row": 0.7, "code": -1.0, "heading": -2.5}
_FEW, _SHORT, _LONG, _ENDLESS = 6, 10, 50, 90  # words
_MOST_CHARACTERS = 600
_USED = 1.1  # what each earlier use of a span in the group costs it
_QUOTED = 0.6  # what it adds that a finding quotes the span already
_TELLING = 5.0  # what words in common with the point add, at most
_TRICKS = re.compile(
    r"<[a-z!/]|https?:|\]\(|\{\{|javascript:|data:\w|&#|[\u200b-\u200f\u202a-\u202e\u2060-\u2069]",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|previous|above|rule|prompt)|"
    r"\b(?:system prompt|as an ai|you are (?:now|a|the) (?:grader|reviewer|assistant|model)|"
    r"full marks|give .{0,20}(?:score|grade))",
    re.IGNORECASE | re.DOTALL,
)
_ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "and",
        "in",
        "is",
        "are",
        "for",
        "we",
        "with",
        "on",
        "by",
        "that",
        "it",
        "be",
        "as",
        "at",
        "or",
    ]
)
_LETTER = re.compile(r"[^\W\d_]")


class Quotes:
    """The spans that a review names as evidence, and how well each of them can be quoted."""

    def __init__(self, review: Review) -> None:
        self._design = review.design
        self._spans = {span.id: span for span in review.design.spans}
        self._checked = {check.id: check.evidence for check in review.checks}
        self._quoted: set[str] = set()
        self.pool = self._evidence(review)
        self._readable = {span.id: readability(span, self._design.language) for span in self.pool}

    def ranked(
        self,
        own: Iterable[str],
        checks: Iterable[str],
        related: Iterable[str],
        about: str,
        used: Mapping[str, int],
    ) -> list[Span]:
        """Spans to quote for a point, the best first.

        `own` are the spans of the point itself, `checks` its checks, `related` spans of its facts,
        `about` its words. `used` counts how often the group has been shown a span already.
        """
        near: dict[str, float] = dict.fromkeys(related, RELATED)
        for check in checks:
            near |= dict.fromkeys(self._checked.get(check, ()), CHECKED)
        near |= dict.fromkeys(own, OWN)
        topic = words(about)

        def worth(span: Span) -> float:
            close = near.get(span.id, 0.0) + _TELLING * _overlap(topic, span.text)
            close += _QUOTED * (span.id in self._quoted)
            return close + self.readable(span) - _USED * used.get(span.id, 0)

        return sorted(self.pool, key=lambda s: (-round(worth(s), 4), s.start, s.id))

    def _evidence(self, review: Review) -> tuple[Span, ...]:
        """Spans that a finding or a check names; all of the design's where too few read well."""
        found = [*review.findings, *review.strengths, *review.unsupported]
        self._quoted = {evidence.span for finding in found for evidence in finding.evidence}
        named = self._quoted | {
            i for check in review.checks for i in check.evidence if i in self._spans
        }
        spans = [span for span in self._design.spans if span.id in named]
        if not any(readability(s, self._design.language) >= READABLE for s in spans):
            spans = list(self._design.spans)
        return tuple(s for s in spans if s.kind != "heading") or tuple(spans)

    def readable(self, span: Span) -> float:
        """How well a span reads by itself."""
        if span.id not in self._readable:
            self._readable[span.id] = readability(span, self._design.language)
        return self._readable[span.id]


def quote_of(design: Design, span: Span) -> Quote:
    """The whole span, verbatim."""
    return Quote(span=span.id, section=span.section, text=span.text, start=span.start, end=span.end)


def without(spans: Sequence[Span], forbidden: Sequences) -> list[Span]:
    """The spans that have no five words in a row of a recommendation or remedy."""
    return [span for span in spans if not shares(span.text, forbidden)]


@lru_cache(maxsize=4096)
def readability(span: Span, language: str) -> float:
    """How well a span reads by itself: about 2 for a plain sentence, below 0 for a fragment."""
    text = span.text.strip()
    if not _LETTER.search(text):
        return -9.0
    count = len(text.split())
    worth = _BASE[span.kind] + _size(count, len(text))
    letters = sum(c.isalpha() for c in text)
    signs = sum(not (c.isalnum() or c.isspace() or c in ".,;:-'’()%") for c in text)
    worth -= 1.5 if letters < len(text) * 0.5 else 0.0
    worth -= min(1.5, 6.0 * signs / len(text))
    worth -= 1.5 if _TRICKS.search(text) else 0.0
    worth -= 3.0 if _ORDERS.search(text) else 0.0
    worth -= 0.8 if text.endswith(":") else 0.0
    worth -= 0.4 if text[0].islower() else 0.0
    if language == "en" and count >= _SHORT and _ENGLISH.isdisjoint(text.lower().split()):
        worth -= 0.8
    return worth


def _size(count: int, characters: int) -> float:
    if count > _ENDLESS or characters > _MOST_CHARACTERS:
        return -2.5
    if count < _FEW:
        return -2.0
    if count < _SHORT:
        return -0.9
    return -0.8 if count > _LONG else 0.0


def _overlap(topic: frozenset[str], text: str) -> float:
    own = words(text)
    if not topic or not own:
        return 0.0
    return len(topic & own) / math.sqrt(len(topic) * len(own))
