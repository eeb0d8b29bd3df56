"""The picture of a data-flow map by itself, as on the design page."""

from __future__ import annotations

import json

import streamlit as st

from reviewer.domain.design import DataFlow
from reviewer.domain.facts import Analysis
from ui.components.assets import joined
from ui.components.diagram_data import diagram, reached_by_people
from ui.words import Words


def map_picture(data_flow: DataFlow, analysis: Analysis | None, words: Words, *, key: str) -> None:
    """Draws the map; a click on a node shows what is stated of it."""
    component = st.components.v2.component(
        "map_picture",
        js=joined("dom.js", "diagram.js", "map.js"),
        css=joined("map.css", "diagram.css"),
    )
    reached = reached_by_people(analysis)
    pictures = {
        "wide": diagram(data_flow, reached=reached, across=3),
        "narrow": diagram(data_flow, reached=reached, across=2),
        "words": words.under("diagram"),
    }
    component(key=key, data={"picture": json.dumps(pictures, ensure_ascii=False)})
