"""The offline model: example vectors and two small classifiers, made from the checks and shipped.

`relevance` tells whether a sentence decides a check, `polarity` whether it speaks for the design
or against it. Both are fitted on the example sentences of the checks by `train`; the file is
keyed by the texts it was made from, so that a changed check is noticed and its part made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewer.backends.offline.logistic import Logistic
from reviewer.domain.questionnaire import Check
from reviewer.ports import Embedder

MODEL_FILE = Path(__file__).with_name("model.npz")

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class OfflineModel:
    """Classifiers, and the vectors of the texts they were fitted on by text hash."""

    relevance: Logistic
    polarity: Logistic
    vectors: dict[str, Matrix]


def text_key(text: str) -> str:
    """The name of a text in the model file."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
        keys, vectors = data["keys"], data["vectors"].astype(np.float32)
        return OfflineModel(
            relevance=_logistic(data["relevance"]),
            polarity=_logistic(data["polarity"]),
            vectors={str(key): vector for key, vector in zip(keys, vectors, strict=True)},
        )


def save_model(model: OfflineModel, path: Path = MODEL_FILE) -> None:
    """Writes the model; vectors as 16-bit floats, which changes a cosine by less than 0.001."""
    keys = sorted(model.vectors)
    np.savez_compressed(
        path,
        keys=np.array(keys),
        vectors=np.array([model.vectors[key] for key in keys], dtype=np.float16),
        relevance=_rows(model.relevance),
        polarity=_rows(model.polarity),
    )


class ExampleVectors:
    """Vectors of the checks' texts: from the model where it has them, embedded otherwise."""

    def __init__(self, model: OfflineModel, embedder: Embedder) -> None:
        self._known = dict(model.vectors)
        self._embedder = embedder

    def of(self, texts: Sequence[str]) -> Matrix:
        """Array of shape (len(texts), dimensions)."""
        new = [text for text in dict.fromkeys(texts) if text_key(text) not in self._known]
        if new:
            for text, vector in zip(new, self._embedder.embed(new), strict=True):
                self._known[text_key(text)] = vector
        if not texts:
            return np.zeros((0, self._embedder.dimensions), dtype=np.float32)
        return np.stack([self._known[text_key(text)] for text in texts])


def _rows(logistic: Logistic) -> NDArray[np.float64]:
    mean, scale = np.append(logistic.mean, 0.0), np.append(logistic.scale, 1.0)
    return np.stack([mean, scale, logistic.weights])


def _logistic(rows: NDArray[np.float64]) -> Logistic:
    return Logistic(rows[0][:-1], rows[1][:-1], rows[2])
