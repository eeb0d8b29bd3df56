"""Spending: findings shown, time, computing time, tokens and money of a review."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator, of_case
from reviewer.evaluation.variants import ALL, BASE

_MEASURES = (
    Measure(
        id="shown",
        title="Findings shown on a clean design",
        meaning="How many findings a reader is shown at first.",
        better="",
        unit="number",
        main=True,
    ),
    Measure(
        id="shown_all",
        title="Findings shown with all weaknesses",
        meaning="How many findings a reader is shown at first.",
        better="",
        unit="number",
    ),
    Measure(
        id="cpu",
        title="Computing time a review",
        meaning="Seconds of CPU of a review, reading excluded.",
        better="lower",
        unit="seconds",
        main=True,
    ),
    Measure(
        id="seconds",
        title="Time a review",
        meaning="Seconds on the clock.",
        better="lower",
        unit="seconds",
    ),
    Measure(
        id="tokens",
        title="Tokens a review",
        meaning="Tokens in and out, as the provider counted them.",
        better="lower",
        unit="tokens",
    ),
    Measure(
        id="cost",
        title="Price of a review",
        meaning="At the prices that are known for the model; unscored where they are not.",
        better="lower",
        unit="money",
    ),
)


def _judge(run: CaseRun) -> Iterable[Score]:
    if run.base is not None:
        yield of_case("shown", run, float(len(run.base.shown)), BASE)
    if run.all is not None:
        yield of_case("shown_all", run, float(len(run.all.shown)), ALL)
    for name, seen in run.seen.items():
        yield of_case("cpu", run, seen.cpu, name)
        yield of_case("seconds", run, seen.seconds, name)
        if seen.calls:
            yield of_case("tokens", run, float(seen.tokens), name)
            yield of_case("cost", run, seen.cost, name)


SPENDING = Evaluator("spending", _MEASURES, _judge)
