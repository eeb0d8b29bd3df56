"""An evaluation: cases are reviewed, judged and summed up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from reviewer.domain.evaluation import Failure, Report, Score
from reviewer.evaluation import variants
from reviewer.evaluation.dataset import Case, Dataset, Plant
from reviewer.evaluation.evaluators.evaluator import CaseRun
from reviewer.evaluation.observation import Observation
from reviewer.evaluation.report import figures_of, judge, measures_of
from reviewer.evaluation.runner import Runner, Told
from reviewer.evaluation.variants import Variant

Part = Literal["quick", "full"]


@dataclass(frozen=True)
class Plan:
    """What is reviewed: `quick` leaves out what only tells how still the scores hold."""

    part: Part = "full"
    repeats: int = 2


def evaluate(dataset: Dataset, runner: Runner, plan: Plan, told: Told) -> Report:
    """The report of one reviewer on these cases."""
    began, cpu = time.perf_counter(), time.process_time()
    scores: list[Score] = []
    failures: list[Failure] = []
    total = sum(_reviews(case, plan) for case in dataset.cases)
    done = 0
    for case in dataset.cases:
        progress = _Progress(told, done, total, case.name)
        run = run_case(case, runner, plan, progress)
        done += _reviews(case, plan)
        found, broken = judge(run)
        scores += found
        failures += broken
        failures += _unread(case, runner)
    return Report(
        reviewer=runner.reviewer,
        dataset=dataset.name,
        cases={case.name: case.hash for case in dataset.cases},
        part=plan.part,
        repeats=plan.repeats,
        reviews=runner.made,
        reused=runner.reused,
        seconds=round(time.perf_counter() - began, 2),
        cpu_seconds=round(time.process_time() - cpu, 2),
        measures=measures_of(),
        figures=figures_of(scores, measures_of()),
        scores=tuple(scores),
        failures=tuple(failures),
    )


def run_case(case: Case, runner: Runner, plan: Plan, progress: _Progress) -> CaseRun:
    """The reviews of all variants of a case."""
    seen: dict[str, Observation] = {}
    together, planned = _planned(case, plan)
    for variant in planned:
        progress.next(variant.name)
        if (found := runner.observe(variant)) is not None:
            seen[variant.name] = found
    repeats = []
    for number in range(1, plan.repeats if plan.part == "full" else 1):
        progress.next(variants.REPEAT)
        if (again := runner.observe(variants.base(case), repeat=number)) is not None:
            repeats.append(again)
    return CaseRun(case, seen, together, tuple(repeats))


def _planned(case: Case, plan: Plan) -> tuple[tuple[Plant, ...], list[Variant]]:
    planned = [variants.base(case)]
    together: tuple[Plant, ...] = ()
    if case.plants:
        planned += [variants.planted(case, plant) for plant in case.plants]
        whole, together = variants.all_planted(case)
        planned.append(whole)
    if plan.part == "full":
        planned += variants.equal_variants(case)
    return together, planned


def _reviews(case: Case, plan: Plan) -> int:
    again = plan.repeats - 1 if plan.part == "full" else 0
    return len(_planned(case, plan)[1]) + again


def _unread(case: Case, runner: Runner) -> Iterator[Failure]:
    for variant, reason in runner.failures.items():
        yield Failure(evaluator=f"review of {variant}", case=case.name, reason=reason)
    runner.failures.clear()


class _Progress:
    """Counts on for one case."""

    def __init__(self, told: Told, done: int, total: int, case: str) -> None:
        self._told = told
        self._done = done
        self._total = total
        self._case = case

    def next(self, variant: str) -> None:
        self._told(self._done, self._total, f"{self._case} {variant}")
        self._done += 1
