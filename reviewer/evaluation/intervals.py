"""Bootstrap intervals over designs: points of one design are not independent of each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000
_SEED = 20
_TAILS = (2.5, 97.5)


def cluster_interval(
    values: Sequence[float], clusters: Sequence[str]
) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of the mean of `values` when whole clusters are drawn again.

    None where there are fewer than two clusters: nothing can be said of other designs then.
    """
    names = sorted(set(clusters))
    if len(names) < 2:
        return None, None
    place = {name: n for n, name in enumerate(names)}
    index = np.array([place[c] for c in clusters])
    weights = np.asarray(values, dtype=np.float64)
    sums: NDArray[np.float64] = np.bincount(index, weights, len(names)).astype(np.float64)
    counts = np.bincount(index, minlength=len(names)).astype(np.float64)
    means = _resampled(sums, counts)
    low, high = np.percentile(means, _TAILS)
    return round(float(low), 4), round(float(high), 4)


def _resampled(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    drawn = np.random.default_rng(_SEED).integers(0, len(sums), (_RESAMPLES, len(sums)))
    means: NDArray[np.float64] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means
