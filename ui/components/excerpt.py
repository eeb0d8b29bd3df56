"""A passage in the text of its document, marked, with what stands before and after it."""

from __future__ import annotations

import streamlit as st

from knowledge.types import Passage, Source
from reviewer.errors import ReviewerError
from ui.door import service
from ui.markup import piece
from ui.plain import plain
from ui.words import Words


def where(passage: Passage, words: Words) -> str:
    """Kind and place of a passage, as text."""
    page = words("knowledge.on_page", n=passage.page) if passage.page else ""
    named = passage.locator if passage.kind == "summary" or not page else page
    parts = [words(f"passage.short_{passage.kind}"), named, " › ".join(passage.heading[-2:])]
    if passage.evidence:
        parts.append(words(f"board.evidence_{passage.evidence}"))
    return " · ".join(part for part in parts if part)


def excerpt(source: Source, passage: Passage, words: Words) -> None:
    """The passage in its document; a summary by itself, and told to be one."""
    st.caption(plain(where(passage, words)))
    if passage.kind == "summary":
        st.text(passage.text)
        st.caption(words("passage.summary"))
        if passage.note:
            st.caption(plain(passage.note))
        return
    try:
        found = service().pages_desk.preview(source.id, passage.id)
    except ReviewerError as error:
        st.caption(plain(str(error)))
        return
    if found.document:
        st.caption(f":material/description: {plain(found.document.name)}")
    st.html(
        piece(
            '<div class="dr-paper"><span class="dr-soft">{before}</span><mark>{text}</mark>'
            '<span class="dr-soft">{after}</span></div>',
            before=found.before,
            text=passage.text,
            after=found.after,
        )
    )


def excerpt_dialog(source: Source, passage: Passage, words: Words) -> None:
    """The same in a window of its own."""

    @st.dialog(words("passage.title"), width="large")
    def opened() -> None:
        st.markdown(f"**{plain(source.title)}**")
        excerpt(source, passage, words)

    opened()
