"""What `reviewer jobs` prints: reviews in lists, and one with its roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from reviewer.domain.course import JobState, ReviewJob
from reviewer.domain.review import Usage
from reviewer.export.tables import table

_STYLES = {
    JobState.RUNNING: "cyan",
    JobState.PAUSED: "yellow",
    JobState.COMPLETE: "green",
    JobState.PARTIAL: "yellow",
    JobState.FAILED: "bold red",
}


def jobs_view(jobs: Sequence[ReviewJob]) -> RenderableType:
    """A line for each review."""
    if not jobs:
        return Text("There are no reviews of that kind.")
    made = table("review", "state", "title", "no.", "model", "total", "cost", "seconds")
    made.columns[0].min_width = max(len(job.id) for job in jobs)
    for job in jobs:
        made.add_row(
            Text(job.id, no_wrap=True, overflow="fold"),  # to be copied, so never cut
            _state(job),
            Text(job.title, no_wrap=True, overflow="ellipsis"),
            str(job.number),
            Text(job.model),
            "" if job.total is None else f"{job.total:.0f}",
            _cost(job.usage),
            _seconds(job.started, job.finished),
        )
    reasons = [Text(f"{job.id}: {job.reason}") for job in jobs if job.reason]
    return Group(made, *reasons)


def job_view(job: ReviewJob) -> RenderableType:
    """One review and how far each role is."""
    head = Text.assemble((job.title, "bold"), f"  {job.id} · {job.model} · ", _state(job))
    made = table("role", "state", "findings", "calls", "tokens in", "out", "cost", "seconds", "")
    for run in job.roles:
        made.add_row(
            run.role,
            run.state,
            str(len(run.findings)) if run.state == "done" else "",
            str(run.usage.calls),
            f"{run.usage.input:,}",
            f"{run.usage.output:,}",
            _cost(run.usage),
            _seconds(run.started, run.finished),
            Text(run.reason),
        )
    reason = [Text(job.reason)] if job.reason else []
    return Group(head, *reason, made)


def _state(job: ReviewJob) -> Text:
    return Text(job.state.value, style=_STYLES.get(job.state, ""))


def _cost(usage: Usage) -> str:
    return "" if usage.cost is None else f"{usage.cost:.4f}"


def _seconds(started: datetime | None, finished: datetime | None) -> str:
    if started is None or finished is None:
        return ""
    return f"{max(0.0, (finished - started).total_seconds()):.1f}"
