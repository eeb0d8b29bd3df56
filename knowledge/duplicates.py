"""Texts that say the same: exact copies, and nearly the same words in the same order."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEAR = 0.85  # documents that are filled into one template share less than this
SAME_WORK = 0.4  # for texts that say that they are the same work: extraction and edition differ

_WORDS = 5  # in a row
_KEPT = 256
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(r"\w+")


class Likeness(NamedTuple):
    """The known text that is most like a new one, and the share of word sequences they share."""

    key: int
    share: float
    exact: bool


def sketch(text: str) -> bytes:
    """A text as a few kilobytes that can be compared: hashes of sequences of five words.

    The smallest 256 hashes are kept: of any two texts they are a fair sample of what either has.
    A hash of all words comes first. Case, spacing, hyphens at line ends and
    punctuation do not count. A text without words gives nothing, which is like nothing.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", "")
    words = _WORD.findall(plain)
    if not words:
        return b""
    whole = hashlib.sha256(" ".join(words).encode("utf-8", "replace")).digest()[:16]
    return whole + _sequences(words)[:_KEPT].astype("<u8").tobytes()


def likeness(one: bytes, other: bytes) -> float:
    """The share of word sequences that two texts have in common, from their sketches."""
    if not one or not other:
        return 0.0
    if one[:16] == other[:16]:
        return 1.0
    mine, theirs = _hashes(one), _hashes(other)
    union = np.union1d(mine, theirs)[:_KEPT]
    both = np.intersect1d(mine, theirs, assume_unique=True)
    return float(np.isin(union, both, assume_unique=True).sum()) / len(union)


class Sketches:
    """Sketches of known texts, looked up by what they have in common with a new one."""

    def __init__(self, known: Mapping[int, bytes] | None = None) -> None:
        self._known: dict[int, bytes] = {}
        self._having: dict[int, set[int]] = {}
        for key, stored in (known or {}).items():
            self.add(key, stored)

    def add(self, key: int, made: bytes) -> None:
        """Make a text known, or known anew."""
        self.drop(key)
        self._known[key] = made
        for value in _values(made):
            self._having.setdefault(value, set()).add(key)

    def drop(self, key: int) -> None:
        """Forget a text."""
        for value in _values(self._known.pop(key, b"")):
            self._having[value].discard(key)

    def nearest(
        self, made: bytes, *, least: float = NEAR, among: Container[int] | None = None
    ) -> Likeness | None:
        """The known text most like this one, if any shares so much; of all, or of these keys."""
        shared: Counter[int] = Counter()
        for value in _values(made):
            shared.update(self._having.get(value, ()))
        known = [(key, n) for key, n in shared.items() if among is None or key in among]
        best: Likeness | None = None
        for key, _ in sorted(known, key=lambda item: (-item[1], item[0]))[:8]:
            share = round(likeness(made, self._known[key]), 3)
            if share >= least and (best is None or share > best.share):
                best = Likeness(key, share, made[:16] == self._known[key][:16])
        return best


def _sequences(words: list[str]) -> NDArray[np.uint64]:
    """Distinct hashes of all sequences of five words, smallest first."""
    known: dict[str, int] = {}
    for word in words:
        if word not in known:
            digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
            known[word] = int.from_bytes(digest, "little")
    row = np.array([known[word] for word in words], dtype=np.uint64)
    count = max(1, len(row) - _WORDS + 1)
    total: NDArray[np.uint64] = np.zeros(count, dtype=np.uint64)
    for step in range(min(_WORDS, len(row))):
        total = total * _FACTOR + row[step : step + count]
    total ^= total >> np.uint64(29)  # the smallest are to be a fair sample of all
    total = total * np.uint64(0xBF58476D1CE4E5B9)
    total ^= total >> np.uint64(32)
    return np.unique(total)


def _hashes(made: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(made[16:], dtype="<u8").astype(np.uint64)


def _values(made: bytes) -> list[int]:
    return [int(value) for value in _hashes(made)] if made else []
