"""Logistic regression with an L2 penalty, fitted by Newton's method: small, exact, repeatable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_STEPS = 15


@dataclass(frozen=True)
class Logistic:
    """Weights over standardised features; the last weight is the intercept."""

    mean: Vector
    scale: Vector
    weights: Vector

    def probability(self, features: Vector) -> Vector:
        """Array of shape (n,) for features of shape (n, k)."""
        if not len(features):
            return np.zeros(0)
        score = ((features - self.mean) / self.scale) @ self.weights[:-1] + self.weights[-1]
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(score, -40.0, 40.0))), dtype=np.float64)


def fit(features: Vector, labels: Vector, penalty: float) -> Logistic:
    """The classifier for features (n, k) and labels (n,) of 0 and 1."""
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    design = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -40.0, 40.0)))
        slope = design.T @ (chance - labels) + penalty * np.append(weights[:-1], 0.0)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design
        weights = weights - np.linalg.solve(curve + penalty * np.eye(len(weights)), slope)
    return Logistic(mean, scale, weights)
