"""The review page: what was found, the design beside it, and the group's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import streamlit as st

from reviewer.domain.course import JobState, ReviewJob
from reviewer.domain.review import Review
from reviewer.errors import ReviewerError
from reviewer.service.app_desk import Choice
from ui import state
from ui.components.board import Listeners, review_board
from ui.components.drill_data import drill_values
from ui.components.exports import export_menu
from ui.components.page_data import review_page
from ui.components.passages import passage_dialog
from ui.components.progress import progress
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_CHOICES: Mapping[str, Choice] = {"will_fix": "will_fix", "disagree": "disagree", "ask": "ask"}
_LONGEST = 2000
Kind: TypeAlias = Literal["primary", "secondary"]


def show(here: Here) -> None:
    """The chosen review of the group, or what will be here."""
    words = here.words
    if here.group is None:
        _empty(words, "home")
        return
    jobs = service().app_desk.history(here.group.id)
    asked = next((j for j in jobs if j.id == state.get(state.REVIEW)), jobs[0] if jobs else None)
    if asked is None:
        _empty(words, "design")
        return
    if not asked.state.over:
        st.title(plain(asked.title))
        progress(asked, words)
        return
    job = _chosen(jobs, asked)
    if job is None:
        _not_done(asked, words)
        return
    if not jobs[0].state.over:
        progress(jobs[0], words)
    review = opened(job.id, here.group.id, str(job.finished))
    _head(review, job, jobs, here)
    if job.state is JobState.PARTIAL:
        _again(job, words)
    _board(job, here)


@st.cache_resource(show_spinner=False, max_entries=64)
def opened(review: str, group: str, finished: str = "") -> Review:
    """A finished review of a group, read once; asked again for a failed role, it ends anew."""
    return service().app_desk.open(review, group)


@st.cache_resource(show_spinner=False, max_entries=64)
def board_page(review: str, group: str, finished: str, language: str) -> str:
    """What the board shows of a review, as JSON."""
    page = review_page(opened(review, group, finished), service().questionnaire, Words(language))
    return json.dumps(page, ensure_ascii=False, separators=(",", ":"))


def _chosen(jobs: tuple[ReviewJob, ...], asked: ReviewJob) -> ReviewJob | None:
    """The review that the address names, or the newest that can be looked at."""
    done = [job for job in jobs if job.state in (JobState.COMPLETE, JobState.PARTIAL)]
    found = asked if asked in done else next(iter(done), None)
    if found:
        state.choose(state.REVIEW, found.id)
    return found


def _head(review: Review, job: ReviewJob, jobs: tuple[ReviewJob, ...], here: Here) -> None:
    words = here.words
    name, menu = st.columns([5, 2], vertical_alignment="bottom")
    with name:
        st.title(f"{plain(review.design.title)}, {words('review.version', number=job.number)}")
        st.caption(_made(review, job, words))
    with menu, st.container(horizontal=True, horizontal_alignment="right"):
        _versions(job, jobs, words)
        export_menu(review, job.id, words)


def _versions(job: ReviewJob, jobs: tuple[ReviewJob, ...], words: Words) -> None:
    done = {j.id: j for j in jobs if j.state in (JobState.COMPLETE, JobState.PARTIAL)}
    if len(done) < 2:
        return
    picked = st.selectbox(
        words("review.which"),
        list(done),
        index=list(done).index(job.id),
        format_func=lambda i: words(
            "review.of_version", number=done[i].number, model=done[i].model
        ),
        label_visibility="collapsed",
        width=220,
    )
    if picked != job.id:
        state.choose(state.REVIEW, picked)
        st.rerun()


def _made(review: Review, job: ReviewJob, words: Words) -> str:
    made = review.manifest
    cost = words("review.free") if not made.usage.cost else f"{made.usage.cost:.3f}"
    when = job.finished or job.created
    zone = st.context.timezone_offset
    local = when.timestamp() - 60 * (zone or 0)
    clock = f"{int(local // 3600 % 24):02d}:{int(local // 60 % 60):02d}"
    parts = [words("review.at", time=clock), plain(made.model), f"{made.seconds:.1f} s", cost]
    if made.status == "partial":
        parts.append(words("review.partial"))
    return " · ".join(parts)


@st.fragment
def _board(job: ReviewJob, here: Here) -> None:
    """The board reruns alone: whatever is done on it leaves the rest of the page as it is."""
    assert here.group is not None
    words, group = here.words, here.group.id
    review_id, finished = job.id, str(job.finished)
    desk = service().app_desk
    review = opened(review_id, group, finished)

    def respond(given: Mapping[str, str]) -> None:
        finding = str(given.get("finding", ""))
        choice = _CHOICES.get(str(given.get("choice", "")))
        if choice and any(f.id == finding for f in review.findings):
            text = str(given.get("text", ""))[:_LONGEST]
            desk.respond(review_id, finding, choice, text, here.person.id)

    def play(asked: Mapping[str, Any]) -> None:
        state.keep("drill", review_id, drill_values(review.design, asked, words))

    review_board(
        {
            "key": f"{review_id}.{finished}.{words.language}",
            "page": board_page(review_id, group, finished, words.language),
            "responses": desk.responses(review_id),
            "answers": True,
            "finding": state.get(state.FINDING),
            "drill": state.kept("drill", review_id),
        },
        key=f"board.{review_id}",
        listeners=Listeners(
            finding=lambda value: state.choose(state.FINDING, str(value)),
            response=respond,
            drill=play,
            passage=lambda value: state.keep("passage", review_id, str(value)),
        ),
    )
    if asked := state.take("passage", review_id):
        passage_dialog(review, asked, words)


def _empty(words: Words, leads_to: str) -> None:
    st.title(words("page.review"))
    st.write(words(f"review.empty_{leads_to}"))
    if st.button(words(f"review.to_{leads_to}"), type="primary"):
        state.go(leads_to)


def _not_done(job: ReviewJob, words: Words) -> None:
    st.title(plain(job.title))
    st.error(plain(job.reason or words("review.not_done")), icon=":material/error:")
    st.caption(words("error.safe"))
    _again(job, words, kind="primary")


def _again(job: ReviewJob, words: Words, kind: Kind = "secondary") -> None:
    """Asks once more for what failed; answers that exist stay."""
    if st.button(words("review.again"), type=kind, icon=":material/refresh:"):
        try:
            service().review_desk.retry(job.id)
        except ReviewerError as error:
            st.error(f"{plain(str(error))} {plain(error.hint)}", icon=":material/error:")
            return
        opened.clear()
        st.rerun()
