"""Stability: the same design again, told otherwise, told at length, or handed in once more."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator, of_case, of_note
from reviewer.evaluation.observation import Observation
from reviewer.evaluation.variants import BASE, LONGER, NAMED, PARAPHRASED, REORDERED

_MEASURES = (
    Measure(
        id="repeat",
        title="Identical on repeat",
        meaning="Reviews of the same design that say exactly the same.",
        main=True,
    ),
    Measure(
        id="still_score",
        title="Score moved by telling it otherwise",
        meaning="Points of 100, up or down: sections reordered, other words, another company name.",
        better="lower",
        unit="points",
    ),
    Measure(
        id="still_findings",
        title="Same points when told otherwise",
        meaning="Shown points that both reviews have, of those that either has.",
    ),
    Measure(
        id="length_score",
        title="Score gained by length",
        meaning="Total of the same content said longer, minus the total as it was written.",
        better="lower",
        unit="points",
    ),
    Measure(
        id="others_kept",
        title="Other points unchanged by mending one",
        meaning="When one weakness is mended and the design handed in again: verdicts on all other "
        "points that stay as they were.",
    ),
)


def _judge(run: CaseRun) -> Iterable[Score]:
    if run.base is None:
        return
    for number, again in enumerate(run.repeats, 1):
        yield of_case("repeat", run, float(run.base.same_result(again)), f"repeat {number}")
    for name, (first, second) in _told_otherwise(run).items():
        change = _change(first, second)
        moved = None if change is None else abs(change)
        yield of_case("still_score", run, moved, name)
        yield of_case("still_findings", run, _common(first, second), name)
    if LONGER in run.seen:
        yield of_case("length_score", run, _change(run.base, run.seen[LONGER]), LONGER)
    for plant, with_it, without in run.pairs():
        if with_it and without and without.verdicts:
            mine = {*plant.checks, *plant.also}
            others = [check for check in without.verdicts if check not in mine]
            same = sum(without.verdicts[c] == with_it.verdicts.get(c) for c in others)
            yield of_note("others_kept", run, plant, same / len(others))


def _told_otherwise(run: CaseRun) -> dict[str, tuple[Observation, Observation]]:
    pairs = {REORDERED: (BASE, REORDERED), PARAPHRASED: (BASE, PARAPHRASED), NAMED[1]: NAMED}
    return {
        name: (run.seen[a], run.seen[b])
        for name, (a, b) in pairs.items()
        if a in run.seen and b in run.seen
    }


def _change(first: Observation, second: Observation) -> float | None:
    if first.total is None or second.total is None:
        return None
    return round(second.total - first.total, 2)


def _common(first: Observation, second: Observation) -> float | None:
    mine, theirs = _points(first), _points(second)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else None


def _points(seen: Observation) -> set[str]:
    return {point for f in seen.shown for point in (f.checks or (f.title,))}


STABILITY = Evaluator("stability", _MEASURES, _judge)
