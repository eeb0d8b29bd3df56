"""For each check what can be cited, by role, and where nothing can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from ui import state
from ui.components.knowledge_seen import check_passages
from ui.components.waiting import answered
from ui.door import service
from ui.frame import Here
from ui.markup import joined, piece, role_mark
from ui.words import Words

_ROW = 35
_MOST_OPEN = 30

Rows = Sequence[Mapping[str, Any]]


def coverage(here: Here) -> None:
    """How many checks of each role can be cited; then the checks themselves."""
    words = here.words
    rows: Rows | None = answered(service().pages_desk.coverage(), words)
    if rows is None:
        return
    gaps = [row for row in rows if not row["passages"]]
    st.write(words("knowledge.covered", n=len(rows) - len(gaps), of=len(rows)))
    st.html(bars(rows, words))
    _gaps(gaps, words)
    st.header(words("knowledge.all_checks"))
    _checks(rows, words)


def bars(rows: Rows, words: Words) -> Markup:
    """For each role the share of its checks for which something can be cited."""
    titles = {role.id: role.title for role in service().questionnaire.roles} | words.under("role")
    drawn = []
    for role in dict.fromkeys(str(row["role"]) for row in rows):
        own = [row for row in rows if row["role"] == role]
        there = sum(1 for row in own if row["passages"])
        drawn.append(
            piece(
                '<span class="dr-label">{label}</span><span class="dr-track">'
                '<i style="width:{share}%"></i></span><span class="dr-value">{told}</span>',
                label=role_mark(role, titles.get(role, role)),
                share=round(100 * there / len(own)),
                told=words("knowledge.of", n=there, of=len(own)),
            )
        )
    return piece('<div class="dr-bars">{rows}</div>', rows=joined(drawn))


def _gaps(gaps: Rows, words: Words) -> None:
    st.header(words("knowledge.gaps", n=len(gaps)))
    if not gaps:
        st.caption(words("knowledge.no_gaps"))
        return
    st.caption(words("knowledge.gap"))
    for row in gaps[:_MOST_OPEN]:
        check_passages(row, words)
    if len(gaps) > _MOST_OPEN:
        st.caption(words("revise.more", n=len(gaps) - _MOST_OPEN))
    if st.button(words("knowledge.part_add"), type="primary", icon=":material/upload_file:"):
        state.choose(state.PART, "add")
        st.rerun()


def _checks(rows: Rows, words: Words) -> None:
    titles = {role.id: role.title for role in service().questionnaire.roles} | words.under("role")
    wanted = st.text_input(
        words("knowledge.find_check"), placeholder=words("knowledge.find_check_hint"), max_chars=200
    )
    shown = [row for row in rows if _fits(row, wanted)]
    if not shown:
        st.caption(words("knowledge.no_check"))
        return
    picked = st.dataframe(
        [
            {
                words("knowledge.col_check"): row["check"],
                words("knowledge.col_role"): titles.get(str(row["role"]), row["role"]),
                words("knowledge.col_question"): row["question"],
                words("knowledge.col_passages"): len(row["passages"]),
                words("knowledge.col_closest"): _closest(row),
            }
            for row in shown
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"coverage.{wanted}",
        height=min(_ROW * (len(shown) + 1) + 3, 400),
        column_config={
            words("knowledge.col_question"): st.column_config.TextColumn(width="large"),
            words("knowledge.col_passages"): st.column_config.NumberColumn(width="small"),
        },
    )
    rows_picked = picked["selection"]["rows"]
    chosen = shown[rows_picked[0]] if rows_picked and rows_picked[0] < len(shown) else None
    if chosen is None and len(shown) == 1:
        chosen = shown[0]
    if chosen is not None:
        check_passages(chosen, words)


def _fits(row: Mapping[str, Any], wanted: str) -> bool:
    told = " ".join((str(row["check"]), str(row["role"]), str(row["question"]), _closest(row)))
    return all(word in told.casefold() for word in wanted.casefold().split())


def _closest(row: Mapping[str, Any]) -> str:
    return str(row["passages"][0]["title"]) if row["passages"] else ""
