"""Agreement with the levels that people gave: rank correlation and weighted kappa."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewer.domain.evaluation import Figure, Measure
from reviewer.evaluation.evaluators.evaluator import CaseRun

MEASURES = (
    Measure(
        id="agreement_rank",
        title="Rank agreement with people's levels",
        meaning="Spearman's correlation of our levels of a role with those that people gave.",
        unit="number",
    ),
    Measure(
        id="agreement_kappa",
        title="Weighted kappa with people's levels",
        meaning="Quadratic weighted kappa of rounded levels; needs levels from 0 to 5.",
        unit="number",
    ),
)

_WORDS = {"major": 1.0, "moderate": 2.0, "minor": 3.0, "none": 4.0}  # how much is amiss: ranks only
_FEWEST = 4  # pairs below which a correlation says nothing
_LEVELS = 6


def agreement(runs: Sequence[CaseRun]) -> tuple[Figure, ...]:
    """The figures over all cases and roles for which people gave levels; none where they did not."""
    ranked: list[tuple[float, float]] = []
    graded: list[tuple[float, float]] = []
    cases = set()
    for run in runs:
        for role, given in run.case.levels.items():
            ours = run.base.levels.get(role) if run.base else None
            theirs = _WORDS.get(given) if isinstance(given, str) else float(given)
            if ours is None or theirs is None:
                continue
            cases.add(run.case.name)
            ranked.append((ours, theirs))
            if not isinstance(given, str):
                graded.append((ours, theirs))
    found = []
    for measure, pairs, compute in (
        (MEASURES[0].id, ranked, spearman),
        (MEASURES[1].id, graded, weighted_kappa),
    ):
        if len(pairs) >= _FEWEST:
            value = compute([a for a, _ in pairs], [b for _, b in pairs])
            told = None if value is None else round(value, 4)
            found.append(Figure(measure=measure, value=told, scored=len(pairs), cases=len(cases)))
    return tuple(found)


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's rank correlation, ties given their mean rank; None where one never varies."""
    a, b = _ranks(one), _ranks(other)
    if not a.std() or not b.std():
        return None
    return float(np.corrcoef(a, b)[0, 1])


def weighted_kappa(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Quadratic weighted kappa (Cohen 1968) of levels 0 to 5; None where both never vary."""
    seen = np.zeros((_LEVELS, _LEVELS))
    for a, b in zip(one, other, strict=True):
        seen[round(a), round(b)] += 1
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    steps = np.arange(_LEVELS)
    weights = (steps[:, None] - steps[None, :]) ** 2
    expected = float((weights * chance).sum())
    return 1 - float((weights * seen).sum()) / expected if expected else None


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=np.float64)
    below = (given[None, :] < given[:, None]).sum(axis=1)
    same = (given[None, :] == given[:, None]).sum(axis=1)
    ranks: NDArray[np.float64] = (below + (same + 1) / 2).astype(np.float64)
    return ranks
