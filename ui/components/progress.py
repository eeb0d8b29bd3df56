"""A review under way: a line a role, with its state and time."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from reviewer.domain.course import JobState, ReviewJob, RoleRun
from reviewer.errors import ReviewerError
from ui.door import service
from ui.plain import plain
from ui.words import Words

_PATIENCE = 15.0  # seconds that a review may wait before the page says how to start a worker
_ICONS = {
    "queued": ":material/schedule:",
    "running": ":material/sync:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
}


def progress(job: ReviewJob, words: Words) -> None:
    """Watches a review until it is over, then shows the page anew."""

    @st.fragment(run_every=1.0)
    def watching() -> None:
        now = service().app_desk.where(job.id)
        if now.state.over:
            st.rerun()
        _lines(now, words)

    watching()


def _lines(job: ReviewJob, words: Words) -> None:
    with st.container(border=True):
        st.markdown(f"**{words(f'progress.{job.state.value}')}**")
        known = {run.role: run for run in job.roles}
        for role in dict.fromkeys((*(r.id for r in service().questionnaire.roles), *known)):
            run = known.get(role, RoleRun(role=role))
            told = words.under("role").get(run.role, run.role.replace("_", " "))
            parts = [f"{_ICONS[run.state]} {told}", words(f"progress.role_{run.state}"), _time(run)]
            st.markdown(" · ".join(part for part in parts if part))
            for finding in run.findings[:3]:
                st.caption(plain(finding.title))
        if trouble := service().app_desk.worker_trouble:
            st.warning(plain(trouble), icon=":material/warning:")
        elif job.state is JobState.QUEUED and _waited(job) > _PATIENCE:
            st.warning(words("progress.no_worker"), icon=":material/warning:")
        _call_off(job, words)


def _call_off(job: ReviewJob, words: Words) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(words("progress.leave"))
        if st.button(words("progress.cancel"), type="tertiary"):
            try:
                service().review_desk.cancel(job.id)
            except ReviewerError as error:
                st.caption(plain(str(error)))
            else:
                st.rerun()


def _waited(job: ReviewJob) -> float:
    return (datetime.now(UTC) - job.created).total_seconds()


def _time(run: RoleRun) -> str:
    if run.started is None:
        return ""
    seconds = ((run.finished or datetime.now(UTC)) - run.started).total_seconds()
    return f"{max(seconds, 0):.1f} s"
