"""The offline model: what is learned from the checks' examples, and shipped.

`space` is how examples spread, `relevance` tells whether a sentence decides a check, `polarity`
whether its manner is that of sound decisions, and `stance` weighs that against the check's own
examples. `train` fits them; `make model` writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewer.backends.offline.logistic import Logistic
from reviewer.backends.offline.space import Space
from reviewer.domain.questionnaire import Check

MODEL_FILE = Path(__file__).with_name("model.npz")


@dataclass(frozen=True)
class OfflineModel:
    """A space and the classifiers that were fitted in it."""

    space: Space
    relevance: Logistic
    polarity: Logistic
    stance: Logistic


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
        kept = data["space"].astype(np.float64)
        return OfflineModel(
            Space(kept[0], kept[2:], kept[1]),
            _logistic(data["relevance"]),
            _logistic(data["polarity"]),
            _logistic(data["stance"]),
        )


def save_model(model: OfflineModel, path: Path = MODEL_FILE) -> None:
    """Writes the model."""
    space = np.vstack([model.space.centre, model.space.towards, model.space.inverse])
    np.savez_compressed(
        path,
        space=space.astype(np.float32),
        relevance=_rows(model.relevance),
        polarity=_rows(model.polarity),
        stance=_rows(model.stance),
    )


def _rows(logistic: Logistic) -> NDArray[np.float64]:
    mean, scale = np.append(logistic.mean, 0.0), np.append(logistic.scale, 1.0)
    return np.stack([mean, scale, logistic.weights])


def _logistic(rows: NDArray[np.float64]) -> Logistic:
    return Logistic(rows[0][:-1], rows[1][:-1], rows[2])
