"""Terms: the small pattern language of the checks, looked up in an index of a design's words.

A term is one or more words; `*` at the end of a word stands for any ending. Words are runs of
letters and digits in any case, so that `dead letter` finds "dead-letter" and `dead_letter`.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[^\W_]+\*?")


class TermIndex:
    """Which of some texts have a term. Built once, asked for thousands of terms."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [tuple(w.casefold() for w in _WORD.findall(text)) for text in texts]
        self._places: dict[str, set[int]] = {}
        for row, words in enumerate(self._words):
            for word in words:
                self._places.setdefault(word, set()).add(row)
        self._vocabulary = sorted(self._places)
        self._found: dict[str, frozenset[int]] = {}

    def rows(self, term: str) -> frozenset[int]:
        """The positions of the texts that have the term."""
        if term not in self._found:
            self._found[term] = frozenset(self._look_up(_parts(term)))
        return self._found[term]

    def any(self, terms: Iterable[str]) -> frozenset[int]:
        """The positions of the texts that have one of the terms."""
        return frozenset().union(*(self.rows(term) for term in terms))

    def counts(self, terms: Iterable[str]) -> dict[int, int]:
        """How many of the terms each text has, for those that have any."""
        counts: dict[int, int] = {}
        for term in terms:
            for row in self.rows(term):
                counts[row] = counts.get(row, 0) + 1
        return counts

    def _look_up(self, parts: tuple[str, ...]) -> set[int]:
        if not parts:
            return set()
        rows = set.intersection(*(self._with_word(part) for part in parts))
        return rows if len(parts) == 1 else {r for r in rows if _in_order(self._words[r], parts)}

    def _with_word(self, part: str) -> set[int]:
        if not part.endswith("*"):
            return self._places.get(part, set())
        stem = part[:-1]
        rows: set[int] = set()
        for word in self._vocabulary[bisect.bisect_left(self._vocabulary, stem) :]:
            if not word.startswith(stem):
                break
            rows |= self._places[word]
        return rows


def find_term(text: str, terms: Iterable[str]) -> tuple[int, int] | None:
    """Where the first of the terms stands in a text, as (start, end)."""
    words = [(m.group().casefold(), m.start(), m.end()) for m in _WORD.finditer(text)]
    found = [place for term in terms if (place := _place(words, _parts(term)))]
    return min(found) if found else None


def _place(words: list[tuple[str, int, int]], parts: tuple[str, ...]) -> tuple[int, int] | None:
    for i in range(len(words) - len(parts) + 1 if parts else 0):
        if all(_matches(words[i + j][0], part) for j, part in enumerate(parts)):
            return words[i][1], words[i + len(parts) - 1][2]
    return None


def _in_order(words: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    span = len(parts)
    return any(
        all(_matches(words[i + j], part) for j, part in enumerate(parts))
        for i in range(len(words) - span + 1)
    )


def _matches(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


@lru_cache(maxsize=20_000)
def _parts(term: str) -> tuple[str, ...]:
    return tuple(part.casefold() for part in _PARTS.findall(term))
