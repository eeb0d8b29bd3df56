"""Features: what the two small classifiers of the offline reviewer see of a sentence.

`Comparison` tells of each check which sentences are near to it, and on which side they stand;
`polarity_features` tell how a sentence speaks (denial, delay, number, limit …), whatever it speaks
of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewer.backends.offline.space import Group, Line, Space, bearing, group, stance
from reviewer.backends.offline.terms import TermIndex
from reviewer.domain.questionnaire import Check
from reviewer.ports import Embedder

Matrix = NDArray[np.float32]
Features = NDArray[np.float64]

# Below this cosine with every example, a sentence without a topic term is not looked at.
LOOKED_AT = 0.45

# From this share of a sentence's meaning on, it is looked at for a check, whatever its words.
CLAIMED = 0.08

ON_TOPIC = 0  # the column that tells whether a sentence has a term of the check
DECISIVE = 2  # the column that tells whether it has a decisive one
_DECIDING = 2  # sides whose examples decide: for and against; the third is near misses
_LEAST_SHARE = 1e-6
_NO_CHECK = 0.0  # the bearing of a sentence that is as likely to be about anything else
_TERM_COLUMNS = (ON_TOPIC, 1, DECISIVE, 9)

_CUES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:no|not|never|without|none|nothing|neither|nor|cannot|lacks?)\b|n't\b",
        r"\b(?:later|after (?:launch|go|the pilot)|future|phase 2|next|eventually|postpon\w*|"
        r"defer\w*|out of scope|tbd|to be (?:decided|defined))\b",
        r"\b(?:will|should|would|could|may|might)\b",
        r"\b(?:must|shall)\b",
        r"\d",
        r"\b(?:because|since|so|therefore)\b",
        r"\b(?:all|every|each|any|whole|everything|same|single|one)\b",
        r"\b(?:simply|just|only|enough|sufficient|automatically|default|anyway|directly|as is|"
        r"by hand|manually|whatever|already)\b",
        r"\b(?:per|within|at most|below|under|above|exceeds?|limit|threshold|percentile|p9\d|alert|"
        r"owner|tested|measured|documented)\b",
        r"\|",
        r"[:=#]",
        r"\b(?:trust|assume|hope|believe|expect|need no|not needed|unnecessary|overkill|unlimited|"
        r"if needed|when needed)\b",
        r"\b(?:before|after|if|when|then)\b",
        r"\b(?:we|our)\b",
    )
)


def polarity_features(texts: Sequence[str], vectors: Matrix) -> Features:
    """Array of shape (len(texts), dimensions + cues): the sentence's meaning and manner."""
    cues = np.array([[float(bool(c.search(t))) for c in _CUES] for t in texts], dtype=np.float64)
    return np.hstack([vectors.astype(np.float64), cues.reshape(len(texts), len(_CUES))])


@dataclass(frozen=True)
class Looked:
    """The sentences that are looked at for one check: their rows and features (rows, 12).

    `stance` is how far each lies towards the examples for the check (positive) or against it.
    """

    rows: tuple[int, ...]
    features: Features
    stance: Features


Own = Mapping[str, Mapping[int, tuple[int, int]]]


class Comparison:
    """Many checks, compared with many sentences by a few products of matrices."""

    def __init__(self, checks: Sequence[Check], embedder: Embedder, space: Space) -> None:
        self._checks = tuple(checks)
        self._space = space
        texts: list[str] = []
        self._columns: list[tuple[slice, slice, slice, int]] = []
        for check in checks:
            sides = []
            for side in (check.offline.met, check.offline.unmet, check.offline.near):
                sides.append(slice(len(texts), len(texts) + len(side)))
                texts += side
            self._columns.append((sides[0], sides[1], sides[2], len(texts)))
            texts += [check.question, check.weakness]
        self._matrix = embedder.embed(texts)
        self._groups = [self._group(met, unmet) for met, unmet, _, _ in self._columns]
        self._bearings = [bearing(space, examples) for examples in self._groups]
        self._stances = [stance(space, examples) for examples in self._groups]

    def look(self, index: TermIndex, vectors: Matrix, own: Own | None = None) -> dict[str, Looked]:
        """For each check, the sentences to look at.

        `own[check]` maps a row to (side, position) where the sentence is itself that example of
        the check: it is then compared without itself.
        """
        own = own or {}
        exact = vectors.astype(np.float64)
        cosines = vectors @ self._matrix.T
        bears = _scores(exact, self._bearings)
        stands = _scores(exact, self._stances)
        for column, check in enumerate(self._checks):
            for row, (side, _) in own.get(check.id, {}).items():
                if side < _DECIDING:
                    rest = self._groups[column].without(side, exact[row])
                    bears[row, column] = bearing(self._space, rest).score(exact[row])
                    stands[row, column] = stance(self._space, rest).score(exact[row])
        shares = _shares(bears)
        return {
            check.id: self._looked(
                n, index, cosines, (bears[:, n], shares[:, n], stands[:, n]), own.get(check.id, {})
            )
            for n, check in enumerate(self._checks)
        }

    def _group(self, met: slice, unmet: slice) -> Group:
        sides = [self._matrix[side].astype(np.float64) for side in (met, unmet)]
        return group(*sides)

    def _looked(
        self,
        column: int,
        index: TermIndex,
        cosines: Matrix,
        scores: tuple[Features, Features, Features],
        own: Mapping[int, tuple[int, int]],
    ) -> Looked:
        *sides, ends = self._columns[column]
        rule = self._checks[column].offline
        bears, shares, stands = scores
        parts = [cosines[:, side].astype(np.float64) for side in sides]
        for row, (side, position) in own.items():
            parts[side][row, position] = -1.0
        hits = index.counts({*rule.topic, *rule.decisive})
        decisive = index.any(rule.decisive)
        closest = np.maximum(_top(parts[0], 1), _top(parts[1], 1))
        rows = [
            r
            for r in range(len(cosines))
            if r in hits or closest[r] >= LOOKED_AT or shares[r] >= CLAIMED
        ]
        on_topic = np.array([float(r in hits) for r in rows])
        columns = [
            on_topic,
            np.array([float(min(hits.get(r, 0), 3)) for r in rows]),
            np.array([float(r in decisive) for r in rows]),
            closest[rows],
            _top(np.hstack(parts[:2]), 3)[rows],
            _top(parts[2], 1)[rows],
            _top(parts[2], 3)[rows],
            cosines[rows, ends].astype(np.float64),
            cosines[rows, ends + 1].astype(np.float64),
            closest[rows] * on_topic,
            bears[rows],
            np.log(shares[rows] + _LEAST_SHARE),
        ]
        features = np.stack(columns, axis=1) if rows else np.zeros((0, len(columns)))
        return Looked(tuple(rows), features, stands[rows])


def without_terms(features: Features) -> Features:
    """The same sentences as if they had none of the check's terms."""
    blind = features.copy()
    blind[:, _TERM_COLUMNS] = 0.0
    return blind


def _scores(vectors: Features, lines: Sequence[Line]) -> Features:
    """Array of shape (len(vectors), len(lines))."""
    weights = np.array([line.weights for line in lines]).reshape(len(lines), vectors.shape[1])
    return np.asarray(vectors @ weights.T + np.array([line.offset for line in lines]))


def _shares(bears: Features) -> Features:
    """The share of each sentence that each check may claim; what is left is of no check."""
    if not bears.size:
        return bears
    most = np.maximum(bears.max(axis=1, keepdims=True), _NO_CHECK)
    lifted = np.exp(bears - most)
    return np.asarray(lifted / (lifted.sum(axis=1, keepdims=True) + np.exp(_NO_CHECK - most)))


def _top(values: Features, count: int) -> Features:
    """The mean of each row's highest values, 0 where there are no columns.

    One column less than there is at most is counted: one may be the sentence itself.
    """
    if not values.shape[1]:
        return np.zeros(len(values))
    counted = max(1, min(count, values.shape[1] - 1))
    highest = np.partition(values, -counted, axis=1)[:, -counted:]
    return np.asarray(highest.mean(axis=1), dtype=np.float64)
