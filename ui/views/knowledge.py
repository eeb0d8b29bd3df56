"""The knowledge page, for the instructor: documents in and out, and what reviewers would see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from ui import state
from ui.components.knowledge_collections import collections
from ui.components.knowledge_confirm import confirm, unconfirmed
from ui.components.knowledge_coverage import coverage
from ui.components.knowledge_in import add_documents
from ui.components.knowledge_seen import seen
from ui.components.knowledge_sources import sources
from ui.frame import Here

_PARTS: Final[Mapping[str, Callable[[Here], None]]] = {
    "sources": sources,
    "add": add_documents,
    "confirm": confirm,
    "seen": seen,
    "coverage": coverage,
    "collections": collections,
}


def show(here: Here) -> None:
    """One part at a time, so that the page stays quick."""
    words = here.words
    st.title(words("page.knowledge"))
    waiting = len(unconfirmed())
    names = {part: words(f"knowledge.part_{part}", n=waiting) for part in _PARTS}
    if not waiting:
        del names["confirm"]
    now = state.get(state.PART)
    chosen = st.segmented_control(
        words("knowledge.parts"),
        list(names),
        default=now if now in names else "sources",
        format_func=lambda part: names.get(part, part),
        label_visibility="collapsed",
        required=True,
        key=f"parts.{now if now in names else 'sources'}",
    )
    part = chosen or "sources"
    if part != (now or "sources"):
        state.choose(state.PART, part)
        st.rerun()
    _PARTS[part](here)
