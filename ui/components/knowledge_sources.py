"""The sources of the knowledge base: a list with search, each one's metadata and passages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from knowledge.types import Collection, Entry, Passage
from reviewer.errors import ReviewerError
from ui import state
from ui.door import service
from ui.plain import plain
from ui.words import Words

_MOST_PASSAGES = 40
_FIELDS = ("title", "authors", "year", "venue", "doi", "url", "licence", "topics")


def sources(words: Words) -> None:
    """All sources in a table; the chosen one below."""
    entries = service().knowledge_desk.entries(None)
    wanted = st.text_input(words("knowledge.find"), placeholder=words("knowledge.find_hint"))
    shown = [entry for entry in entries if _fits(entry, wanted)]
    if not shown:
        st.caption(words("knowledge.no_sources"))
        return
    chosen = st.dataframe(
        [_row(entry, words) for entry in shown],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"sources.{wanted}",
        height=min(38 * (len(shown) + 1), 420),
    )
    st.caption(words("knowledge.choose_row", n=len(shown)))
    rows = chosen["selection"]["rows"]
    if rows and rows[0] < len(shown):
        _source(shown[rows[0]], words)


def _fits(entry: Entry, wanted: str) -> bool:
    source = entry.source
    told = " ".join(
        (source.id, source.title, *source.authors, str(source.year or ""), *source.topics)
    )
    return all(word in told.casefold() for word in wanted.casefold().split())


def _row(entry: Entry, words: Words) -> dict[str, object]:
    source = entry.source
    return {
        words("knowledge.col_title"): source.title,
        words("knowledge.col_authors"): ", ".join(source.authors[:3]),
        words("knowledge.col_year"): source.year,
        words("knowledge.col_roles"): ", ".join(source.roles),
        words("knowledge.col_passages"): entry.passages,
        words("knowledge.col_collections"): ", ".join(entry.collections),
        words("knowledge.col_confirmed"): entry.confirmed,
    }


def _source(entry: Entry, words: Words) -> None:
    source = entry.source
    st.subheader(plain(source.title))
    own = [c for c in entry.collections if c != "starter"]
    left, right = st.columns([1, 1], gap="large")
    with left:
        if own:
            _edit(entry, words)
            _remove(entry, words)
        else:
            st.caption(words("knowledge.starter"))
            st.write(plain(", ".join(source.authors)))
            st.caption(
                plain(" · ".join(filter(None, (source.venue, str(source.year or ""), source.url))))
            )
        for document in entry.documents:
            told = words("knowledge.document", name=plain(document.name), pages=document.pages)
            st.caption(f":material/description: {told}")
            for warning in (*document.warnings, *document.hidden):
                st.caption(f":material/warning: {plain(warning)}")
    with right:
        _passages(service().knowledge_desk.entry(source.id)[1], words)


def _edit(entry: Entry, words: Words) -> None:
    """Metadata to confirm: what was read from the document, or suggested."""
    source = entry.source
    roles = {r.id: r.title for r in service().questionnaire.roles if r.id != "chair"}
    if not entry.confirmed:
        st.caption(f":material/info: {words('knowledge.unconfirmed')}")
    with st.form(f"edit.{source.id}", border=False):
        values = {}
        for name in _FIELDS:
            value = getattr(source, name)
            if isinstance(value, tuple):
                value = ("; " if name == "authors" else ", ").join(value)
            values[name] = st.text_input(
                words(f"knowledge.field_{name}"), str(value or ""), max_chars=400
            )
        chosen = st.multiselect(
            words("knowledge.roles"),
            list(roles),
            default=[role for role in source.roles if role in roles],
            format_func=lambda i: roles[i],
        )
        if st.form_submit_button(words("knowledge.confirm")):
            try:
                service().knowledge_desk.edit(source.id, {**values, "roles": ",".join(chosen)})
            except ReviewerError as error:
                st.error(plain(f"{error} {error.hint}"))
                return
            state.tell_next(words("knowledge.kept"))
            st.rerun()


def _remove(entry: Entry, words: Words) -> None:
    with st.popover(words("knowledge.remove"), icon=":material/delete:", type="tertiary"):
        st.write(words("knowledge.remove_why"))
        if st.button(words("knowledge.remove_yes"), key=f"remove.{entry.source.id}"):
            service().knowledge_desk.remove(entry.source.id, None)
            state.tell_next(words("knowledge.removed"))
            st.rerun()


def _passages(passages: tuple[Passage, ...], words: Words) -> None:
    st.caption(words("knowledge.passages", n=len(passages)))
    with st.container(height=460):
        for passage in passages[:_MOST_PASSAGES]:
            where = [
                passage.locator,
                f"{words('knowledge.page')} {passage.page}" if passage.page else "",
            ]
            st.caption(
                plain(" · ".join(filter(None, (words(f"passage.short_{passage.kind}"), *where))))
            )
            st.text(passage.text)
        if len(passages) > _MOST_PASSAGES:
            st.caption(words("revise.more", n=len(passages) - _MOST_PASSAGES))


def collections(words: Words) -> None:
    """Collections: on or off, out to a file and in again."""
    desk = service().knowledge_desk
    for collection in desk.collections():
        with st.container(border=True):
            _collection(collection, words)
    given = st.file_uploader(words("knowledge.take_in"), type=["zip", "jsonl", "knowledge"])
    if given is not None and st.button(words("knowledge.take_in_go")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "collection.zip"
            path.write_bytes(given.getvalue())
            report = desk.take_in(path, None)
        state.tell_next(words("knowledge.taken_in", n=len(report.files)))
        st.rerun()


def _collection(collection: Collection, words: Words) -> None:
    desk = service().knowledge_desk
    title, switch = st.columns([3, 1], vertical_alignment="center")
    title.markdown(f"**{plain(collection.title or collection.id)}**")
    title.caption(
        words("knowledge.holds", sources=collection.sources, passages=collection.passages)
    )
    on = switch.toggle(
        words("knowledge.enabled"), collection.enabled, key=f"enabled.{collection.id}"
    )
    if on != collection.enabled:
        desk.collection(collection.id, title=None, enabled=on)
        st.rerun()
    if not collection.starter:
        title.download_button(
            words("knowledge.export"),
            lambda: _exported(collection.id),
            f"{collection.id}.zip",
            "application/zip",
            key=f"export.{collection.id}",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )


def _exported(collection: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection.zip"
        service().knowledge_desk.export(collection, path)
        return path.read_bytes()
