"""Home: where one stands, and the one next step."""

from __future__ import annotations

import streamlit as st

from reviewer.domain.course import Hat, JobState, ReviewJob
from ui import frame, state
from ui.components.drafting import Drafting
from ui.components.filling import fill_with_example
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_FIRST = 3


def show(here: Here) -> None:
    """Three lines: where you are, what is next, and that the work is saved."""
    words = here.words
    if here.group is None:
        _welcome(here)
        return
    st.title(plain(here.group.name))
    worn = state.hat()
    if worn is Hat.GROUP:
        _group(here, here.group.id)
    else:
        page = "reflect" if worn is Hat.INDIVIDUAL else "knowledge"
        st.write(words(f"home.{worn.value}"))
        _lead(page, words)


def _welcome(here: Here) -> None:
    words = here.words
    st.title(words("home.title"))
    st.write(words("home.no_group"))
    frame.new_group(here, key="home", primary=True)
    st.caption(words("home.try"))
    if st.button(words("home.example"), icon=":material/auto_stories:"):
        made = service().app_desk.add_group(
            here.place.course.id, words("home.example_group"), here.person.id
        )
        fill_with_example(Drafting.of(made.id, here.person.id))
        state.choose(state.GROUP, made.id)
        state.go("design")


def _group(here: Here, group: str) -> None:
    """The next step of a group: write, ask, wait, answer, revise."""
    words = here.words
    jobs = service().app_desk.history(group)
    if not jobs:
        written = any(service().app_desk.draft(group).values.values())
        st.write(words("home.go_on" if written else "home.begin"))
        _lead("design", words)
        st.caption(words("home.saved"))
        return
    newest = jobs[0]
    if not newest.state.over:
        st.write(words("home.under_way", title=plain(newest.title)))
        _lead("review", words)
        return
    done = next((j for j in jobs if j.state in (JobState.COMPLETE, JobState.PARTIAL)), None)
    if done is None:
        st.write(words("home.failed"))
        _lead("review", words)
        return
    _answer(done, group, words)


def _answer(job: ReviewJob, group: str, words: Words) -> None:
    desk = service().app_desk
    review = desk.open(job.id, group)
    answers = desk.responses(job.id)
    total = words("home.not_scored") if job.total is None else f"{job.total:.0f} / 100"
    st.write(words("home.reviewed", title=plain(job.title), number=job.number, total=total))
    findings = {f.id: f for f in review.findings}
    left = [i for i in review.priorities if i not in answers and i in findings]
    if left:
        st.write(words("home.priorities", n=len(left)))
        for place, finding in enumerate(left[:_FIRST], start=1):
            st.markdown(f"{place}. {plain(findings[finding].title)}")
        _lead("review", words)
    else:
        st.write(words("home.answered"))
        _lead("design", words)
    st.caption(words("home.saved"))


def _lead(page: str, words: Words) -> None:
    if st.button(words(f"home.to_{page}"), type="primary", icon=":material/arrow_forward:"):
        state.go(page)
