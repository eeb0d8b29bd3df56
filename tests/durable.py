"""A class with things handed in, and workers that review them with a scripted answerer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from reviewer.agents.panel import Panel, run_panel
from reviewer.domain.course import JobState, ReviewJob
from reviewer.domain.design import Design
from reviewer.domain.questionnaire import RoleAnswer, Verdict
from reviewer.domain.review import Review
from reviewer.jobs import Pace, Parts, Worker
from reviewer.ports import Answerer, RoleBrief
from reviewer.store import Store
from tests.panels import DESIGN, FACTS, Library, Scripted, all_answers, questionnaire, silent

QUICK = Pace(poll=0.05, look=0.1, beat=0.1, patience=1.0, pause=0.5)
OVER = [state for state in JobState if state.over]


async def met(brief: RoleBrief) -> RoleAnswer:
    """Every check is met."""
    return all_answers(brief, Verdict.MET)


async def nothing() -> None:
    """Nothing to give back."""


def design(number: int = 0) -> Design:
    """The small design, with a title of its own."""
    text = f"{DESIGN.text}Number {number}.\n"
    return DESIGN.model_copy(update={"title": f"Design {number}", "text": text})


def parts_of(store: Store, answering: Callable[..., Answerer] | Answerer) -> Parts:
    """The parts of a worker on a small questionnaire."""
    made = answering if not hasattr(answering, "answer") else lambda model, used, told: answering
    return Parts(
        store=store,
        questionnaire=questionnaire(),
        retriever=Library,
        measure=lambda design: FACTS,
        answering=made,
        adapt=lambda design, model: design,
        remembering=lambda answerer, earlier, model, corpus: answerer,
        sign=lambda review, model, panel, corpus: review,
        aclose=nothing,
    )


class Handed:
    """A class in a store: its groups hand in designs, and reviews of them are asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.course = store.courses.add_course("Pipelines").id

    def ask(self, number: int = 0, *, group: str | None = None, **order: Any) -> str:
        """The id of a review of a design with that number, of a new group if none is given."""
        group = group or self.store.courses.add_group(self.course, f"Group {number}").id
        handed_in = self.store.submissions.add(group, design(number), filename="d.md")
        given = {"model": "scripted", "key": f"key {number}", **order}
        job, _ = self.store.reviews.request(handed_in.id, **given)
        return job.id

    def wait(
        self, *reviews: str, states: list[JobState] | None = None, seconds: float = 20.0
    ) -> list[ReviewJob]:
        """Waits until all these reviews are in one of the states (over, if none are given)."""
        give_up = time.monotonic() + seconds
        while True:
            jobs = [self.store.reviews.job(review) for review in reviews]
            if all(job.state in (states or OVER) for job in jobs):
                return jobs
            assert time.monotonic() < give_up, [(j.state, j.reason) for j in jobs]
            time.sleep(0.02)


@contextlib.contextmanager
def working(
    store: Store,
    answering: Callable[..., Answerer] | Answerer,
    url: str | None,
    *,
    at_once: int = 4,
    pace: Pace = QUICK,
) -> Iterator[Worker]:
    """A worker of this process, while the context lasts."""
    worker = Worker(
        parts_of(store, answering),
        database_url=url,
        at_once=at_once,
        loop=asyncio.new_event_loop,
        pace=pace,
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def reviewed(number: int = 0, answerer: Answerer | None = None) -> Review:
    """The review of a design by the direct path."""
    panel = Panel(questionnaire(), answerer or Scripted(met), Library(), lambda design: FACTS)
    return asyncio.run(run_panel(design(number), panel, silent))


def timeless(review: Review) -> Review:
    """The review without the one time in it."""
    manifest = review.manifest.model_copy(update={"seconds": 0.0})
    return review.model_copy(update={"manifest": manifest})
