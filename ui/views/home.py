"""Home: what is next for you, in three lines."""

from __future__ import annotations

import streamlit as st

from ui import frame, state
from ui.frame import Here


def show(here: Here) -> None:
    """Greets, and names the one next step."""
    words = here.words
    st.title(words("home.title"))
    if here.group is None:
        st.write(words("home.no_group"))
        frame.new_group(here, key="home", primary=True)
        return
    st.write(words(f"home.{state.hat().value}"))
