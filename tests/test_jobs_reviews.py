"""Durable reviews in one process, on SQLite and on Postgres."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import pytest

from reviewer.domain.course import JobState
from reviewer.domain.questionnaire import RoleAnswer
from reviewer.errors import (
    BackendOutOfCredit,
    BackendRefusedKey,
    BackendRejected,
    BackendUnreachable,
    SettingsError,
)
from reviewer.jobs.presence import Presence
from reviewer.ports import RoleBrief
from reviewer.store import Store
from tests.databases import Opening, database, opening, postgres, store
from tests.durable import Handed, met, reviewed, timeless, working
from tests.panels import ROLES, Scripted

__all__ = ["database", "opening", "postgres", "store"]  # fixtures


class Counting:
    """An answerer that counts whom it was asked as, and fails or waits where it is told to."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.failing: dict[str, Exception] = {}
        self.slow: set[str] = set()
        self.seen = threading.Event()

    def made(self) -> Scripted:
        return Scripted(self._reply)

    async def _reply(self, brief: RoleBrief) -> RoleAnswer:
        role = brief.roles[0].id
        self.asked[role] += 1
        if role in self.slow:
            self.seen.set()
            await asyncio.sleep(60)
        if role in self.failing:
            raise self.failing[role]
        return await met(brief)


def test_a_stored_review_is_the_one_of_the_direct_path(store: Store, database: str | None) -> None:
    handed = Handed(store)
    with working(store, Scripted(met), database):
        reviews = [handed.ask(n, panel=panel) for n, panel in enumerate(("roles", "single"))]
        jobs = handed.wait(*reviews)
    assert [job.state for job in jobs] == [JobState.COMPLETE] * 2
    assert timeless(store.reviews.open(reviews[0])) == timeless(reviewed(0))
    assert {run.role: run.state for run in jobs[0].roles} == dict.fromkeys(ROLES, "done")
    assert jobs[0].total == reviewed(0).rubric.total
    assert jobs[1].usage.calls == 1


def test_what_was_answered_is_not_asked_again_after_a_stop(
    store: Store, database: str | None
) -> None:
    handed, counting = Handed(store), Counting()
    counting.slow = {"latency"}
    review = handed.ask()
    with working(store, counting.made(), database):
        assert counting.seen.wait(10)
        while sum(run.state == "done" for run in store.runs.of(review)) < 4:
            time.sleep(0.02)
    assert store.reviews.job(review).state is JobState.RUNNING
    counting.slow = set()
    with working(store, counting.made(), database):
        (job,) = handed.wait(review)
    assert job.state is JobState.COMPLETE
    assert counting.asked == {**dict.fromkeys(ROLES, 1), "latency": 2}
    assert timeless(store.reviews.open(review)) == timeless(reviewed(0))


def test_a_cancelled_review_stops_in_the_middle_of_a_role_and_can_go_on(
    store: Store, database: str | None
) -> None:
    handed, counting = Handed(store), Counting()
    counting.slow = {"latency"}
    review = handed.ask()
    with working(store, counting.made(), database):
        assert counting.seen.wait(10)
        while sum(run.state == "done" for run in store.runs.of(review)) < 4:
            time.sleep(0.02)
        store.reviews.set_state(review, JobState.CANCELLED)
        other = handed.ask(1)
        counting.slow = set()
        handed.wait(other)  # the place of the first is free again
        assert store.reviews.job(review).state is JobState.CANCELLED
        store.work.again(review, ["latency"])
        (job,) = handed.wait(review)
    assert job.state is JobState.COMPLETE
    assert counting.asked["latency"] == 3
    assert counting.asked["compliance"] == 2


def test_one_failed_role_is_asked_again_and_the_others_are_not(
    store: Store, database: str | None
) -> None:
    handed, counting = Handed(store), Counting()
    counting.failing = {"latency": BackendRejected("The context is too long.")}
    review = handed.ask()
    with working(store, counting.made(), database):
        (job,) = handed.wait(review)
        assert job.state is JobState.PARTIAL
        assert {r.role: r.reason for r in job.roles if r.state == "failed"} == {
            "latency": "The context is too long."
        }
        counting.failing = {}
        store.work.again(review, ["latency", "chair"])
        (job,) = handed.wait(review)
    assert job.state is JobState.COMPLETE
    assert counting.asked == {**dict.fromkeys(ROLES, 1), "latency": 2, "chair": 2}
    assert timeless(store.reviews.open(review)) == timeless(reviewed(0))


@pytest.mark.parametrize("error", [BackendOutOfCredit("No credit."), BackendRefusedKey("No key.")])
def test_an_account_that_takes_no_calls_pauses_the_batch_which_goes_on_by_itself(
    store: Store, database: str | None, error: BackendRejected | BackendRefusedKey
) -> None:
    handed, counting = Handed(store), Counting()
    counting.failing = {"latency": error}
    with working(store, counting.made(), database, at_once=1):
        reviews = [handed.ask(n) for n in range(4)]
        jobs = handed.wait(*reviews, states=[JobState.PAUSED])
        assert all(job.reason == f"{error} {error.hint}" for job in jobs)
        asked = sum(counting.asked.values())
        assert asked <= 10, "those behind the first pause without a call"
        counting.failing = {}
        jobs = handed.wait(*reviews)
    assert [job.state for job in jobs] == [JobState.COMPLETE] * 4
    assert counting.asked["compliance"] <= 4, "what was answered is paid once"
    assert timeless(store.reviews.open(reviews[2])) == timeless(reviewed(2))


def test_a_worker_without_a_key_pauses_and_says_so(store: Store, database: str | None) -> None:
    def no_key(model: str, used: object, told: object) -> Scripted:
        raise SettingsError("There is no key for openai:x.", hint="Set OPENAI_API_KEY.")

    handed = Handed(store)
    with working(store, no_key, database):
        (job,) = handed.wait(handed.ask(), states=[JobState.PAUSED])
    assert job.reason == "There is no key for openai:x. Set OPENAI_API_KEY."


def test_a_review_fails_where_no_role_could_answer(store: Store, database: str | None) -> None:
    handed, counting = Handed(store), Counting()
    counting.failing = dict.fromkeys(ROLES, BackendUnreachable("The server is away.", hint=""))
    with working(store, counting.made(), database):
        (job,) = handed.wait(handed.ask())
    assert job.state is JobState.FAILED
    assert job.reason == "The server is away."


def test_a_person_who_waits_comes_before_a_batch(store: Store, database: str | None) -> None:
    handed = Handed(store)
    batch = [handed.ask(n, priority=100, batch="b") for n in range(6)]
    person = handed.ask(10, priority=10)
    with working(store, Scripted(met), database, at_once=1):
        handed.wait(*batch, person)
    finished = {r: store.reviews.job(r).finished for r in (*batch, person)}
    before = [r for r in batch if (finished[r] or 0) < (finished[person] or 0)]
    assert len(before) <= 1


def test_the_work_of_a_dead_worker_is_taken_over(
    opening: Opening, store: Store, database: str | None
) -> None:
    handed, counting = Handed(store), Counting()
    counting.slow = {"latency"}
    review = handed.ask()
    with working(store, counting.made(), database):
        assert counting.seen.wait(10)
        first = next(iter(store.work.beat("nobody")))
    # As after a kill: the worker is still noted, and its workflow still counts as running.
    store.work.arrive(first, "a machine that is gone")
    counting.slow = set()
    other = opening(store.home.parent / "elsewhere") if database else store
    place = None if database else Presence(store.home, store.work, 1.0)
    try:
        if database:  # another home has its own places, and shares the queue by the server
            with working(other, counting.made(), database):
                handed.wait(review)
        else:
            with working(store, counting.made(), database) as worker:
                assert worker.name != first
                handed.wait(review)
    finally:
        if place is not None:
            place.release()
    assert counting.asked["compliance"] == 1
    assert timeless(store.reviews.open(review)) == timeless(reviewed(0))
