"""The small evaluation that runs with every change: it fails where the reviewer got worse.

`python -m benchmarks.evaluation_gate` compares with the stored figures; `--update` stores new ones.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from reviewer.domain.evaluation import Report
from reviewer.evaluation.dataset import SHIPPED, Dataset, load_dataset
from reviewer.evaluation.evaluation import Plan, evaluate
from reviewer.evaluation.runner import Reviews, Runner
from reviewer.service import ReviewService
from reviewer.service.evaluation_desk import Order

STORED = Path(__file__).with_name("evaluation_gate.yaml")
CASES = ("returns-shoes", "pricing-electronics", "service-assistant-furniture")
EVERY = 2  # of the planted weaknesses, every second
TOLERANCE = {"recall": -0.05, "clean": 0.05, "paired": -0.05, "monotone": -0.08, "verbatim": 0.0}
"""How far a figure may move in its bad direction; what improves never fails."""

_HEAD = """\
# Figures of the small evaluation (benchmarks/evaluation_gate.py), offline, all splits together.
# Refresh with: python -m benchmarks.evaluation_gate --update
"""


def main() -> None:
    """Runs the gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="store what is measured now")
    figures = measured()
    if parser.parse_args().update:
        STORED.write_text(_HEAD + yaml.safe_dump(figures), encoding="utf-8")
    problems = worse(figures, stored())
    for name, value in figures.items():
        print(f"{name:10} {value:.4f} (stored {stored().get(name)})")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


def stored() -> dict[str, float]:
    """The figures that were measured last."""
    return dict(yaml.safe_load(STORED.read_text(encoding="utf-8")))


def measured() -> dict[str, float]:
    """The figures of the offline reviewer as it is."""
    desk = ReviewService().evaluation_desk
    order = Order(model="offline", panel="roles")
    with desk.reader() as read:
        runner = Runner(desk.identity(order), desk.reviewer(order), read, Reviews(None))
        report = evaluate(small(), runner, Plan(part="quick"), lambda done, total, name: None)
    return {name: _value(report, name) for name in TOLERANCE}


def small() -> Dataset:
    """Some of the shipped cases, with some of their weaknesses."""
    dataset = load_dataset(SHIPPED).only(CASES)
    cases = tuple(c.model_copy(update={"plants": c.plants[::EVERY]}) for c in dataset.cases)
    return dataset.model_copy(update={"cases": cases})


def worse(figures: dict[str, float], before: dict[str, float]) -> list[str]:
    """A sentence for each figure that moved further in its bad direction than is tolerated."""
    problems = []
    for name, tolerance in TOLERANCE.items():
        change = round(figures[name] - before[name], 4)
        if (change < tolerance) if tolerance <= 0 else (change > tolerance):
            problems.append(f"{name} went from {before[name]} to {figures[name]}.")
    return problems


def _value(report: Report, name: str) -> float:
    figure = report.figure(name)
    if figure is None or figure.value is None:
        raise SystemExit(f"{name} could not be measured: {report.failures[:1]}")
    return figure.value


if __name__ == "__main__":
    main()
