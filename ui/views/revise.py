"""The revision page: what became of each point from one version to the next."""

from __future__ import annotations

import streamlit as st

from reviewer.domain.comparison import Change, Comparison
from reviewer.domain.course import JobState, ReviewJob
from ui import state
from ui.components.compared import SHOWN, counts, history, points, text_changes
from ui.components.promises import promised, promises
from ui.components.score_lines import score_lines
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.views.review import opened
from ui.words import Words

_MOST = 60
_OPEN = (Change.WORSE, Change.NEW, Change.STILL_THERE, Change.FIXED)


def show(here: Here) -> None:
    """Two reviews of the group, the newest two at first."""
    words = here.words
    st.title(words("page.revise"))
    jobs = service().app_desk.history(here.group.id) if here.group else ()
    done = [job for job in jobs if job.state in (JobState.COMPLETE, JobState.PARTIAL)]
    if here.group is None or len(done) < 2:
        st.write(words("revise.empty" if done else "revise.no_review"))
        if st.button(words("home.to_design"), type="primary"):
            state.go("design" if here.group else "home")
        return
    old, new = _chosen(done, words)
    if old.id == new.id:
        st.caption(words("revise.same"))
        return
    comparison = compared(old.id, new.id, here.group.id)
    _sum(comparison, done, words)
    _promised(comparison, old, words)
    _points(comparison, words)
    _text(comparison, words)
    if st.button(words("revise.go_on"), type="primary", icon=":material/edit_document:"):
        state.go("design")


@st.cache_resource(show_spinner=False, max_entries=64)
def compared(old: str, new: str, group: str) -> Comparison:
    """Two finished reviews of a group, compared once."""
    return service().revision_desk.compare(opened(old, group), opened(new, group))


def _chosen(done: list[ReviewJob], words: Words) -> tuple[ReviewJob, ReviewJob]:
    names = {job.id: words("review.of_version", number=job.number, model=job.model) for job in done}
    left, right = st.columns(2)
    old = left.selectbox(words("revise.from"), list(names), index=1, format_func=lambda i: names[i])
    new = right.selectbox(words("revise.to"), list(names), index=0, format_func=lambda i: names[i])
    by_id = {job.id: job for job in done}
    return by_id[old or done[1].id], by_id[new or done[0].id]


def _sum(comparison: Comparison, done: list[ReviewJob], words: Words) -> None:
    left, right = st.columns([1, 1], gap="large")
    with left:
        before, after = comparison.old.total, comparison.new.total
        if before is not None and after is not None:
            moved = round(after) - round(before)
            st.metric(words("revise.total"), f"{after:.0f} / 100", f"{moved:+d}" if moved else None)
        st.html(counts(comparison, words))
        for note in comparison.notes:
            st.caption(plain(note))
    with right:
        st.caption(words("revise.history"))
        st.html(history(done[:12], words))
        reviews = [opened(job.id, job.group) for job in reversed(done[:12])]
        st.html(score_lines(reviews, words.under("role"), words))


def _promised(comparison: Comparison, old: ReviewJob, words: Words) -> None:
    """What the group said it would fix, before everything else that changed."""
    answers = service().app_desk.answers(old.id)
    found = promises(opened(old.id, old.group), answers, comparison)
    if not found:
        return
    st.header(words("revise.promised"))
    st.html(promised(found, words.under("role"), words))


def _points(comparison: Comparison, words: Words) -> None:
    st.header(words("revise.points"))
    for change in SHOWN:
        found = comparison.of(change)
        if not found:
            continue
        label = f"{words(f'change.{change.value}')} ({len(found)})"
        with st.expander(label, expanded=change in _OPEN and len(found) <= 8):
            st.html(points(found[:_MOST], service().questionnaire, words))
            if len(found) > _MOST:
                st.caption(words("revise.more", n=len(found) - _MOST))


def _text(comparison: Comparison, words: Words) -> None:
    st.header(words("revise.text"))
    if comparison.text_unchanged or not comparison.text:
        st.caption(words("revise.text_unchanged"))
        return
    with st.expander(words("revise.statements", n=len(comparison.text))):
        st.html(text_changes(comparison.text[:200], words))
