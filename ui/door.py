"""The service behind every page: made once for all sessions."""

from __future__ import annotations

import streamlit as st

from reviewer.service import ReviewService


@st.cache_resource(show_spinner=False)
def service() -> ReviewService:
    """The one door; it reads its settings from the environment at the first call."""
    return ReviewService()
