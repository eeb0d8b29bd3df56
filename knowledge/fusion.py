"""One order out of two: closeness of meaning and of words, fused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Chosen on the labelled queries of tests/data/knowledge_queries.yaml; README.md has the figures.
LEXICAL_WEIGHT = 0.8
FLOOR = 0.33
DENSE_FLOOR = 0.25

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Fused:
    """Passages that were put forward, by row, with their scores."""

    rows: NDArray[np.intp]
    scores: NDArray[np.float64]
    dense: NDArray[np.float64]
    lexical: NDArray[np.float64]

    @classmethod
    def nothing(cls) -> Fused:
        """No passage."""
        none = np.empty(0, dtype=np.float64)
        return cls(np.empty(0, dtype=np.intp), none, none, none)

    def order(self, floor: float, name: Callable[[int], str]) -> list[int]:
        """Positions of scores over the floor, the highest first; equal ones in order of names."""
        over = np.flatnonzero(self.scores >= floor)
        best = over[np.argsort(-self.scores[over], kind="stable")]
        scores = self.scores[best]
        if not (scores[1:] == scores[:-1]).any():
            return [int(place) for place in best]
        named = [(-self.scores[place], name(int(self.rows[place])), int(place)) for place in over]
        return [place for _, _, place in sorted(named)]


def fused_scores(dense: NDArray[np.floating], lexical: NDArray[np.float64]) -> Scores:
    """Scores `cos + w * words`: the cosine of the meanings, and the share of words covered."""
    scores: Scores = dense + LEXICAL_WEIGHT * lexical
    return scores


def fuse(rows: NDArray[np.intp], dense: NDArray[np.float64], lexical: NDArray[np.float64]) -> Fused:
    """What is too far in meaning has no score, whatever words it shares."""
    scores = np.round(fused_scores(dense, lexical), 6)
    scores[dense < DENSE_FLOOR] = -np.inf
    return Fused(rows, scores, dense, lexical)
