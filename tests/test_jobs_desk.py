"""Durable reviews through the service and the command line, with a scripted model server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.domain.course import JobState, ReviewJob
from reviewer.errors import InputError, NotFound, SettingsError
from reviewer.jobs import Pace
from reviewer.jobs.engine import forget
from reviewer.paths import EXAMPLES
from reviewer.service import ReviewService
from reviewer.settings import Settings
from tests.servers import Behaviour, ScriptedServer

PACE = Pace(poll=0.05, look=0.1, beat=0.2, patience=1.0, pause=60.0)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(Behaviour()) as serving:
        serving.keep_bodies = False
        yield serving


@pytest.fixture(scope="module")
def service(
    server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReviewService]:
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        model="openai:scripted",
        openai_base_url=server.url,
        OPENAI_API_KEY="none",
        keep_prompts=True,
        requests_per_minute=100_000,
        _env_file=None,
    )
    made = ReviewService(settings)
    yield made
    made.review_desk.stop_worker()
    made.store.close()


def handed_in(service: ReviewService, path: Path | None = None) -> str:
    """A submission of a new group."""
    course = service.store.courses.add_course("Pipelines")
    group = service.store.courses.add_group(course.id, "Group")
    design = service.read(path or sorted(EXAMPLES.glob("*.md"))[0])
    return service.store.submissions.add(group.id, design, filename="d.md").id


def test_a_review_is_asked_for_once_in_a_group_and_shared_with_no_other(
    service: ReviewService, server: ScriptedServer
) -> None:
    desk = service.review_desk
    submission = handed_in(service)
    asked = desk.submit(submission, priority=20)
    assert asked.state is JobState.QUEUED
    assert desk.submit(submission).id == asked.id
    desk.start_worker(PACE)
    seen: list[ReviewJob] = []
    (job,) = desk.wait(asked.id, seen.append, timeout=60)
    assert job.state is JobState.COMPLETE, job.reason
    assert {run.state for run in job.roles} == {"done"}
    assert job.usage.calls == 6
    assert seen[-1] == job
    before = server.counts.requests
    assert desk.submit(submission).id == asked.id
    other = desk.submit(handed_in(service))
    assert other.id != asked.id
    assert desk.submit(submission, panel="single").id != asked.id
    desk.wait([other.id], timeout=60)
    assert server.counts.requests > before
    group = service.store.reviews.job(asked.id).group
    assert desk.open(asked.id, group=group).manifest.status == "complete"
    with pytest.raises(NotFound):
        desk.open(asked.id, group=other.group)


def test_the_stored_review_equals_the_direct_one_and_its_calls_are_noted(
    service: ReviewService,
) -> None:
    desk = service.review_desk
    desk.start_worker(PACE)
    path = sorted(EXAMPLES.glob("*.md"))[1]
    (job,) = desk.wait(desk.submit(handed_in(service, path)).id, timeout=60)
    stored, direct = desk.open(job.id), service.review(path)
    same = {"seconds": 0.0}
    assert stored.model_copy(
        update={"manifest": stored.manifest.model_copy(update=same)}
    ) == direct.model_copy(update={"manifest": direct.manifest.model_copy(update=same)})
    calls = service.store.calls.of(job.id)
    assert len(calls) == 6
    assert all(call.status == "ok" and call.prompt and call.answer for call in calls)


def test_an_account_without_credit_pauses_the_review_until_it_is_asked_to_go_on(
    service: ReviewService, server: ScriptedServer
) -> None:
    desk = service.review_desk
    desk.start_worker(PACE)
    server.behaviour.fault = lambda _: "quota"
    try:
        (job,) = desk.wait(desk.submit(handed_in(service)).id, timeout=60)
        assert job.state is JobState.PAUSED
        assert "no credit left" in job.reason
    finally:
        server.behaviour.fault = lambda _: None
    desk.retry(job.id)
    (job,) = desk.wait(job.id, timeout=60)
    assert job.state is JobState.COMPLETE, job.reason


def test_what_cannot_be_done_is_said_in_a_sentence(service: ReviewService) -> None:
    desk = service.review_desk
    submission = handed_in(service)
    with pytest.raises(SettingsError, match="not known"):
        desk.submit(submission, model="nothing")
    with pytest.raises(InputError, match="no panel"):
        desk.submit(submission, panel="nobody")
    with pytest.raises(InputError, match="There is no state over"):
        desk.jobs(state="over")
    done = desk.jobs(state="complete")[0]
    with pytest.raises(InputError, match="complete already"):
        desk.cancel(done.id)
    with pytest.raises(InputError, match="nothing in it failed"):
        desk.retry(done.id)


def test_the_commands_list_show_cancel_and_retry(service: ReviewService) -> None:
    desk = service.review_desk
    desk.stop_worker()
    asked = desk.submit(handed_in(service), batch="evening")

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "reviewer.cli", "jobs", *words]
        env = {**os.environ, "REVIEWER_HOME": str(service.home()), "COLUMNS": "200"}
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
        return done.stdout + done.stderr

    listed = json.loads(run("list", "--batch", "evening", "--json"))
    assert [row["id"] for row in listed] == [asked.id]
    assert asked.id in run("list", "--state", "queued")
    assert "cancelled" in run("cancel", asked.id)
    assert json.loads(run("show", asked.id, "--json"))["state"] == "cancelled"
    assert asked.id in run("show", asked.id)
    assert "queued" in run("retry", asked.id)
    desk.start_worker(PACE)
    (job,) = desk.wait(asked.id, timeout=60)
    assert job.state is JobState.COMPLETE


def test_the_queue_forgets_what_is_erased_and_holds_ids_only(service: ReviewService) -> None:
    desk = service.review_desk
    desk.start_worker(PACE)
    (job,) = desk.wait(desk.submit(handed_in(service)).id, timeout=60)
    home = service.home()
    desk.stop_worker()
    raw = b"".join(path.read_bytes() for path in home.glob("jobs.db*"))
    assert job.id.encode() in raw
    assert job.title.encode() not in raw
    assert desk.forget([job.id]) == 1
    assert forget(home, None, [job.id]) == 0
