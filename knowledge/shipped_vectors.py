"""Vectors that ship with the program, for texts that every run needs: no first-run wait for them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors

Matrix = NDArray[np.float32]


class ShippedEmbedder:
    """An embedder that takes vectors from a packaged file where it has them.

    Vectors are kept as 16-bit floats, which moves a cosine by less than 0.001. A file that is
    missing, or was made by another model, is as good as an empty one.
    """

    def __init__(self, embedder: Vectors, path: Path) -> None:
        self.model: str = embedder.model
        self.dimensions: int = embedder.dimensions
        self._embedder = embedder
        self._path = path

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Array of shape (len(texts), dimensions), one unit vector a text."""
        found = [self._shipped.get(_key(self.model, text)) for text in texts]
        missing = list(dict.fromkeys(t for t, v in zip(texts, found, strict=True) if v is None))
        fresh = dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else {}
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([fresh[t] if v is None else v for t, v in zip(texts, found, strict=True)])

    def has(self, text: str) -> bool:
        """Whether the packaged file has the vector of a text."""
        return _key(self.model, text) in self._shipped

    @cached_property
    def _shipped(self) -> dict[bytes, Matrix]:
        if not self._path.is_file():
            return {}
        with np.load(self._path, allow_pickle=False) as data:
            vectors = data["vectors"].astype(np.float32)
            keys = [bytes(key) for key in data["keys"]]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return dict(zip(keys, vectors, strict=True))


def ship(embedder: Vectors, texts: Sequence[str], path: Path) -> int:
    """Writes the vectors of these texts for `ShippedEmbedder`; returns how many there are."""
    known = sorted({_key(embedder.model, text): text for text in texts}.items())
    vectors = embedder.embed([text for _, text in known]).astype(np.float16)
    keys = np.array([np.frombuffer(key, dtype=np.uint8) for key, _ in known])
    np.savez_compressed(path, keys=keys, vectors=vectors)
    return len(known)


def _key(model: str, text: str) -> bytes:
    name = f"{model}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(name).digest()[:12]
