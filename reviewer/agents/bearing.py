"""Which passages fit what a design says of a point: shared words, weighed by their rarity."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from knowledge.types import Hit
from reviewer.domain.design import Design
from reviewer.domain.questionnaire import Check

_WORD = re.compile(r"[^\W\d_]{4,}")
_ENDING = re.compile(r"(?:ies|ing|ed|es|s|y)$")
_SPANS = 3  # of a design, that bear most on a check
_SHARED = 2  # words that a span must share with a check to bear on it
_FREQUENT = 0.2  # of the spans; words in more of them tell nothing apart


class Bearing:
    """The words of a design that bear on each check.

    Words only: vectors of the spans would take longer than everything else before a chat model's
    first request. The same design always has the same words.
    """

    def __init__(self, design: Design) -> None:
        spans = [span for span in design.spans if span.kind != "heading"]
        self._spans = [words(span.text) for span in spans]
        often = Counter(word for span in self._spans for word in span)
        most = max(1.0, len(spans) * _FREQUENT)
        self._rarity = {
            word: math.log(1 + len(spans) / count) for word, count in often.items() if count <= most
        }
        self._having: dict[str, list[int]] = {}
        for row, span in enumerate(self._spans):
            for word in span & self._rarity.keys():
                self._having.setdefault(word, []).append(row)

    def of(self, asked: frozenset[str]) -> frozenset[str]:
        """What the spans closest to a check say beyond the words that it asks with."""
        shared: Counter[int] = Counter()
        closeness: dict[int, float] = {}
        for word in asked & self._having.keys():
            for row in self._having[word]:
                shared[row] += 1
                closeness[row] = closeness.get(row, 0.0) + self._rarity[word]
        close = [row for row, count in shared.items() if count >= _SHARED]
        close.sort(key=lambda row: (-closeness[row], row))
        said: frozenset[str] = frozenset().union(*(self._spans[row] for row in close[:_SPANS]))
        return said - asked


class Fit:
    """How well passages fit words, from 0 to below 1: the share covered, rare words counting more.

    Rarity is that among the passages that were found for any check.
    """

    def __init__(self, hits: Iterable[Hit]) -> None:
        passages = {hit.passage.id: hit for hit in hits}
        self._words = {name: _passage_words(hit) for name, hit in passages.items()}
        often = Counter(word for found in self._words.values() for word in found)
        self._rarity = {w: math.log(1 + len(passages) / count) for w, count in often.items()}

    def of(self, hits: Sequence[Hit], said: frozenset[str]) -> list[float]:
        """The fit of each passage; 0 where nothing is said."""
        # in one order, so that the sums are the same in every process
        known = [(word, self._rarity[word]) for word in sorted(said & self._rarity.keys())]
        whole = sum(rarity for _, rarity in known)
        found = (self._words[hit.passage.id] for hit in hits)
        return [
            sum(rarity for word, rarity in known if word in held) / (whole + 1.0) for held in found
        ]


def asked_of(check: Check) -> frozenset[str]:
    """The words that a check asks with."""
    return words(f"{check.question} {check.why} {' '.join(check.offline.topic)}")


def words(text: str) -> frozenset[str]:
    """The longer words of a text without their common endings."""
    return frozenset(map(_stem, _WORD.findall(text.casefold())))


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return _ENDING.sub("", word)


def _passage_words(hit: Hit) -> frozenset[str]:
    parts: Sequence[str] = (hit.passage.text, hit.source.applies_when, *hit.passage.heading)
    return words(" ".join(parts))
