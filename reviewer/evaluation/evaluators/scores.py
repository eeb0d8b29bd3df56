"""Scores: a weakness never raises one, and all weaknesses together lower it."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator, of_case, of_note
from reviewer.evaluation.variants import ALL

_MEASURES = (
    Measure(
        id="monotone",
        title="Score not raised by a weakness",
        meaning="Designs with one weakness whose total is not above the clean twin's.",
        main=True,
    ),
    Measure(
        id="lowered",
        title="Score lowered by a weakness",
        meaning="Designs with one weakness whose total is below the clean twin's.",
    ),
    Measure(
        id="score_change",
        title="Change of the score by one weakness",
        meaning="Total of 100 with one weakness, minus the clean twin's.",
        better="lower",
        unit="points",
    ),
    Measure(
        id="monotone_all",
        title="Score lowered by all weaknesses",
        meaning="Designs with every weakness whose total is below the clean twin's.",
        main=True,
    ),
    Measure(
        id="score_change_all",
        title="Change of the score by all weaknesses",
        meaning="Total of 100 with every weakness, minus the clean twin's.",
        better="lower",
        unit="points",
    ),
)


def _judge(run: CaseRun) -> Iterable[Score]:
    for plant, with_it, without in run.pairs():
        change = None
        if with_it and without and with_it.total is not None and without.total is not None:
            change = round(with_it.total - without.total, 2)
        yield of_note("monotone", run, plant, None if change is None else float(change <= 0))
        yield of_note("lowered", run, plant, None if change is None else float(change < 0))
        yield of_note("score_change", run, plant, change)
    if run.together:
        change = None
        if run.all and run.base and run.all.total is not None and run.base.total is not None:
            change = round(run.all.total - run.base.total, 2)
        told = None if change is None else float(change < 0)
        yield of_case("monotone_all", run, told, ALL)
        yield of_case("score_change_all", run, change, ALL)


SCORES = Evaluator("scores", _MEASURES, _judge)
