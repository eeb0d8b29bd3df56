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

Rows = Sequence[Mapping[str, Any]]


def coverage(here: Here) -> None:
    """How many checks of each role can be cited; then the checks themselves."""
    words = here.words
    rows: Rows | None = answered(service().pages_desk.coverage(), words)
    if rows is None:
        return
    there = sum(1 for row in rows if row["passages"])
    st.write(words("knowledge.covered", n=there, of=len(rows)))
    st.html(bars(rows, words))
    if there < len(rows):
        st.caption(words("knowledge.gap"))
        if st.button(words("knowledge.to_add"), type="primary", icon=":material/upload_file:"):
            state.choose(state.PART, "add")
            st.rerun()
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


def _checks(rows: Rows, words: Words) -> None:
    titles = {role.id: role.title for role in service().questionnaire.roles} | words.under("role")
    bare = sum(1 for row in rows if not row["passages"])
    find, choose, only = st.columns([3, 2, 2], vertical_alignment="bottom")
    wanted = find.text_input(
        words("knowledge.find_check"), placeholder=words("knowledge.find_check_hint"), max_chars=200
    )
    role = choose.selectbox(
        words("knowledge.col_role"),
        [None, *dict.fromkeys(str(row["role"]) for row in rows)],
        format_func=lambda i: titles.get(i, i) if i else words("knowledge.any_role"),
    )
    gaps = only.toggle(words("knowledge.only_gaps", n=bare), value=False)
    shown = [
        row
        for row in rows
        if role in (None, row["role"]) and not (gaps and row["passages"]) and _fits(row, wanted)
    ]
    if not shown:
        st.caption(words("knowledge.no_check" if bare or not gaps else "knowledge.no_gaps"))
        return
    chosen = _table(shown, f"coverage.{wanted}.{role}.{gaps}", words)
    if chosen is None:
        st.caption(words("knowledge.choose_check", n=len(shown)))
    else:
        check_passages(chosen, words, opened=True)


def _table(shown: Rows, key: str, words: Words) -> Mapping[str, Any] | None:
    titles = {role.id: role.title for role in service().questionnaire.roles} | words.under("role")
    picked = st.dataframe(
        [
            {
                words("knowledge.col_check"): row["check"],
                words("knowledge.col_question"): row["question"],
                words("knowledge.col_role"): titles.get(str(row["role"]), row["role"]),
                words("knowledge.col_passages"): len(row["passages"]),
                words("knowledge.col_closest"): _closest(row),
            }
            for row in shown
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        height=min(_ROW * (len(shown) + 1) + 3, 400),
        column_config={
            words("knowledge.col_question"): st.column_config.TextColumn(width="large"),
            words("knowledge.col_passages"): st.column_config.NumberColumn(width="small"),
        },
    )
    places = picked["selection"]["rows"]
    if places and places[0] < len(shown):
        return shown[places[0]]
    return shown[0] if len(shown) == 1 else None


def _fits(row: Mapping[str, Any], wanted: str) -> bool:
    told = " ".join((str(row["check"]), str(row["role"]), str(row["question"]), _closest(row)))
    return all(word in told.casefold() for word in wanted.casefold().split())


def _closest(row: Mapping[str, Any]) -> str:
    return str(row["passages"][0]["title"]) if row["passages"] else ""
