"""The report: scores summed up by measure, split, role, severity and shape."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from reviewer.domain.evaluation import Failure, Figure, Measure, Score
from reviewer.evaluation import agreement, injection
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator
from reviewer.evaluation.evaluators.form import FORM
from reviewer.evaluation.evaluators.notes import NOTES
from reviewer.evaluation.evaluators.points import POINTS
from reviewer.evaluation.evaluators.scores import SCORES
from reviewer.evaluation.evaluators.spending import SPENDING
from reviewer.evaluation.evaluators.stability import STABILITY
from reviewer.evaluation.intervals import cluster_interval

EVALUATORS: tuple[Evaluator, ...] = (POINTS, NOTES, SCORES, STABILITY, FORM, SPENDING)

_GROUPS: dict[str, Callable[[Score], str]] = {
    "role": lambda score: score.role,
    "severity": lambda score: score.severity,
    "shape": lambda score: score.shape,
}


def judge(
    run: CaseRun, evaluators: Sequence[Evaluator] = EVALUATORS
) -> tuple[list[Score], list[Failure]]:
    """What every evaluator says of a case; one that fails is a value, not the end of the run."""
    scores: list[Score] = []
    failures: list[Failure] = []
    for evaluator in evaluators:
        try:
            scores += list(evaluator.judge(run))
        except Exception as error:  # noqa: BLE001 - one evaluator must not cost the others' scores
            reason = f"{type(error).__name__}: {error}"[:300]
            failures.append(Failure(evaluator=evaluator.name, case=run.case.name, reason=reason))
    return scores, failures


def measures_of(evaluators: Sequence[Evaluator] = EVALUATORS) -> tuple[Measure, ...]:
    """All measures, in the order in which they are shown."""
    judged = (measure for evaluator in evaluators for measure in evaluator.measures)
    return (*judged, *injection.MEASURES, *agreement.MEASURES)


def figures_of(scores: Iterable[Score], measures: Sequence[Measure]) -> tuple[Figure, ...]:
    """The figures of each measure: all, each split, and within each the groups."""
    by_measure: dict[str, list[Score]] = {m.id: [] for m in measures}
    for score in scores:
        by_measure[score.measure].append(score)
    found = (_figures(name, given) for name, given in by_measure.items() if given)
    return tuple(itertools.chain.from_iterable(found))


def _figures(measure: str, scores: list[Score]) -> Iterable[Figure]:
    splits = dict.fromkeys(["", *(s.split for s in scores)])
    for split in splits:
        within = [s for s in scores if not split or s.split == split]
        yield _figure(measure, split, "", "", within)
        for group, head in _GROUPS.items():
            members = dict.fromkeys(head(s) for s in within if head(s))
            for member in members:
                yield _figure(
                    measure, split, group, member, [s for s in within if head(s) == member]
                )


def _figure(measure: str, split: str, group: str, member: str, scores: Sequence[Score]) -> Figure:
    known = [(s.value, s.case) for s in scores if s.value is not None]
    values, cases = [v for v, _ in known], [c for _, c in known]
    low, high = cluster_interval(values, cases) if known else (None, None)
    return Figure(
        measure=measure,
        split=split,
        group=group,
        member=member,
        value=round(sum(values) / len(values), 4) if values else None,
        low=low,
        high=high,
        scored=len(values),
        unscored=len(scores) - len(values),
        cases=len(set(cases)),
    )
