"""Closeness of meaning: unit vectors compared exactly, found fast among very many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

EXACT_UP_TO = 20_000  # vectors; comparing so many takes 2 ms
_FEW = 4_000  # rows that a filter leaves: compared in full
_FIRST = 96  # dimensions of the first look
_SAMPLE = 20_000
_BLOCK = 8_192
_NEAR = 1_024  # rows whose copy stays in the processor's cache
_SINGLE_THREADED = 9_000  # numbers of a matrix; OpenBLAS starts threads at 9,216


class Dense:
    """Vectors in memory, one row a passage; never changed, `changed` makes another.

    Among more than 20,000 vectors a first look compares the 96 directions in which they differ
    most. A cosine is always the exact one, and the same whichever rows it is computed with.
    """

    def __init__(self, vectors: Matrix, *, basis: Matrix | None = None) -> None:
        self.vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._basis: Matrix | None = None
        self._first: Matrix | None = None
        if len(self.vectors) > EXACT_UP_TO:
            self._basis = _basis(self.vectors) if basis is None else basis
            self._first = np.empty((len(vectors), self._basis.shape[1]), dtype=np.float32)
            for start in range(0, len(vectors), _BLOCK):
                block = slice(start, start + _BLOCK)
                np.matmul(self.vectors[block], self._basis, out=self._first[block])

    def __len__(self) -> int:
        return len(self.vectors)

    def cosines(self, query: Matrix, rows: Rows) -> NDArray[np.float64]:
        """The cosine of each of these rows with a unit vector."""
        # Not a matrix product: its last bits may depend on which rows stand together.
        cosines: Matrix = np.einsum("ij,j->i", self.vectors[rows], query)
        return cosines.astype(np.float64)

    def glance(self, query: Matrix, rows: Rows) -> Matrix:
        """About the cosine of each of these rows; good enough to choose whom to compare in full."""
        if self._first is None or self._basis is None or len(rows) <= _FEW:
            return _products(self.vectors, query, rows)
        return _products(self._first, query @ self._basis, rows)

    def changed(self, keep: Mask, added: Matrix) -> Dense:
        """Another with the rows that are kept, in their order, and then the new ones."""
        return Dense(np.concatenate([self.vectors[keep], added]), basis=self._basis)


def highest(scores: NDArray[np.floating], count: int) -> Rows:
    """Positions of the highest scores, in no order."""
    if count >= len(scores):
        return np.arange(len(scores))
    best: Rows = np.argpartition(scores, -count)[-count:]
    return best


def _products(vectors: Matrix, query: Matrix, rows: Rows) -> Matrix:
    """The products with these rows."""
    if len(rows) == len(vectors):
        return _product(vectors, query)
    products = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _NEAR):
        some = slice(start, start + _NEAR)
        products[some] = _product(vectors[rows[some]], query)
    return products


def _product(vectors: Matrix, query: Matrix) -> Matrix:
    """`vectors @ query` in parts so small that BLAS starts no threads for them.

    Its threads gain little here, and wait for each other where the machine is busy: 16 ms
    instead of 2 in one measurement.
    """
    size = max(1, _SINGLE_THREADED // vectors.shape[1])
    whole = len(vectors) // size * size
    parts = vectors[:whole].reshape(-1, size, vectors.shape[1]) @ query
    return np.concatenate([parts.reshape(-1), vectors[whole:] @ query])


def _basis(vectors: Matrix) -> Matrix:
    """Orthogonal directions, the most telling first."""
    step = -(-len(vectors) // _SAMPLE)
    sample = vectors[::step]
    _, directions = np.linalg.eigh((sample.T @ sample).astype(np.float64))
    return np.ascontiguousarray(directions[:, ::-1][:, :_FIRST].astype(np.float32))
