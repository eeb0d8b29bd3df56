"""What can be said of a draft's map at once: the picture, and the first bottleneck."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.errors import ReviewerError
from ui.door import service
from ui.plain import plain

_READ = ("title", "map.nodes", "map.flows", "targets")


@dataclass(frozen=True)
class Live:
    """The design of a draft's tables with its numbers, or why it cannot be read yet."""

    design: Design | None = None
    analysis: Analysis | None = None
    error: str = ""

    @property
    def error_text(self) -> str:
        """The error for a place that reads Markdown."""
        return plain(self.error)

    @property
    def line(self) -> str:
        """One line: the node that saturates first, or the first number that fails."""
        if self.analysis is None:
            return ""
        facts = self.analysis.named("capacity.ten_x")
        failing = [f for f in self.analysis.facts if f.holds is False]
        chosen = (*facts, *failing)
        return chosen[0].text if chosen else ""


def live(values: Mapping[str, Any]) -> Live:
    """Reads the tables of a draft; the texts do not matter for the numbers shown while writing."""
    told = {name: values[name] for name in _READ if values.get(name)}
    return _live(json.dumps(told, sort_keys=True, ensure_ascii=False))


@st.cache_resource(show_spinner=False, max_entries=256)
def _live(told: str) -> Live:
    values = json.loads(told)
    if not values.get("map.nodes"):
        return Live()
    desk = service().app_desk
    try:
        design = desk.design(values)
    except ReviewerError as error:
        return Live(error=str(error))
    return Live(design, desk.numbers(design))
