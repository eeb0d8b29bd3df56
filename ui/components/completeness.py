"""How far a draft is: what each of the lesson's tasks has, and what is missing and why it matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reviewer.domain.draft import rows_of

Values = Mapping[str, Any]
_ENOUGH_WORDS = 40
_SOME_WORDS = 15
_NUMBER = re.compile(r"\d")

TASKS: Final = ("scenario", "data_flow", "architecture", "challenges", "impact", "comparison")


@dataclass(frozen=True)
class Standing:
    """A task: the points that it has, and the keys of those that are missing, in order."""

    task: str
    done: int
    of: int
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Nothing is missing."""
        return not self.missing


def standings(values: Values) -> tuple[Standing, ...]:
    """How each task stands."""
    found = []
    for task in TASKS:
        points = _POINTS[task]
        missing = tuple(name for name, has in points.items() if not has(values))
        found.append(Standing(task, len(points) - len(missing), len(points), missing))
    return tuple(found)


def share(all_tasks: tuple[Standing, ...]) -> float:
    """The share of all points that the draft has, 0 to 1."""
    return sum(s.done for s in all_tasks) / sum(s.of for s in all_tasks)


def _words(values: Values, name: str) -> int:
    text = values.get(name)
    return len(text.split()) if isinstance(text, str) else 0


def _long(name: str, words: int = _ENOUGH_WORDS) -> Callable[[Values], bool]:
    return lambda values: _words(values, name) >= words


def _counted(name: str) -> Callable[[Values], bool]:
    return lambda values: bool(_NUMBER.search(str(values.get(name) or "")))


def _kinds(kind: str) -> Callable[[Values], bool]:
    return lambda values: any(row.get("kind") == kind for row in rows_of(values.get("map.nodes")))


def _cells(kind: str, *cells: str) -> Callable[[Values], bool]:
    """Whether every node of a kind has one of these cells filled."""

    def has(values: Values) -> bool:
        rows = [r for r in rows_of(values.get("map.nodes")) if r.get("kind") == kind]
        return bool(rows) and all(any(r.get(cell) for cell in cells) for r in rows)

    return has


def _lines(name: str, least: int) -> Callable[[Values], bool]:
    return lambda values: (
        sum(1 for line in str(values.get(name) or "").splitlines() if line.strip("-* ")) >= least
    )


def _measured(values: Values) -> bool:
    names = ("scalability", "latency", "compliance", "reliability")
    return all(_words(values, f"measurement.{name}") >= 5 for name in names)


def _options(values: Values) -> bool:
    return sum(1 for row in rows_of(values.get("comparison.options")) if len(row) > 2) >= 3


_POINTS: Mapping[str, Mapping[str, Callable[[Values], bool]]] = {
    "scenario": {
        "scenario_text": _long("scenario"),
        "scenario_number": _counted("scenario"),
    },
    "data_flow": {
        "map_source": _kinds("source"),
        "map_model": _kinds("model"),
        "map_flows": lambda values: len(rows_of(values.get("map.flows"))) >= 2,
        "map_rates": _cells("source", "rate", "interval"),
        "map_capacity": _cells("stage", "capacity", "p99", "interval"),
        "map_personal": lambda values: any(
            row.get("personal_data") for row in rows_of(values.get("map.nodes"))
        ),
    },
    "architecture": {
        "architecture_text": _long("architecture"),
        "measures": _measured,
        "practices": _lines("practices", 2),
        "targets": lambda values: len(rows_of(values.get("targets"))) >= 2,
    },
    "challenges": {
        "challenges_text": _long("challenges"),
        "challenges_cost": _counted("challenges"),
    },
    "impact": {
        "impact_text": _long("impact", _SOME_WORDS),
        "impact_number": _counted("impact"),
    },
    "comparison": {
        "comparison_options": _options,
        "comparison_tradeoff": _long("comparison.summary", _SOME_WORDS),
    },
}
POINTS: Final = tuple(name for points in _POINTS.values() for name in points)
