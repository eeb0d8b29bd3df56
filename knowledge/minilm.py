"""All-MiniLM-L6-v2: from texts to vectors; loaded by `knowledge.embedding` when one is needed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_TOKENS = 256
WINDOWS = 4  # of a text that is longer; what lies beyond is not seen
GROUP = 8  # larger groups gain no more speed and need more memory

_PROBE = (
    (101, 2009, 2003, 102),
    (101, 2951, 13117, 2015, 3638, 102),
    (101, *range(2000, 2015), 102),
)

Tokens = tuple[int, ...]


class Engine(Protocol):
    """What computes the network; any number of threads may call it."""

    def hidden(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The last hidden state: texts x tokens to texts x tokens x 384."""
        ...


class MiniLM:
    """Mean-pooled unit vectors of texts, each the same whatever else is embedded beside it.

    Texts of equal length in tokens are run together, without padding, which costs about 40 % less
    than one at a time. That changes no bit of a vector as long as the machine's matrix kernels
    treat every row alone; a probe at the start checks that, and where it fails, each text is run
    alone. No sum is divided among threads, so their number changes no vector either.

    A text of more than 256 tokens is cut into up to four windows of equal length, and its vector
    is their mean.
    """

    def __init__(self, engine: Engine, tokenizer: str, *, threads: int = 2) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._encoding = Lock()
        self._engine = engine
        self._threads = threads
        self.group = GROUP if self._rows_stand_alone() else 1

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), 384)."""
        with self._encoding:
            cut = [list(_windows(tuple(self._tokenizer.encode(text).ids))) for text in texts]
        windows = self._pooled([window for some in cut for window in some])
        if len(windows) == len(texts):
            return windows
        first = np.cumsum([0, *(len(some) for some in cut)])
        parts = [windows[start:end] for start, end in itertools.pairwise(first)]
        return np.stack([part[0] if len(part) == 1 else _unit(part.mean(axis=0)) for part in parts])

    def _pooled(self, tokens: Sequence[Tokens]) -> NDArray[np.float32]:
        groups = self._groups(tokens)
        pooled: NDArray[np.float32] = np.empty((len(tokens), 384), dtype=np.float32)
        if len(groups) > 1 and self._threads > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                results = list(pool.map(lambda rows: self._run([tokens[i] for i in rows]), groups))
        else:
            results = [self._run([tokens[i] for i in rows]) for rows in groups]
        for rows, result in zip(groups, results, strict=True):
            pooled[rows] = result
        return pooled

    def _groups(self, tokens: Sequence[Tokens]) -> list[list[int]]:
        """Positions of texts of equal length, at most `group` of them together, longest first."""
        order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
        groups: list[list[int]] = []
        for _, same in itertools.groupby(order, key=lambda i: len(tokens[i])):
            rows = list(same)
            groups += [rows[i : i + self.group] for i in range(0, len(rows), self.group)]
        return groups

    def _run(self, tokens: Sequence[Tokens]) -> NDArray[np.float32]:
        hidden = self._engine.hidden(np.array(tokens, dtype=np.int64))
        return np.stack([_unit(text.mean(axis=0, dtype=np.float32)) for text in hidden])

    def _rows_stand_alone(self) -> bool:
        for probe in _PROBE:
            others = [probe, probe[:1] + probe[1:-1][::-1] + probe[-1:], probe]
            together = self._run(others)
            alone = np.concatenate([self._run([tokens]) for tokens in others])
            if not np.array_equal(together, alone):
                return False
        return True


def _unit(row: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = row / np.float32(math.sqrt(float(np.dot(row, row))))
    return unit


def _windows(tokens: Tokens) -> Iterator[Tokens]:
    """The tokens in parts that the model can read, each between the marks of the whole."""
    if len(tokens) <= MAX_TOKENS:
        yield tokens
        return
    content = tokens[1:-1]
    count = min(WINDOWS, -(-len(content) // (MAX_TOKENS - 2)))
    size = min(MAX_TOKENS - 2, -(-len(content) // count))
    for start in range(0, count * size, size):
        yield tokens[:1] + content[start : start + size] + tokens[-1:]
