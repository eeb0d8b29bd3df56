"""Space: how the examples of all checks spread, so that what tells checks apart weighs most.

Sentence vectors of one field are all alike: much of each is the field, the voice, the length of
the sentence. Measured against the spread of examples within their own group, the directions in
which checks differ count, and the others do not (linear discriminant analysis with one covariance
for all groups).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_RIDGE = 1.0  # of the mean variance; 0.1 to 3 rank the lines of designs alike
_SHARED = 0.4  # how far a check's own direction of "for" is drawn to that of all checks


@dataclass(frozen=True)
class Space:
    """The middle of all examples, the inverse of their spread, and where "for" lies on average."""

    centre: Array
    inverse: Array
    towards: Array

    def rounded(self) -> Space:
        """The same to single precision, as a file keeps it."""
        single = [
            part.astype(np.float32).astype(np.float64)
            for part in (self.centre, self.inverse, self.towards)
        ]
        return Space(single[0], single[1], single[2])


@dataclass(frozen=True)
class Group:
    """The examples of one check: sums and counts of those for and those against the design."""

    sums: Array  # (2, dimensions): for, against
    counts: tuple[int, int]

    def without(self, side: int, vector: Array) -> Group:
        """The group as if this example were not part of it."""
        sums, counts = self.sums.copy(), list(self.counts)
        sums[side] -= vector
        counts[side] -= 1
        return Group(sums, (counts[0], counts[1]))


@dataclass(frozen=True)
class Line:
    """A linear score: `vectors @ weights + offset`."""

    weights: Array
    offset: float

    def score(self, vectors: Array) -> Array:
        """Array of shape (len(vectors),)."""
        return np.asarray(vectors @ self.weights + self.offset, dtype=np.float64)


def group(met: Array, unmet: Array) -> Group:
    """The group of these examples, arrays of shape (n, dimensions)."""
    return Group(np.stack([met.sum(axis=0), unmet.sum(axis=0)]), (len(met), len(unmet)))


def learn(met: Sequence[Array], unmet: Sequence[Array]) -> Space:
    """The space of the examples of all checks, for and against."""
    every = np.vstack([*met, *unmet])
    loose = [side - side.mean(axis=0) for side in (*met, *unmet) if len(side)]
    spread = np.vstack(loose)
    covariance = spread.T @ spread / len(spread)
    ridge = _RIDGE * np.trace(covariance) / len(covariance)
    inverse = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
    both = [(m, u) for m, u in zip(met, unmet, strict=True) if len(m) and len(u)]
    towards = np.mean([m.mean(axis=0) - u.mean(axis=0) for m, u in both], axis=0)
    return Space(every.mean(axis=0), inverse, towards)


def bearing(space: Space, examples: Group) -> Line:
    """How far a sentence lies towards the examples of a check, of either side."""
    total = sum(examples.counts)
    apart = examples.sums.sum(axis=0) / total - space.centre if total else 0 * space.centre
    weights = space.inverse @ apart
    return Line(weights, float(-weights @ (space.centre + apart / 2)))


def stance(space: Space, examples: Group) -> Line:
    """How far a sentence lies towards the examples for a check rather than those against it."""
    if not all(examples.counts):
        weights = space.inverse @ space.towards
        return Line(weights, float(-weights @ space.centre))
    met, unmet = (examples.sums[side] / examples.counts[side] for side in (0, 1))
    weights = space.inverse @ ((1 - _SHARED) * (met - unmet) + _SHARED * space.towards)
    return Line(weights, float(-weights @ (met + unmet) / 2))
