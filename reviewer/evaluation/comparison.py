"""Two runs side by side: differences of the same points, with intervals over designs."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.domain.evaluation import Comparison, Difference, Report, Score
from reviewer.evaluation.intervals import cluster_interval

_Key = tuple[str, str, str]


def compare(before: Report, after: Report) -> Comparison:
    """How each measure changed, over the points that both runs scored."""
    old, new = _scored(before), _scored(after)
    both = [key for key in new if key in old]
    differences: list[Difference] = []
    for measure in after.measures:
        keys = [key for key in both if key[0] == measure.id]
        for split in dict.fromkeys(["", *(new[key].split for key in keys)]):
            chosen = [key for key in keys if not split or new[key].split == split]
            differences += _difference(measure.id, split, [(old[k], new[k]) for k in chosen])
    return Comparison(
        before=before.reviewer,
        after=after.reviewer,
        measures=after.measures,
        differences=tuple(differences),
        only_one=len(old.keys() ^ new.keys()),
    )


def _scored(report: Report) -> dict[_Key, Score]:
    """The scores with a value; of repeated subjects the last one."""
    return {(s.measure, s.case, s.subject): s for s in report.scores if s.value is not None}


def _difference(measure: str, split: str, pairs: list[tuple[Score, Score]]) -> Iterator[Difference]:
    if not pairs:
        return
    changes = [(new.value or 0.0) - (old.value or 0.0) for old, new in pairs]
    cases = [new.case for _, new in pairs]
    low, high = cluster_interval(changes, cases)
    mean = sum(changes) / len(changes)
    yield Difference(
        measure=measure,
        split=split,
        before=round(sum(old.value or 0.0 for old, _ in pairs) / len(pairs), 4),
        after=round(sum(new.value or 0.0 for _, new in pairs) / len(pairs), 4),
        value=round(mean, 4),
        low=round(mean, 4) if low is None else low,
        high=round(mean, 4) if high is None else high,
        scored=len(pairs),
        cases=len(set(cases)),
    )
