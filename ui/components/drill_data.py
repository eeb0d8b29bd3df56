"""A failure drill as the board draws it: the question, its settings, the verdict and the curve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reviewer.domain.design import Design
from reviewer.domain.drill import DrillResult
from reviewer.errors import ReviewerError
from ui.door import service
from ui.words import Words

_SLIDING = ("rate", "capacity", "latency", "errors", "timeouts", "duration", "ramp")
_MOST_LINES = 4
_UNITS = {"min": 1 / 60, "h": 1.0, "d": 24.0}
_LONGEST = 40


def drill_values(design: Design, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Plays a drill. `asked` has a scenario (empty: the first) and settings as text.

    A drill that cannot be played gives an `error` sentence.
    """
    scenarios = service().scenarios
    name = str(asked.get("scenario") or next(iter(scenarios)))
    given = asked.get("overrides")
    overrides = {
        str(key)[:_LONGEST]: str(value)[:_LONGEST]
        for key, value in (given.items() if isinstance(given, Mapping) else ())
    }
    listed = [{"id": s.id, "title": s.title, "question": s.question} for s in scenarios.values()]
    try:
        result, settings = service().app_desk.drill(design, name, overrides)
    except ReviewerError as error:
        return {"error": str(error), "scenarios": listed}
    sliders = [_slider(key, text, words) for key, text in settings.items()]
    return {
        "scenario": name,
        "scenarios": listed,
        "overrides": overrides,
        "settings": [slider for slider in sliders if slider],
        "verdict": result.verdict,
        "times": list(result.times),
        "lines": _lines(result),
        "events": [
            {"title": e.title, "start": e.start, "end": min(e.end, result.horizon)}
            for e in result.events
        ],
        "assumptions": list(result.assumptions),
        "gaps": [gap.text for gap in result.gaps],
    }


def _slider(key: str, text: str, words: Words) -> dict[str, Any] | None:
    event, _, kind = key.rpartition(".")
    if kind not in _SLIDING:
        return None
    label = words(f"drill.{kind}")
    return {
        "name": key,
        "label": f"{label} ({event})" if event else label,
        "text": text,
        "value": _amount(text),
    }


def _amount(text: str) -> float:
    """A factor, a share, or hours; a drill that goes to the end counts as two days."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(\w*)%?", text.strip())
    if match is None:
        return 48.0
    return float(match[1]) * _UNITS.get(match[2], 1.0)


def _lines(result: DrillResult) -> list[dict[str, Any]]:
    """The nodes that wait most, rounded so that the page stays light."""
    extra = {outcome.node: outcome.extra_backlog for outcome in result.nodes}
    waiting = [
        s for s in result.series if extra.get(s.node, 0.0) > 0 and max(s.backlog, default=0) > 0
    ]
    waiting.sort(key=lambda s: -extra[s.node])
    return [
        {"name": s.name, "backlog": [float(f"{value:.4g}") for value in s.backlog]}
        for s in waiting[:_MOST_LINES]
    ]
