"""Scores: levels and totals computed from verdicts, never written by a model.

A criterion's level is 5 x the share of its decided weight that is met (partly counts half). Its
range takes every `unclear` answer as unmet, and as met. Totals and priorities use the lower end,
so that vaguer text never scores higher.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reviewer.domain.questionnaire import Criterion, Questionnaire, Verdict
from reviewer.domain.review import CheckResult, CriterionScore, Rubric

_SHARE = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.UNMET: 0.0}
_NOTHING_APPLIES = "No check of this criterion applies."
_ENOUGH = 0.5  # share of the applicable weight that must be decided for a level to mean anything


def score(questionnaire: Questionnaire, results: Sequence[CheckResult]) -> Rubric:
    """The rubric for these results. A criterion without any result is not scored."""
    weights = {check.id: check.weight for check in questionnaire.checks}
    answered: dict[str, list[CheckResult]] = {}
    for result in results:
        answered.setdefault(result.criterion, []).append(result)
    scores = tuple(
        _criterion(criterion, answered.get(criterion.id, ()), weights)
        for criterion in questionnaire.criteria
    )
    applies = [r for r in results if r.verdict is not Verdict.NOT_APPLICABLE]
    applicable = sum(weights[r.id] for r in applies)
    decided = sum(weights[r.id] for r in applies if r.verdict in _SHARE)
    share = round(decided / applicable, 4) if applicable else 0.0
    complete = all(criterion.id in answered for criterion in questionnaire.criteria)
    graded = [s for s in scores if s.reason != _NOTHING_APPLIES]
    scored = complete and share >= _ENOUGH and bool(graded)
    return Rubric(
        criteria=scores,
        total=_total(graded, 0) if scored else None,
        range=(_total(graded, 0), _total(graded, 1)) if scored else None,
        decided_weight=share,
    )


def role_score(rubric: Rubric, role: str) -> float | None:
    """The weighted mean of a role's levels; `None` if none of them is scored."""
    levels = [(c.level, c.weight) for c in rubric.criteria if c.role == role]
    known = [(level, weight) for level, weight in levels if level is not None]
    total = sum(weight for _, weight in known)
    return round(sum(level * weight for level, weight in known) / total, 2) if total else None


def _criterion(
    criterion: Criterion, results: Sequence[CheckResult], weights: dict[str, float]
) -> CriterionScore:
    applicable = [r for r in results if r.verdict is not Verdict.NOT_APPLICABLE]
    total = sum(weights[r.id] for r in applicable)
    decided = sum(weights[r.id] for r in applicable if r.verdict in _SHARE)
    earned = sum(weights[r.id] * _SHARE[r.verdict] for r in applicable if r.verdict in _SHARE)
    low = 5 * earned / total if total else 0.0
    high = 5 * (earned + total - decided) / total if total else 5.0
    enough = bool(total) and decided / total >= _ENOUGH
    return CriterionScore(
        id=criterion.id,
        title=criterion.title,
        role=criterion.role,
        level=round(5 * earned / decided, 2) if enough else None,
        range=(round(low, 2), round(high, 2)),
        weight=criterion.weight,
        decided_weight=round(decided, 4),
        reason=_reason(results, applicable, enough),
        checks=tuple(r.id for r in results),
    )


def _reason(results: Sequence[CheckResult], applicable: Sequence[CheckResult], enough: bool) -> str:
    if not results:
        return "Not scored: the role that asks this could not answer."
    if not applicable:
        return _NOTHING_APPLIES
    count = Counter(r.verdict for r in applicable)
    told = ", ".join(
        f"{count[v]} {word}"
        for v, word in (
            (Verdict.MET, "met"),
            (Verdict.PARTLY, "partly met"),
            (Verdict.UNMET, "not met"),
            (Verdict.UNCLEAR, "unclear"),
        )
        if count[v]
    )
    return f"{told} of {len(applicable)} that apply." if enough else f"Not scored: {told}."


def _total(scores: Sequence[CriterionScore], end: int) -> float:
    weight = sum(s.weight for s in scores)
    return round(100 * sum(s.weight * s.range[end] / 5 for s in scores) / weight, 1)
