"""The review board: one component for the findings, the design beside them, and all below.

One component instead of hundreds of widgets keeps a page with many findings quick: filtering,
opening and jumping between finding and text happen in the browser, and a rerun sends one message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui.components.assets import joined

_SCRIPTS = (
    "dom.js",
    "findings.js",
    "text.js",
    "diagram.js",
    "numbers.js",
    "drill.js",
    "below.js",
    "board.js",
)
_STYLES = ("board.css", "diagram.css")


@dataclass(frozen=True)
class Listeners:
    """What happens when a person does something on the board; called before the page is drawn."""

    finding: Callable[[str], None]
    response: Callable[[Mapping[str, str]], None]
    drill: Callable[[Mapping[str, Any]], None]
    passage: Callable[[str], None]


def review_board(data: Mapping[str, Any], *, key: str, listeners: Listeners) -> None:
    """Shows a review. `data` has key, page (JSON), responses, answers, finding and drill."""
    component = st.components.v2.component(
        "review_board", js=joined(*_SCRIPTS), css=joined(*_STYLES)
    )

    def hear(name: str, listener: Callable[[Any], None]) -> Callable[[], None]:
        def heard() -> None:
            value = getattr(st.session_state[key], name, None)
            if value is not None:
                listener(value)

        return heard

    component(
        key=key,
        data=dict(data),
        on_finding_change=hear("finding", listeners.finding),
        on_response_change=hear("response", listeners.response),
        on_drill_change=hear("drill", listeners.drill),
        on_passage_change=hear("passage", listeners.passage),
    )
