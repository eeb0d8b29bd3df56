"""Documents into the knowledge base: upload, progress, and what became of each file."""

from __future__ import annotations

import streamlit as st

from knowledge.types import ImportReport
from reviewer.errors import ReviewerError
from reviewer.service.imports import Import
from ui import state
from ui.door import service
from ui.plain import plain
from ui.words import Words

_ENDINGS = ("pdf", "docx", "pptx", "html", "md", "txt", "bib", "ris", "json", "zip")
_RUNNING = "import"
_ICONS = {
    "added": ":material/check_circle:",
    "changed": ":material/update:",
    "unchanged": ":material/remove:",
    "copy": ":material/content_copy:",
    "entries": ":material/list:",
    "refused": ":material/error:",
}


def add_documents(words: Words) -> None:
    """A form, then a line a file."""
    desk = service().knowledge_desk
    own = [c for c in desk.collections() if not c.starter]
    names = {c.id: c.title or c.id for c in own} or {"course": words("knowledge.course")}
    roles = {r.id: r.title for r in service().questionnaire.roles if r.id != "chair"}
    with st.form("import", border=False):
        files = st.file_uploader(
            words("knowledge.files"), type=list(_ENDINGS), accept_multiple_files=True
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
        licence = st.text_input(words("knowledge.licence"), max_chars=200)
        if st.form_submit_button(words("knowledge.import"), type="primary") and files:
            try:
                begun = service().app_desk.imports.begin(
                    [(file.name, file.getvalue()) for file in files],
                    collection or "course",
                    {"roles": tuple(chosen), "licence": licence.strip()},
                )
            except ReviewerError as error:
                st.error(plain(f"{error} {error.hint}"))
                return
            state.keep(_RUNNING, "page", begun.id)
    if running := state.kept(_RUNNING, "page"):
        _watch(running, words)


def _watch(import_id: str, words: Words) -> None:
    known = service().app_desk.imports.get(import_id)
    if known is None:
        return
    if known.over:
        _outcome(known, words)
        return

    @st.fragment(run_every=0.7)
    def watching() -> None:
        now = service().app_desk.imports.get(import_id)
        if now is None or now.over:
            st.rerun()
            return
        share = now.done / now.files if now.files else 0.0
        told = words("knowledge.importing", done=now.done, of=now.files)
        st.progress(min(share, 1.0), text=f"{told} {plain(now.current)}".strip())

    watching()


def _outcome(done: Import, words: Words) -> None:
    if done.error:
        st.error(plain(done.error), icon=":material/error:")
        return
    report: ImportReport | None = done.report
    if report is None:
        return
    st.subheader(words("knowledge.outcome"))
    for file in report.files:
        told = words(f"knowledge.outcome_{file.outcome}")
        st.markdown(f"{_ICONS[file.outcome]} **{plain(file.file)}** · {told}")
        st.caption(plain(" ".join((file.message, *file.warnings, *file.hidden))))
    st.caption(words("knowledge.confirm_next"))
