"""The knowledge page: what reviews may cite, and what an instructor does about it."""

from __future__ import annotations

import streamlit as st

from ui.frame import Here


def show(here: Here) -> None:
    """The documents, what the roles find in them, and the collections."""
    st.title(here.words("page.knowledge"))
