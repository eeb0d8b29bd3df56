"""What a reviewer would see: for a question, for a design, and for each check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from reviewer.errors import ReviewerError
from ui.door import service
from ui.plain import plain
from ui.words import Words

_LIMIT = 8
_ENOUGH = 2  # passages of a check below which it counts as thin


def search(words: Words) -> None:
    """What a role would be shown for a question."""
    roles = {r.id: r.title for r in service().questionnaire.roles}
    with st.form("seen", border=False):
        question = st.text_input(
            words("knowledge.question"), placeholder=words("knowledge.question_hint"), max_chars=400
        )
        role = st.selectbox(
            words("knowledge.as_role"),
            [None, *roles],
            format_func=lambda i: roles[i] if i else words("knowledge.any_role"),
        )
        asked = st.form_submit_button(words("knowledge.search"), type="primary")
    if not asked or not question.strip():
        st.caption(words("knowledge.search_empty"))
        return
    try:
        found = service().knowledge_desk.explain(question, role=role, collection=None, limit=_LIMIT)
    except ReviewerError as error:
        st.error(plain(f"{error} {error.hint}"))
        return
    if not found:
        st.caption(words("knowledge.nothing_found"))
    for explanation in found:
        hit = explanation.hit
        with st.container(border=True):
            st.markdown(f"**{plain(hit.source.title)}**")
            st.text(hit.passage.text)
            where = [words(f"passage.short_{hit.passage.kind}"), hit.passage.locator]
            shared = words("knowledge.shared", words=", ".join(explanation.words[:6]))
            told = [*where, words("knowledge.score", score=f"{hit.score:.2f}")]
            told += [shared] if explanation.words else []
            st.caption(plain(" · ".join(part for part in told if part)))


def coverage(words: Words) -> None:
    """For each check how many passages can be cited, the gaps first; for one design on request."""
    roles = {r.id: r.title for r in service().questionnaire.roles}
    left, right = st.columns(2)
    gaps = left.toggle(words("knowledge.gaps_only"))
    examples = service().app_desk.examples()
    design = right.selectbox(
        words("knowledge.for_design"),
        [None, *examples],
        format_func=lambda name: examples[name] if name else words("knowledge.any_design"),
    )
    rows = _rows(design, service().passages().corpus)
    shown = [row for row in rows if not gaps or len(row["passages"]) < _ENOUGH]
    if not shown:
        st.caption(words("knowledge.no_gaps"))
        return
    chosen = st.dataframe(
        [_row(row, roles, words) for row in shown],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"coverage.{gaps}.{design}",
        height=480,
    )
    picked = chosen["selection"]["rows"]
    if picked and picked[0] < len(shown):
        _check(shown[picked[0]], words)


@st.cache_data(show_spinner=False, max_entries=8)
def _rows(design: str | None, corpus: str) -> list[dict[str, Any]]:
    """Asked once for a design and a state of the knowledge base (`corpus`)."""
    desk = service().knowledge_desk
    if design is None:
        return desk.coverage()
    read = service().app_desk.example(design)
    return [row for role in service().questionnaire.roles for row in desk.seen(role.id, read)]


def _row(row: Mapping[str, Any], roles: Mapping[str, str], words: Words) -> dict[str, object]:
    passages: Sequence[Mapping[str, Any]] = row["passages"]
    return {
        words("knowledge.col_check"): row["check"],
        words("knowledge.col_role"): roles.get(str(row["role"]), row["role"]),
        words("knowledge.col_question"): row["question"],
        words("knowledge.col_passages"): len(passages),
        words("knowledge.col_closest"): passages[0]["title"] if passages else "",
    }


def _check(row: Mapping[str, Any], words: Words) -> None:
    st.subheader(f"{row['check']}: {plain(str(row['question']))}")
    if not row["passages"]:
        st.caption(words("knowledge.gap"))
    for passage in row["passages"]:
        where = f", {passage['locator']}" if passage["locator"] else ""
        st.markdown(f"- {plain(passage['title'] + where)} ({passage['score']})")
