"""An evaluation: cases are reviewed, judged and summed up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reviewer.domain.evaluation import Failure, Report, Score
from reviewer.evaluation import variants
from reviewer.evaluation.agreement import agreement
from reviewer.evaluation.attacks import Attack
from reviewer.evaluation.channels import CHANNELS
from reviewer.evaluation.dataset import Case, Dataset, Plant
from reviewer.evaluation.evaluators.evaluator import CaseRun
from reviewer.evaluation.injection import attack_case
from reviewer.evaluation.observation import Observation
from reviewer.evaluation.report import figures_of, judge, measures_of
from reviewer.evaluation.runner import Runner, Told, failed_reviews
from reviewer.evaluation.variants import Variant

Part = Literal["quick", "full"]


@dataclass(frozen=True)
class Plan:
    """What is reviewed: `quick` leaves out what only tells how still the scores hold.

    `attacks` are put into the cases `attacked`. `labels` tell of a check and a passage whether the
    passage bears on the check's point.
    """

    part: Part = "full"
    repeats: int = 2
    attacks: tuple[Attack, ...] = ()
    attacked: tuple[Case, ...] = ()
    labels: Mapping[tuple[str, str], bool] = field(default_factory=dict)


def evaluate(dataset: Dataset, runner: Runner, plan: Plan, told: Told) -> Report:
    """The report of one reviewer on these cases."""
    began, cpu = time.perf_counter(), time.process_time()
    progress = _Progress(told, planned_reviews(dataset, plan))
    scores: list[Score] = []
    failures: list[Failure] = []
    runs = []
    for case in dataset.cases:
        run = run_case(case, runner, plan, progress)
        runs.append(run)
        found, broken = judge(run)
        scores += found
        failures += [*broken, *failed_reviews(case, runner)]
    if plan.part == "full":
        for case in plan.attacked:
            scores += attack_case(case, plan.attacks, runner, progress.next)
            failures += failed_reviews(case, runner)
    measures = measures_of()
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
        measures=measures,
        figures=(*figures_of(scores, measures), *agreement(runs)),
        scores=tuple(scores),
        failures=tuple(failures),
    )


def run_case(case: Case, runner: Runner, plan: Plan, progress: _Progress) -> CaseRun:
    """The reviews of all variants of a case."""
    seen: dict[str, Observation] = {}
    together, planned = _planned(case, plan)
    for variant in planned:
        progress.next(f"{case.name} {variant.name}")
        if (found := runner.observe(variant)) is not None:
            seen[variant.name] = found
    repeats = []
    for number in range(1, plan.repeats if plan.part == "full" else 1):
        progress.next(f"{case.name} {variants.REPEAT}")
        if (again := runner.observe(variants.base(case), repeat=number)) is not None:
            repeats.append(again)
    return CaseRun(case, seen, together, tuple(repeats), plan.labels)


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


def planned_reviews(dataset: Dataset, plan: Plan) -> int:
    """How many reviews a run takes at most; equal designs are reviewed once."""
    full = plan.part == "full"
    again = plan.repeats - 1 if full else 0
    cases = sum(len(_planned(case, plan)[1]) + again for case in dataset.cases)
    return cases + (len(plan.attacked) * len(plan.attacks) * len(CHANNELS) if full else 0)


class _Progress:
    """Counts the reviews on."""

    def __init__(self, told: Told, total: int) -> None:
        self._told = told
        self._done = 0
        self._total = total

    def next(self, name: str) -> None:
        self._told(self._done, self._total, name)
        self._done += 1
