"""What a reviewer would be shown: for a question, and for a design."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from knowledge.types import Explanation
from reviewer.domain.design import Design
from ui import state
from ui.components.excerpt import excerpt_dialog, where
from ui.components.knowledge_confirm import passages_told
from ui.components.waiting import answered
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_LIMIT: Final = 8
_ASKED: Final = "asked"
_WAYS: Final = ("question", "design")


def seen(here: Here) -> None:
    """As a role: the passages for a question, or for each of its checks with a design."""
    words = here.words
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    way = left.segmented_control(
        words("knowledge.way"),
        _WAYS,
        default="question",
        format_func=lambda name: words(f"knowledge.way_{name}"),
        required=True,
    )
    roles = {r.id: words.under("role").get(r.id, r.title) for r in service().questionnaire.roles}
    if way == "design":
        del roles["chair"]
        as_role = right.selectbox(
            words("knowledge.as_role"), list(roles), format_func=lambda i: roles[i], key="as_role"
        )
        _design(here, as_role or next(iter(roles)))
        return
    role = right.selectbox(
        words("knowledge.as_role"),
        [None, *roles],
        format_func=lambda i: roles[i] if i else words("knowledge.any_role"),
        key="as_any_role",
    )
    _question(role, words)


def _question(role: str | None, words: Words) -> None:
    kept = state.kept(_ASKED, "page") or ""
    with st.form("question", border=False):
        question = st.text_input(
            words("knowledge.question"),
            kept,
            placeholder=words("knowledge.question_hint"),
            max_chars=400,
        )
        if st.form_submit_button(words("knowledge.search"), type="primary"):
            kept = question.strip()
            state.keep(_ASKED, "page", kept)
    if not kept:
        st.caption(words("knowledge.search_empty"))
        return
    found: Sequence[Explanation] | None = answered(
        service().pages_desk.search(kept, role, None, _LIMIT), words
    )
    if found is None:
        return
    if not found:
        st.caption(words("knowledge.nothing_found"))
    for place, explanation in enumerate(found):
        _hit(explanation, kept, place, words)


def _hit(explanation: Explanation, question: str, place: int, words: Words) -> None:
    hit = explanation.hit
    with st.container(border=True):
        st.markdown(f"**{plain(hit.source.title)}**")
        st.caption(plain(where(hit.passage, words)))
        st.text(hit.passage.text)
        told = [words("knowledge.by_meaning", n=explanation.dense_rank)]
        if explanation.lexical_rank is not None:
            told.append(words("knowledge.by_words", n=explanation.lexical_rank))
        if shared := whole_words(explanation.words, f"{question} {hit.passage.text}"):
            told.append(words("knowledge.shared", words=", ".join(shared[:6])))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(" · ".join(told)))
            if hit.passage.kind == "excerpt" and st.button(
                words("knowledge.in_document"), key=f"open.{place}", type="tertiary"
            ):
                excerpt_dialog(hit.source, hit.passage, words)


def whole_words(stems: Sequence[str], text: str) -> list[str]:
    """For each stem the first word of a text that it is the stem of."""
    every = re.findall(r"\w+", text.lower())
    found = (next((word for word in every if word.startswith(stem)), "") for stem in stems)
    return list(dict.fromkeys(word for word in found if word))


def _design(here: Here, role: str) -> None:
    words, desk = here.words, service().pages_desk
    handed_in = desk.designs(here.place.course.id)
    examples = service().app_desk.examples()
    names = {
        **{i: f"{name}: {s.design.title}" for i, (name, s) in handed_in.items()},
        **{name: words("knowledge.example", title=title) for name, title in examples.items()},
    }
    chosen = st.selectbox(
        words("knowledge.for_design"), list(names), format_func=lambda i: names[i], key="for_design"
    )
    if chosen is None:
        return
    design: Design = (
        handed_in[chosen][1].design if chosen in handed_in else service().app_desk.example(chosen)
    )
    rows: list[dict[str, Any]] | None = answered(desk.seen(role, design), words)
    if rows is None:
        return
    bare = sum(1 for row in rows if not row["passages"])
    st.caption(words("knowledge.seen_of", n=len(rows) - bare, of=len(rows)))
    for row in rows:
        check_passages(row, words)


def check_passages(row: Mapping[str, Any], words: Words, *, opened: bool = False) -> None:
    """A check with the passages that can be cited for it, folded unless it was asked for."""
    count = len(row["passages"])
    told = passages_told(count, words) if count else words("knowledge.is_gap")
    with st.expander(f"{row['check']} · {plain(str(row['question']))} · {told}", expanded=opened):
        if not count:
            st.caption(words("knowledge.gap"))
        for passage in row["passages"]:
            kind = words(f"passage.short_{passage['kind']}")
            st.markdown(f"**{plain(passage['title'])}**")
            st.caption(plain(" · ".join(p for p in (kind, passage["locator"]) if p)))
            st.text(passage["text"])
