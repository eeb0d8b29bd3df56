"""Fits the offline model on the example sentences of the checks (`make model`).

Relevance: does a sentence decide this check? Positive are a check's own examples for and against
(each compared without itself), negative its near misses and the examples of all other checks that
its terms or their likeness bring to attention. Each positive
counts a second time as if it had no term of the check: examples are written with the terms in
mind, designs are not. Polarity: for or against, over all checks at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reviewer.backends.offline.features import Comparison, polarity_features, without_terms
from reviewer.backends.offline.logistic import Logistic, fit
from reviewer.backends.offline.model import OfflineModel
from reviewer.backends.offline.space import Space, learn
from reviewer.backends.offline.terms import TermIndex
from reviewer.domain.questionnaire import Check
from reviewer.ports import Embedder

_RELEVANCE_PENALTY = 1.0
_POLARITY_PENALTY = 100.0  # best of 30, 100, 300, 1000 over checks left out in turn


def train(checks: Sequence[Check], embedder: Embedder) -> OfflineModel:
    """The model for these checks; the same checks always give the same model."""
    space = _space(checks, embedder)
    polarity = _polarity(checks, embedder)
    examples = _Examples(checks, embedder, space)
    return OfflineModel(space, examples.relevance(), polarity, examples.stance())


def _space(checks: Sequence[Check], embedder: Embedder) -> Space:
    """As it is shipped: rounded, so that training sees what the reviewer will see."""
    sides = [
        [embedder.embed(list(side)).astype(np.float64) for side in _sides(check)[:2]]
        for check in checks
        if check.offline.met or check.offline.unmet
    ]
    return learn([met for met, _ in sides], [unmet for _, unmet in sides]).rounded()


def _polarity(checks: Sequence[Check], embedder: Embedder) -> Logistic:
    spoken = [(t, 1.0) for c in checks for t in c.offline.met]
    spoken += [(t, 0.0) for c in checks for t in c.offline.unmet]
    texts = [text for text, _ in spoken]
    features = polarity_features(texts, embedder.embed(texts))
    return fit(features, np.array([label for _, label in spoken]), _POLARITY_PENALTY)


class _Examples:
    """All examples, each compared with all checks, and with its own as if it were not there."""

    def __init__(self, checks: Sequence[Check], embedder: Embedder, space: Space) -> None:
        self._checks = checks
        texts = list(dict.fromkeys(t for check in checks for side in _sides(check) for t in side))
        self._row = {text: i for i, text in enumerate(texts)}
        own = {
            check.id: {
                self._row[text]: (side, position)
                for side, examples in enumerate(_sides(check))
                for position, text in enumerate(examples)
            }
            for check in checks
        }
        self._looked = Comparison(checks, embedder, space).look(
            TermIndex(texts), embedder.embed(texts), own
        )

    def relevance(self) -> Logistic:
        """Tells a check's own examples, for and against, from all other sentences."""
        features, labels = [], []
        for check in self._checks:
            deciding = {self._row[t] for t in (*check.offline.met, *check.offline.unmet)}
            found = self._looked[check.id]
            mine = np.array([row in deciding for row in found.rows], dtype=bool)
            features += [found.features, without_terms(found.features[mine])]
            labels += [*mine.astype(float), *np.ones(int(mine.sum()))]
        return fit(np.vstack(features), np.array(labels), _RELEVANCE_PENALTY)

    def stance(self) -> Logistic:
        """Turns the stance of a sentence on its own check into the chance that it is for it."""
        scores, labels = [], []
        for check in self._checks:
            found = self._looked[check.id]
            for label, side in ((1.0, check.offline.met), (0.0, check.offline.unmet)):
                mine = {self._row[text] for text in side}
                kept = [i for i, row in enumerate(found.rows) if row in mine]
                scores += list(found.stance[kept])
                labels += [label] * len(kept)
        return fit(np.array(scores)[:, None], np.array(labels), _RELEVANCE_PENALTY)


def _sides(check: Check) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return check.offline.met, check.offline.unmet, check.offline.near
