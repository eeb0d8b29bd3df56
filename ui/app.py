"""The app's router: frame, pages, and which of them belong to which hat."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from reviewer.domain.course import Hat
from ui import frame, state
from ui.frame import Here
from ui.views import design, home, knowledge, reflect, review, revise

_PAGES: tuple[tuple[str, Hat | None, str, Callable[[Here], None]], ...] = (
    ("home", None, ":material/home:", home.show),
    ("design", Hat.GROUP, ":material/edit_document:", design.show),
    ("review", Hat.GROUP, ":material/rate_review:", review.show),
    ("revise", Hat.GROUP, ":material/history:", revise.show),
    ("reflect", Hat.INDIVIDUAL, ":material/forum:", reflect.show),
    ("knowledge", Hat.INSTRUCTOR, ":material/library_books:", knowledge.show),
)
_STYLE = Path(__file__).with_name("app.css")
_ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    """One run of the script: the frame, then the page."""
    st.set_page_config(page_title="Design Reviewer", page_icon=str(_ICON), layout="wide")
    st.html(_STYLE)
    here = frame.arrive()
    pages = {
        name: st.Page(
            partial(frame.guarded, show, here),
            title=here.words(f"page.{name}"),
            icon=icon,
            url_path=name,
            default=name == "home",
        )
        for name, _, icon, show in _PAGES
    }
    hats = {name: hat for name, hat, _, _ in _PAGES}
    current = st.navigation(list(pages.values()), position="hidden")
    name = next(name for name, page in pages.items() if page == current)
    wanted = hats[name]
    if wanted is not None and wanted != state.hat():
        state.wear(wanted)
    state.know_pages(pages)
    frame.side_bar(
        here, {hat: [p for n, p in pages.items() if hats[n] == hat] for hat in (None, *Hat)}
    )
    current.run()


main()
