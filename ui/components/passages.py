"""A cited passage in its context: what stands before and after it, and where it comes from."""

from __future__ import annotations

import streamlit as st

from knowledge.types import Entry, Passage
from reviewer.domain.finding import Citation
from reviewer.domain.review import Review
from reviewer.errors import ReviewerError
from ui.door import service
from ui.plain import plain
from ui.words import Words


def passage_dialog(review: Review, passage: str, words: Words) -> None:
    """Opens the passage of a citation of this review; another id opens nothing."""
    every = (*review.findings, *review.strengths, *review.unsupported)
    cited = [c for f in every for c in f.citations if c.passage == passage]
    if not cited:
        return

    @st.dialog(words("passage.title"), width="large")
    def opened() -> None:
        _show(cited[0], words)

    opened()


def _show(citation: Citation, words: Words) -> None:
    st.markdown(f"**{plain(citation.title)}**")
    kind = words(f"passage.{citation.kind}")
    st.caption(" · ".join(filter(None, [kind, plain(citation.locator)])))
    entry, around = _context(citation)
    if not around:
        st.text(citation.text)
        st.caption(words("passage.removed"))
        return
    for passage in around:
        if passage.id == citation.passage:
            with st.container(border=True):
                st.text(passage.text)
        else:
            st.caption(plain(passage.text))
    if entry:
        _source(entry, words)


def _context(citation: Citation) -> tuple[Entry | None, tuple[Passage, ...]]:
    """The source, and the passage with its neighbours; nothing where it left the knowledge base."""
    try:
        entry, passages = service().knowledge_desk.entry(citation.source)
    except ReviewerError:
        return None, ()
    place = next((i for i, p in enumerate(passages) if p.id == citation.passage), None)
    if place is None:
        return entry, ()
    if citation.kind == "summary":
        return entry, passages[place : place + 1]
    near = passages[max(0, place - 1) : place + 2]
    return entry, tuple(p for p in near if p.document == passages[place].document)


def _source(entry: Entry, words: Words) -> None:
    source = entry.source
    parts = [", ".join(source.authors[:4]), str(source.year or ""), source.venue, source.identifier]
    st.caption(" · ".join(plain(part) for part in parts if part))
    if source.licence:
        st.caption(f"{words('passage.licence')} {plain(source.licence)}")
