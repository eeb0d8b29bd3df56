"""The offline model: two small classifiers fitted on the checks' examples, and shipped.

`relevance` tells whether a sentence decides a check, `polarity` whether it speaks for the design
or against it. `train` fits both; `make model` writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewer.backends.offline.logistic import Logistic
from reviewer.domain.questionnaire import Check

MODEL_FILE = Path(__file__).with_name("model.npz")


@dataclass(frozen=True)
class OfflineModel:
    """The two classifiers."""

    relevance: Logistic
    polarity: Logistic


def texts_of(checks: Sequence[Check]) -> list[str]:
    """Every text of the checks that is compared with a design, once, in order."""
    texts: list[str] = []
    for check in checks:
        rule = check.offline
        texts += [*rule.met, *rule.unmet, *rule.near, check.question, check.weakness]
    return list(dict.fromkeys(texts))


def load_model(path: Path = MODEL_FILE) -> OfflineModel:
    """The shipped model."""
    with np.load(path, allow_pickle=False) as data:
        return OfflineModel(_logistic(data["relevance"]), _logistic(data["polarity"]))


def save_model(model: OfflineModel, path: Path = MODEL_FILE) -> None:
    """Writes the model."""
    np.savez_compressed(path, relevance=_rows(model.relevance), polarity=_rows(model.polarity))


def _rows(logistic: Logistic) -> NDArray[np.float64]:
    mean, scale = np.append(logistic.mean, 0.0), np.append(logistic.scale, 1.0)
    return np.stack([mean, scale, logistic.weights])


def _logistic(rows: NDArray[np.float64]) -> Logistic:
    return Logistic(rows[0][:-1], rows[1][:-1], rows[2])
