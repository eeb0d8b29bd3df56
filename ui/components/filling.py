"""Ways to fill a draft that are not typing: a file, a diagram, a template, an example."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
import yaml

from reviewer.domain.design import Design
from reviewer.domain.draft import TABLES, TEXT_FIELDS
from reviewer.errors import ReviewerError
from reviewer.service.app_desk import ENDINGS
from ui import state
from ui.components.drafting import Drafting
from ui.door import service
from ui.plain import plain
from ui.words import Words

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
_UPLOAD = "upload"
_MOST_MB = 20
_BEFORE = "before"
_FILLED = "filled"


def filling(drafting: Drafting, words: Words) -> None:
    """A row of quiet menus, and what was read from a file until somebody decides."""
    with st.container(horizontal=True):
        opened = state.kept(_FILLED, drafting.group) or 0  # another key closes the menu
        with st.popover(
            words("filling.upload"), icon=":material/upload_file:", key=f"file.{opened}"
        ):
            _upload(drafting, words)
        with st.popover(words("filling.chart"), icon=":material/schema:", key=f"chart.{opened}"):
            _chart(drafting, words)
        with st.popover(
            words("filling.start"), icon=":material/auto_stories:", key=f"start.{opened}"
        ):
            _start(drafting, words)
        before = state.kept(_BEFORE, drafting.group)
        if before and st.button(words("filling.undo"), icon=":material/undo:", type="tertiary"):
            state.keep(_BEFORE, drafting.group, None)
            _put(drafting, before, words, "filling.undone")
    if read := state.kept(_UPLOAD, drafting.group):
        _confirm(drafting, read, words)


def _upload(drafting: Drafting, words: Words) -> None:
    version = state.kept("upload_version", drafting.group) or 0
    given = st.file_uploader(
        words("filling.upload_label"),
        type=[ending.lstrip(".") for ending in ENDINGS],
        key=f"upload.{drafting.group}.{version}",
        max_upload_size=_MOST_MB,
    )
    if given is None:
        return
    state.keep("upload_version", drafting.group, version + 1)
    try:
        design = service().app_desk.read_upload(given.name, given.getvalue())
    except ReviewerError as error:
        st.error(f"{plain(str(error))} {plain(error.hint)}")
        return
    state.keep(_UPLOAD, drafting.group, (design, given.name, given.getvalue()))
    state.keep(_FILLED, drafting.group, (state.kept(_FILLED, drafting.group) or 0) + 1)
    st.rerun()


def _confirm(drafting: Drafting, read: tuple[Design, str, bytes], words: Words) -> None:
    """What was understood, beside the original; nothing is filled in before somebody says so."""
    design, name, content = read
    values = service().app_desk.fields(design)
    with st.container(border=True):
        st.subheader(words("filling.confirm", name=plain(name)))
        for warning in design.warnings:
            st.caption(f":material/info: {plain(warning)}")
        left, right = st.columns(2, gap="large")
        with left:
            st.caption(words("filling.understood"))
            with st.container(height=420):
                _understood(values, words)
        with right:
            st.caption(words("filling.original"))
            with st.container(height=420):
                st.text(design.text)
        with st.container(horizontal=True):
            if st.button(words("filling.use")):
                state.keep(_UPLOAD, drafting.group, None)
                _fill(drafting, values, words)
            if st.button(words("filling.as_it_is")):
                state.keep(_UPLOAD, drafting.group, None)
                _as_it_is(drafting, design, name, content, words)
            if st.button(words("filling.drop"), type="tertiary"):
                state.keep(_UPLOAD, drafting.group, None)
                st.rerun()


def _understood(values: Mapping[str, Any], words: Words) -> None:
    for field in (*TEXT_FIELDS, *TABLES):
        value = values.get(field)
        st.markdown(f"**{words(f'field.{field}')}**")
        if not value:
            st.caption(words("filling.nothing"))
        elif isinstance(value, list):
            st.dataframe(value, hide_index=True, height=min(38 * (len(value) + 1), 220))
        else:
            st.text(value)


def _as_it_is(drafting: Drafting, design: Design, name: str, content: bytes, words: Words) -> None:
    try:
        handed_in = service().app_desk.hand_in(
            drafting.group, design, by=drafting.person, original=(design.source or name, content)
        )
        job = service().review_desk.submit(handed_in.id, by=drafting.person)
    except ReviewerError as error:
        st.error(f"{plain(str(error))} {plain(error.hint)}")
        return
    state.choose(state.REVIEW, job.id)
    state.go("review")


def _chart(drafting: Drafting, words: Words) -> None:
    with st.form(f"chart.{drafting.group}", border=False):
        text = st.text_area(
            words("filling.chart_label"),
            height=180,
            max_chars=50_000,
            placeholder="flowchart LR\n  tills[Till receipts] --> cleaning\n  cleaning --> features[(Features)]",
        )
        if not st.form_submit_button(words("filling.chart_read")) or not text.strip():
            return
    try:
        rows = service().app_desk.map_of_chart(text)
    except ReviewerError as error:
        st.error(f"{plain(str(error))} {plain(error.hint)}")
        return
    _fill(drafting, rows, words)


def _start(drafting: Drafting, words: Words) -> None:
    st.caption(words("filling.templates"))
    for template in templates():
        title = template["title"].get(words.language) or template["title"]["en"]
        if st.button(title, key=f"template.{template['title']['en']}", type="tertiary"):
            _fill(drafting, template["values"], words)
    st.caption(words("filling.examples"))
    for name, title in service().app_desk.examples().items():
        if st.button(plain(title), key=f"example.{name}", type="tertiary"):
            _fill(drafting, service().app_desk.fields(service().app_desk.example(name)), words)


def fill_with_example(drafting: Drafting) -> None:
    """Fills a new draft with the first example design."""
    desk = service().app_desk
    name = next(iter(desk.examples()))
    drafting.save_all(desk.fields(desk.example(name)), drafting.draft.revisions)


@lru_cache
def templates() -> tuple[Mapping[str, Any], ...]:
    """Maps of common retail use cases to begin with: `title` by language, and `values`."""
    return tuple(
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(TEMPLATES.glob("*.yaml"))
    )


def _fill(drafting: Drafting, values: Mapping[str, Any], words: Words) -> None:
    """Replaces the fields that are given; one click brings back what was there."""
    before = {name: drafting.draft.values.get(name) for name in values}
    state.keep(_BEFORE, drafting.group, before)
    _put(drafting, values, words, "filling.filled")


def _put(drafting: Drafting, values: Mapping[str, Any], words: Words, told: str) -> None:
    now = Drafting.of(drafting.group, drafting.person)
    if now.save_all(values, now.draft.revisions):
        state.tell_next(words(told))
        state.keep(_FILLED, drafting.group, (state.kept(_FILLED, drafting.group) or 0) + 1)
    st.rerun()
