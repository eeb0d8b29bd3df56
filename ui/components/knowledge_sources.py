"""The sources of the knowledge base: a list with search, and the chosen one with its passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from knowledge.types import Entry, Passage
from ui import state
from ui.components.excerpt import excerpt
from ui.components.knowledge_confirm import metadata, named, own_collections, passages_told
from ui.components.waiting import busy, change, changing
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_REMOVE = "remove"
_ROW = 35  # pixels of a row of a table


def sources(here: Here) -> None:
    """All sources in a table; the chosen one below."""
    words = here.words
    desk = service().pages_desk
    changing(_REMOVE, desk.changes, words)
    changing("metadata", desk.changes, words)
    entries = service().knowledge_desk.entries(None)
    if not any(own_collections(entry) for entry in entries):
        st.write(words("knowledge.only_starter" if entries else "knowledge.nothing"))
        if st.button(words("knowledge.to_add"), type="primary", icon=":material/upload_file:"):
            state.choose(state.PART, "add")
            st.rerun()
    if not entries:
        return
    wanted = st.text_input(
        words("knowledge.find"), placeholder=words("knowledge.find_hint"), max_chars=200
    )
    own_first = sorted(entries, key=lambda entry: not own_collections(entry))
    shown = [entry for entry in own_first if fits(entry, wanted)]
    if not shown:
        st.caption(words("knowledge.no_sources"))
        return
    chosen = _table(shown, wanted, words)
    if chosen is None:
        st.caption(words("knowledge.choose_row", n=len(shown)))
    else:
        _source(chosen, words)


def fits(entry: Entry, wanted: str) -> bool:
    """Whether every word stands somewhere in what is known of the source."""
    source = entry.source
    every = (
        *(source.id, source.title, *source.authors, str(source.year or ""), source.venue),
        *(source.doi, *source.topics, *source.roles, *entry.collections),
        *(document.name for document in entry.documents),
    )
    told = " ".join(every).casefold()
    return all(word in told for word in wanted.casefold().split())


def _table(shown: Sequence[Entry], wanted: str, words: Words) -> Entry | None:
    """The table; the chosen source stays open while the table changes around it."""
    kept = state.get(state.SOURCE)
    if len(shown) == 1:
        kept = shown[0].source.id
    names = {c.id: named(c, words) for c in service().knowledge_desk.collections()}
    picked = st.dataframe(
        [_row(entry, names, words) for entry in shown],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"sources.{wanted}",
        height=min(_ROW * (len(shown) + 1) + 3, 360),
        column_config={
            words("knowledge.col_title"): st.column_config.TextColumn(width="large"),
            words("knowledge.col_year"): st.column_config.TextColumn(width="small"),
            words("knowledge.col_passages"): st.column_config.NumberColumn(width="small"),
        },
    )
    rows = picked["selection"]["rows"]
    if rows and rows[0] < len(shown) and shown[rows[0]].source.id != kept:
        kept = shown[rows[0]].source.id
        state.choose(state.SOURCE, kept)
    return next((entry for entry in shown if entry.source.id == kept), None)


def _row(entry: Entry, names_of: Mapping[str, str], words: Words) -> dict[str, object]:
    source = entry.source
    titles = words.under("role")
    return {
        words("knowledge.col_title"): source.title,
        words("knowledge.col_authors"): ", ".join(source.authors[:3]),
        words("knowledge.col_year"): str(source.year or ""),
        words("knowledge.col_roles"): ", ".join(_role(role, titles) for role in source.roles),
        words("knowledge.col_passages"): entry.passages,
        words("knowledge.col_collections"): ", ".join(
            names_of.get(c, c) for c in entry.collections
        ),
        words("knowledge.col_confirmed"): entry.confirmed,
    }


def _role(role: str, titles: Mapping[str, str]) -> str:
    return titles.get(role) or role.replace("_", " ").capitalize()


def _source(entry: Entry, words: Words) -> None:
    source = entry.source
    st.header(plain(source.title))
    left, right = st.columns([2, 3], gap="large")
    with left:
        if own_collections(entry):
            metadata(entry, words)
        else:
            _told(entry, words)
        _documents(entry, words)
        _remove(entry, words)
    with right:
        _passages(entry, service().knowledge_desk.entry(source.id)[1], words)


def _told(entry: Entry, words: Words) -> None:
    source = entry.source
    st.write(plain(", ".join(source.authors)))
    told = (source.venue, str(source.year or ""), source.identifier or source.doi, source.url)
    st.caption(plain(" · ".join(part for part in told if part)))
    if source.licence:
        st.caption(f"{words('passage.licence')} {plain(source.licence)}")
    st.caption(words("knowledge.starter"))


def _documents(entry: Entry, words: Words) -> None:
    for document in entry.documents:
        if document.media == "summary":
            continue
        told = [plain(document.name)]
        if document.pages:
            told.append(words("knowledge.pages", n=document.pages))
        if document.copy_of:
            told.append(words("knowledge.copy_of", name=plain(document.copy_of)))
        st.caption(f":material/description: {' · '.join(told)}")
        for warning in document.warnings:
            st.caption(f":material/warning: {plain(warning)}")
        if document.hidden:
            with st.popover(words("knowledge.hidden", n=len(document.hidden)), type="tertiary"):
                for hidden in document.hidden[:30]:
                    st.text(hidden)


def _remove(entry: Entry, words: Words) -> None:
    desk = service().pages_desk
    with st.popover(words("knowledge.remove"), icon=":material/delete:", type="tertiary"):
        st.write(words("knowledge.remove_why"))
        places = list(entry.collections)
        where = None
        if len(places) > 1:
            where = st.selectbox(
                words("knowledge.remove_where"),
                [None, *places],
                format_func=lambda name: name or words("knowledge.everywhere"),
                key=f"where.{entry.source.id}",
            )
        if st.button(
            words("knowledge.remove_yes"),
            key=f"remove.{entry.source.id}",
            disabled=busy(_REMOVE, desk.changes),
        ):
            change(_REMOVE, desk.remove(entry.source.id, where), words("knowledge.removed"))


def _passages(entry: Entry, passages: Sequence[Passage], words: Words) -> None:
    """One passage at a time in its document, or the few summaries that a source has."""
    st.markdown(f"**{passages_told(len(passages), words)}**")
    if not passages:
        st.caption(words("knowledge.no_passages" if entry.documents else "knowledge.only_listed"))
        return
    if all(passage.kind == "summary" for passage in passages):
        for passage in passages:
            with st.container(border=True):
                excerpt(entry.source, passage, words)
        return
    about = entry.source.id
    place = min(state.kept("passage", about) or 0, len(passages) - 1)
    chosen = st.selectbox(
        words("knowledge.passage"),
        range(len(passages)),
        index=place,
        format_func=lambda n: f"{n + 1} · {' '.join(passages[n].text.split())[:70]}",
        key=f"passage.{about}.{place}",
    )
    last = len(passages) - 1
    with st.container(horizontal=True):
        back = st.button(
            words("knowledge.previous"), disabled=place == 0, icon=":material/chevron_left:"
        )
        forth = st.button(
            words("knowledge.next"), disabled=place == last, icon=":material/chevron_right:"
        )
    wanted = place - 1 if back else place + 1 if forth else chosen
    if wanted is not None and wanted != place:
        state.keep("passage", about, wanted)
        st.rerun()
    excerpt(entry.source, passages[place], words)
