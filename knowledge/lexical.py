"""Closeness of words: BM25 over English stems; tantivy cuts the words, the counting is ours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import tantivy
from numpy.typing import NDArray

from knowledge.text import readable

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]
_Counted = tuple[Numbers, Numbers, NDArray[np.uint16], Numbers]

_MOST_TERMS = 48
_K1 = 1.2
_B = 0.75
_MOST_COUNTED = 60_000  # times a term in one text
_AT_ONCE = 2_000  # texts whose words are counted together


class Lexical:
    """How well texts cover the words of a query, each word by its rarity, from 0 to below 1.

    That is BM25 divided by the most that the query could reach, so that long and short queries
    are measured alike. For each term the rows that have it, and how often, stand side by side in
    two arrays. Never changed; `changed` makes another.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._analyzer = _analyzer()
        self._vocabulary = _Vocabulary()
        rows, terms, counts, self._lengths = self._counted(texts)
        order = np.argsort(terms, kind="stable")
        self._rows = rows[order]
        self._counts = counts[order]
        self._starts = _starts(terms, len(self._vocabulary))
        self._norms = _norms(self._lengths)

    def scores(self, query: str) -> NDArray[np.float64]:
        """Score of every text, 0 where it shares no word with the query; any text is a query."""
        scores = np.zeros(len(self._lengths), dtype=np.float64)
        most = 0.0
        for term in self._terms(query):
            rows, counts = self._having(term)
            rarity = self._rarity(len(rows))
            most += rarity
            often = counts.astype(np.float32)
            scores[rows] += rarity * (often / (often + self._norms[rows]))
        return scores / most if most else scores

    def shared(self, query: str, row: int) -> tuple[str, ...]:
        """The stems of the query that a text has, the rarest first."""
        found = []
        for term in self._terms(query):
            rows, _ = self._having(term)
            if row in rows:
                found.append((len(rows), term))
        return tuple(term for _, term in sorted(found))

    def changed(self, keep: Mask, texts: Iterable[str]) -> Lexical:
        """Another with the texts that are kept, in their order, and then the new ones."""
        made = Lexical.__new__(Lexical)
        made._analyzer = self._analyzer
        made._vocabulary = _Vocabulary(self._vocabulary)
        rows, terms, counts, lengths = made._counted(texts)
        made._lengths = np.concatenate([self._lengths[keep], lengths])
        # What is kept stays sorted by term; what is new goes to the end of its term's rows.
        stay = keep[self._rows]
        place = np.cumsum(keep, dtype=np.int32) - np.int32(1)
        before = np.concatenate([[0], np.cumsum(stay)])[self._starts]
        longer = len(made._vocabulary) + 1 - len(before)
        starts = np.concatenate([before, np.repeat(before[-1:], longer)])
        order = np.argsort(terms, kind="stable")
        at = starts[terms[order] + 1]
        new = rows[order] + np.int32(keep.sum())
        made._rows = np.insert(place[self._rows[stay]], at, new)
        made._counts = np.insert(self._counts[stay], at, counts[order])
        made._starts = starts + _starts(terms, len(made._vocabulary))
        made._norms = _norms(made._lengths)
        return made

    def _terms(self, query: str) -> list[str]:
        return list(dict.fromkeys(self._analyzer.analyze(readable(query))))[:_MOST_TERMS]

    def _having(self, term: str) -> tuple[Numbers, NDArray[np.uint16]]:
        """The rows that have a term, and how often each has it."""
        number = self._vocabulary.get(term, -1)
        if number < 0:
            return self._rows[:0], self._counts[:0]
        place = slice(self._starts[number], self._starts[number + 1])
        return self._rows[place], self._counts[place]

    def _rarity(self, having: int) -> float:
        """A term's inverse document frequency, as BM25 has it."""
        return math.log(1 + (len(self._lengths) - having + 0.5) / (having + 0.5))

    def _counted(self, texts: Iterable[str]) -> _Counted:
        """Row, term and count of every term of every text, and the length of every text."""
        none = _array([])
        parts: list[_Counted] = [(none, none, none.astype(np.uint16), none)]
        parts += [self._count(some, start) for start, some in _portions(texts)]
        rows, terms, counts, lengths = (np.concatenate(part) for part in zip(*parts, strict=True))
        return rows, terms, counts, lengths

    def _count(self, texts: Sequence[str], first: int) -> _Counted:
        found = [self._analyzer.analyze(readable(text)) for text in texts]
        lengths = _array(map(len, found))
        terms = _array(map(self._vocabulary.__getitem__, itertools.chain.from_iterable(found)))
        rows = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
        pairs, counts = np.unique(rows << 32 | terms, return_counts=True)
        return (
            (pairs >> 32).astype(np.int32) + np.int32(first),
            (pairs & 0xFFFFFFFF).astype(np.int32),
            np.minimum(counts, _MOST_COUNTED).astype(np.uint16),
            lengths,
        )


class _Vocabulary(dict[str, int]):
    """Numbers of terms; a term that is looked up for the first time gets the next one."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


def _starts(terms: Numbers, vocabulary: int) -> NDArray[np.int64]:
    """Where the rows of each term begin, when they stand sorted by term; and where they end."""
    return np.concatenate([[0], np.cumsum(np.bincount(terms, minlength=vocabulary))])


def _norms(lengths: Numbers) -> NDArray[np.float32]:
    """What BM25 adds to the count of a term in a text, by the text's length."""
    average = float(lengths.mean()) if len(lengths) else 0.0
    relative = lengths / average if average else lengths.astype(np.float64)
    norms: NDArray[np.float32] = (_K1 * (1 - _B + _B * relative)).astype(np.float32)
    return norms


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(40),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _portions(texts: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    start, left = 0, iter(texts)
    while some := list(itertools.islice(left, _AT_ONCE)):
        yield start, some
        start += len(some)


def _array(numbers: Iterable[int]) -> Numbers:
    return np.fromiter(numbers, dtype=np.int32)
