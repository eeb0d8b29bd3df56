"""How good a ranking is: nDCG and recall, as trec_eval counts them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranked: Sequence[str], relevance: Mapping[str, int], places: int = 10) -> float:
    """Gain of the first places over that of the best order; 0 where nothing is relevant.

    A document's gain is its relevance, divided by the binary logarithm of its place plus one
    (Järvelin and Kekäläinen 2002, in the form that trec_eval uses).
    """
    best = sorted((gain for gain in relevance.values() if gain > 0), reverse=True)
    ideal = _discounted(best[:places])
    found = [max(0, relevance.get(key, 0)) for key in ranked[:places]]
    return _discounted(found) / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, int], places: int = 10) -> float:
    """Share of all relevant documents that stand in the first places; 0 where there are none."""
    relevant = {key for key, gain in relevance.items() if gain > 0}
    return len(relevant.intersection(ranked[:places])) / len(relevant) if relevant else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
