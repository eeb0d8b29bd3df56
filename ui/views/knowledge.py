"""The knowledge page, for the instructor: documents in and out, and what reviewers would see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from ui import state
from ui.components.knowledge_in import add_documents
from ui.components.knowledge_seen import coverage, search
from ui.components.knowledge_sources import collections, sources
from ui.frame import Here
from ui.words import Words

_PARTS: Mapping[str, Callable[[Words], None]] = {
    "sources": sources,
    "add": add_documents,
    "search": search,
    "coverage": coverage,
    "collections": collections,
}


def show(here: Here) -> None:
    """One part at a time, so that the page stays quick."""
    words = here.words
    st.title(words("page.knowledge"))
    chosen = st.segmented_control(
        words("knowledge.parts"),
        list(_PARTS),
        default=state.kept("knowledge_part", "page") or "sources",
        format_func=lambda part: words(f"knowledge.part_{part}"),
        label_visibility="collapsed",
        required=True,
    )
    part = chosen or "sources"
    state.keep("knowledge_part", "page", part)
    _PARTS[part](words)
