"""The exports of a review: made when somebody asks for one, not on every run."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from reviewer.domain.review import Review
from ui.door import service
from ui.words import Words

_FORMATS: tuple[tuple[str, str], ...] = (
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("json", "application/json"),
)


@st.fragment
def export_menu(review: Review, review_id: str, words: Words) -> None:
    """A menu with a download for each format, and the statement of AI use."""
    stem = _file_name(review.design.title)
    menu = st.popover(
        words("export.title"),
        icon=":material/download:",
        key=f"exports.{review_id}",
        on_change="rerun",
    )
    if not menu.open:  # what nobody looks at is not made
        return
    with menu:
        for form, media in _FORMATS:
            st.download_button(
                words(f"export.{form}"),
                _document(review, form),
                f"{stem}.{form}",
                media,
                key=f"export.{form}.{review_id}",
                type="tertiary",
                on_click="ignore",
            )
        st.download_button(
            words("export.statement"),
            _statement(review, review_id),
            f"{stem}-ai-use.md",
            "text/markdown",
            key=f"export.statement.{review_id}",
            type="tertiary",
            on_click="ignore",
            help=words("export.statement_help"),
        )


def _document(review: Review, form: str) -> Callable[[], bytes]:
    return lambda: service().document(review, form)


def _statement(review: Review, review_id: str) -> Callable[[], bytes]:
    def made() -> bytes:
        given = service().app_desk.answers(review_id)
        return service().statement(review, given).encode()

    return made


def _file_name(title: str) -> str:
    """A file name from a title: letters, digits and hyphens only."""
    return re.sub(r"[^\w]+", "-", title, flags=re.UNICODE).strip("-_")[:60].lower() or "review"
