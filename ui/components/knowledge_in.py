"""Documents into the knowledge base: upload, progress, and what became of each file."""

from __future__ import annotations

from typing import Final

import streamlit as st

from knowledge.types import FileReport, ImportReport
from reviewer.errors import ReviewerError
from reviewer.service.background import Task
from ui import state
from ui.components.knowledge_confirm import COURSE, named, passages_told
from ui.components.waiting import busy, change, changing
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_ENDINGS: Final = ("pdf", "docx", "pptx", "html", "htm", "md", "txt", "bib", "ris", "json", "zip")
_ADD = "add"
_REPORT = "report"
_FORM = "add_form"
_MOST = 200
_ICONS: Final = {
    "added": ":material/check_circle:",
    "changed": ":material/update:",
    "unchanged": ":material/remove:",
    "copy": ":material/content_copy:",
    "entries": ":material/list:",
    "refused": ":material/error:",
}
_FIRST: Final = ("refused", "added", "changed", "entries", "copy", "unchanged")


def add_documents(here: Here) -> None:
    """A form, then how far the import is, then a line a file."""
    words, desk = here.words, service().pages_desk
    _form(words)
    done = changing(_ADD, desk.changes, words)
    if done is not None:
        state.keep(_REPORT, "page", done)
    kept: Task | None = state.kept(_REPORT, "page")
    if kept is not None and not busy(_ADD, desk.changes):
        outcome(kept.result, words)


def _form(words: Words) -> None:
    desk = service().pages_desk
    own = [c for c in service().knowledge_desk.collections() if not c.starter]
    names = {c.id: named(c, words) for c in own} or {COURSE: words("knowledge.course")}
    questions = service().questionnaire.roles
    roles = {r.id: words.under("role").get(r.id, r.title) for r in questions if r.id != "chair"}
    number = state.kept(_FORM, "page") or 0  # another key is an empty form
    with st.form(f"add.{number}", border=False):
        files = st.file_uploader(
            words("knowledge.files"),
            type=list(_ENDINGS),
            accept_multiple_files=True,
            help=words("knowledge.files_help"),
        )
        left, right = st.columns(2)
        collection = left.selectbox(
            words("knowledge.collection"), list(names), format_func=lambda i: names[i]
        )
        chosen = right.multiselect(
            words("knowledge.roles"),
            list(roles),
            format_func=lambda i: roles[i],
            help=words("knowledge.roles_help"),
            placeholder=words("knowledge.roles_suggested"),
        )
        left, right = st.columns(2)
        topics = left.text_input(
            words("knowledge.field_topics"), max_chars=300, help=words("knowledge.topics_help")
        )
        licence = right.text_input(
            words("knowledge.field_licence"), max_chars=200, help=words("knowledge.licence_help")
        )
        asked = st.form_submit_button(
            words("knowledge.import"), type="primary", disabled=busy(_ADD, desk.changes)
        )
    if not asked:
        return
    if not files:
        st.caption(words("knowledge.no_file"))
        return
    labels = {
        "roles": tuple(chosen),
        "topics": tuple(part for t in topics.split(",") if (part := t.strip())),
        "licence": licence.strip(),
    }
    try:
        begun = desk.add([(file.name, file) for file in files], collection or COURSE, labels)
    except ReviewerError as error:
        st.error(plain(f"{error} {error.hint}"), icon=":material/error:")
        return
    state.keep(_FORM, "page", number + 1)
    state.keep(_REPORT, "page", None)
    change(_ADD, begun, "")


def outcome(report: ImportReport, words: Words) -> None:
    """A line a file, those first that need somebody."""
    st.header(words("knowledge.outcome"))
    counts = [
        f"{report.count(name)} {words(f'knowledge.outcome_{name}')}"
        for name in _FIRST
        if report.count(name)
    ]
    st.caption(" · ".join(counts) or words("knowledge.no_file_inside"))
    ordered = sorted(report.files, key=lambda file: _FIRST.index(file.outcome))
    for file in ordered[:_MOST]:
        with st.container(gap=None):
            _file(file, words)
    if len(ordered) > _MOST:
        st.caption(words("revise.more", n=len(ordered) - _MOST))
    if report.count("added") or report.count("entries"):
        st.write(words("knowledge.confirm_next"))
        if st.button(words("knowledge.to_confirm"), icon=":material/arrow_forward:"):
            state.choose(state.PART, "confirm")
            st.rerun()


def _file(file: FileReport, words: Words) -> None:
    told = [f"**{plain(file.file)}**", words(f"knowledge.outcome_{file.outcome}")]
    if file.passages:
        told.append(passages_told(file.passages, words))
    st.markdown(f"{_ICONS[file.outcome]} {' · '.join(told)}")
    if file.outcome not in ("added", "unchanged"):
        st.caption(plain(file.message))
    for warning in file.warnings:
        st.caption(f":material/warning: {plain(warning)}")
    if file.hidden:
        st.caption(f":material/visibility_off: {words('knowledge.hidden', n=len(file.hidden))}")
