"""Collections: made, searched or left out, out to a file and in again."""

from __future__ import annotations

import streamlit as st

from knowledge.types import Collection
from reviewer.errors import ReviewerError
from ui import state
from ui.components.knowledge_confirm import named
from ui.components.knowledge_in import outcome
from ui.components.waiting import busy, change, changing
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_NAME = "collections"
_TAKEN = "taken_in"
_FILE = "collection_file"


def collections(here: Here) -> None:
    """A card a collection, a way to make one, and one to bring one in."""
    words, desk = here.words, service().pages_desk
    done = changing(_NAME, desk.changes, words)
    if done is not None and done.kind == "take_in":
        state.keep(_TAKEN, "page", done.result)
    every = service().knowledge_desk.collections()
    if not any(c.enabled and c.passages for c in every):
        st.warning(words("knowledge.nothing_on"), icon=":material/warning:")
    for collection in every:
        with st.container(border=True):
            _collection(collection, words)
    left, right = st.columns(2, gap="large")
    with left:
        _make(words)
    with right:
        _take_in(words)
    report = state.kept(_TAKEN, "page")
    if report is not None:
        outcome(report, words)


def _collection(collection: Collection, words: Words) -> None:
    desk = service().pages_desk
    waiting = busy(_NAME, desk.changes)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container():
            st.markdown(f"**{plain(named(collection, words))}**")
            held = words(
                "knowledge.holds", sources=collection.sources, passages=collection.passages
            )
            told = words("knowledge.follows") if collection.starter else ""
            st.caption(" ".join(filter(None, (held, told))))
        on = st.toggle(
            words("knowledge.enabled"),
            collection.enabled,
            key=f"enabled.{collection.id}.{collection.enabled}",
            disabled=waiting,
            help=words("knowledge.enabled_help"),
        )
    if on != collection.enabled:
        told = words(f"knowledge.switched_{'on' if on else 'off'}")
        change(_NAME, desk.switch(collection.id, on=on), told)
    with st.container(horizontal=True):
        if collection.starter:
            _restore(words, waiting=waiting)
        else:
            _export(collection, words)
            _drop(collection, words, waiting=waiting)


def _export(collection: Collection, words: Words) -> None:
    st.download_button(
        words("knowledge.export"),
        lambda: service().pages_desk.exported(collection.id),
        f"{collection.id}.zip",
        "application/zip",
        key=f"export.{collection.id}",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=words("knowledge.export_help"),
    )


def _restore(words: Words, *, waiting: bool) -> None:
    if st.button(
        words("knowledge.restore"),
        type="tertiary",
        icon=":material/restore:",
        disabled=waiting,
        help=words("knowledge.restore_help"),
    ):
        change(_NAME, service().pages_desk.restore_starter(), words("knowledge.restored"))


def _drop(collection: Collection, words: Words, *, waiting: bool) -> None:
    with st.popover(words("knowledge.drop"), icon=":material/delete:", type="tertiary"):
        st.write(words("knowledge.drop_why", sources=collection.sources))
        if st.button(words("knowledge.drop_yes"), key=f"drop.{collection.id}", disabled=waiting):
            begun = service().pages_desk.drop_collection(collection.id)
            change(_NAME, begun, words("knowledge.dropped"))


def _make(words: Words) -> None:
    desk = service().pages_desk
    st.header(words("knowledge.make_title"))
    with st.form("make", border=False, clear_on_submit=True):
        title = st.text_input(words("knowledge.make_name"), max_chars=120)
        asked = st.form_submit_button(words("knowledge.make"), disabled=busy(_NAME, desk.changes))
    if not asked:
        return
    try:
        change(_NAME, desk.make_collection(title), words("knowledge.made"))
    except ReviewerError:
        st.caption(words("knowledge.make_needs_name"))


def _take_in(words: Words) -> None:
    desk = service().pages_desk
    st.header(words("knowledge.take_in"))
    number = state.kept(_FILE, "page") or 0
    with st.form(f"take_in.{number}", border=False):
        given = st.file_uploader(
            words("knowledge.take_in_file"), type=["zip"], help=words("knowledge.take_in_help")
        )
        asked = st.form_submit_button(
            words("knowledge.take_in_go"), disabled=busy(_NAME, desk.changes)
        )
    if not asked:
        return
    if given is None:
        st.caption(words("knowledge.no_file"))
        return
    state.keep(_FILE, "page", number + 1)
    state.keep(_TAKEN, "page", None)
    change(_NAME, desk.take_in(given), "")
