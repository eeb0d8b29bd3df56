"""Backup, restore, erase and retention as a person meets them; a class at a glance."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from reviewer.cli import commands
from reviewer.cli.output import service as shared
from reviewer.domain.course import Hat, JobState
from reviewer.errors import BackupUnusable, InputError, NotFound, ReviewerError
from reviewer.service import ReviewService
from reviewer.settings import Settings
from reviewer.store import Store
from tests.classes import a_class, a_design, a_finding, a_review, asked
from tests.databases import database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures

Making = Callable[..., ReviewService]


@pytest.fixture
def making(tmp_path: Path, database: str | None) -> Iterator[Making]:
    """Services on the same database and home."""
    made: list[ReviewService] = []

    def make(home: str = "home", **settings: object) -> ReviewService:
        url = SecretStr(database) if database else None
        given = Settings(home=tmp_path / home, database_url=url, **settings)  # type: ignore[arg-type]  # as they come
        made.append(ReviewService(given))
        return made[-1]

    yield make
    for service in made:
        service.let_go()


def test_a_backup_is_restored_through_the_service(tmp_path: Path, making: Making) -> None:
    service = making()
    _, group, _, _ = a_class(service.store)
    job = asked(service.store, group.id)
    service.store.reviews.set_state(job.id, JobState.RUNNING)
    backup = service.upkeep.backup(tmp_path / "b.zip")
    assert (backup.rows["reviews"], backup.rows["audit"]) == (1, 0)
    service.store.courses.add_course("Later")
    with pytest.raises(BackupUnusable, match="already"):
        service.upkeep.restore(tmp_path / "b.zip")
    assert len(service.store.courses.courses()) == 2
    restored = service.upkeep.restore(tmp_path / "b.zip", over=True)
    assert restored.queued == (job.id,)
    assert len(service.store.courses.courses()) == 1
    assert service.store.reviews.job(job.id).state is JobState.QUEUED
    assert [entry.action for entry in service.store.audit.entries()] == ["restore"]


def test_what_is_erased_is_noted_by_what_it_was(making: Making) -> None:
    service = making()
    course, group, ann, ben = a_class(service.store)
    service.upkeep.erase("person", ann.id, by=ann.id)
    service.upkeep.erase("group", group.id, by=ben.id)
    service.upkeep.erase("course", course.id, by=ben.id)
    log = [(entry.action, entry.by, entry.about) for entry in service.store.audit.entries()]
    assert log == [
        ("course erased", ben.id, {}),
        ("group erased", ben.id, {}),
        ("person erased", None, {}),
    ]
    with pytest.raises(NotFound, match="no group"):
        service.upkeep.erase("group", group.id)
    with pytest.raises(InputError, match="a person, a group or a course"):
        service.upkeep.erase("audit", "x")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InputError, match="No age is set"):
        service.upkeep.erase_old()


def test_retention_deletes_once_a_day_and_not_after_a_jump_of_the_clock(making: Making) -> None:
    service = making(retention_days=30)
    _, group, _, _ = a_class(service.store)
    start = service.store.audit.now()
    asked(service.store, group.id)

    def run(**later: float) -> list[str]:
        service.upkeep.retention(start + timedelta(**later))
        return [entry.action for entry in service.store.audit.entries()][::-1]

    assert run(seconds=5) == ["retention noted"]
    assert run(minutes=30) == ["retention noted"]
    assert run(hours=2) == ["retention noted", "retention"]
    assert run(hours=12) == ["retention noted", "retention"]
    assert run(days=-3) == ["retention noted", "retention", "retention noted"]
    assert run(days=1)[3:] == ["retention"]
    assert run(days=400)[4:] == ["retention noted"]
    assert service.store.reviews.count() == 1
    assert making().upkeep.retention() is None


def test_retention_deletes_what_is_old(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    service = making(retention_days=30)
    _, group, _, _ = a_class(service.store)
    old = asked(service.store, group.id)
    later = service.store.audit.now() + timedelta(days=31)

    def then() -> datetime:
        return later

    service.store.audit.add("retention noted")
    monkeypatch.setattr("reviewer.store.erasure.now", then)
    erased = service.upkeep.retention(later)
    assert erased is not None
    assert erased.reviews == (old.id,)


def test_an_instructor_sees_the_class(making: Making) -> None:
    desk, kept = making().class_desk, making().store
    course, group, ann, ben = a_class(kept)
    second = kept.courses.add_group(course.id, "Group 2")
    for of in (group.id, second.id):
        job = asked(kept, of)
        kept.reviews.finish(job.id, a_review(a_design()))
    newer = asked(kept, group.id, "Newer.")
    lines = desk.summary(course.id)
    assert [(line.name, line.submission, line.state) for line in lines] == [
        ("Group 1", 2, JobState.QUEUED),
        ("Group 2", 1, JobState.COMPLETE),
    ]
    assert lines[0].review == newer.id
    (frequent,) = desk.frequent(course.id)
    assert (frequent.check, frequent.role, frequent.groups, frequent.cited) == (
        "LAT-01",
        "latency",
        2,
        4,
    )
    desk.move(ann.id, second.id, by=ben.id)
    assert [group.members for group in desk.groups(course.id)] == [(ben.id,), (ann.id,)]
    desk.enrol(course.id, ben.id, Hat.INSTRUCTOR, by=ben.id)
    assert [entry.action for entry in desk.log()] == ["person enrolled", "person moved"]
    assert desk.courses() == (course,)
    assert desk.people(course.id) == (ann, ben)
    assert [job.id for job in desk.reviews(course.id, limit=1)] == [newer.id]


def test_findings_without_a_passage_are_counted(store: Store) -> None:
    _, group, _, _ = a_class(store)
    review = a_review(a_design())
    findings = (a_finding(1), a_finding(2, source=None), a_finding(3, source=None))
    store.reviews.finish(
        asked(store, group.id).id, review.model_copy(update={"findings": findings})
    )
    assert store.reviews.uncited() == {"LAT-01": 2}
    assert store.reviews.uncited(0) == {}


def test_sources_that_left_the_knowledge_base_are_told(making: Making) -> None:
    service = making()
    _, group, _, _ = a_class(service.store)
    job = asked(service.store, group.id)
    cited = service.questionnaire.checks[0].sources[0]
    kept, gone = a_finding(1, source=cited), a_finding(2, source="gone-2020")
    review = a_review(a_design()).model_copy(update={"findings": (kept, gone)})
    service.store.reviews.finish(job.id, review)
    assert service.class_desk.removed_sources(job.id) == ()  # no knowledge base was opened yet
    desk = service.knowledge_desk
    assert cited in [entry.source.id for entry in desk.entries(None)]
    assert service.class_desk.removed_sources(job.id) == ("gone-2020",)
    desk.remove(cited, None)
    assert service.class_desk.removed_sources(job.id) == tuple(sorted(("gone-2020", cited)))
    assert service.store.reviews.open(job.id) == review


def invoke(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(commands, list(words), input=given)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store behind the command line."""
    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    shared.let_go()
    vars(shared).pop("settings", None)
    yield shared.store
    shared.let_go()
    vars(shared).pop("settings", None)


def test_the_commands_back_up_restore_and_erase(tmp_path: Path, home: Store) -> None:
    _, group, ann, _ = a_class(home)
    home.submissions.add(group.id, a_design("Written by ANN."), filename="a.md")
    file = str(tmp_path / "b.zip")
    said = invoke("backup", file).output
    assert said == f"1 courses, 1 groups, 2 people, 1 designs and 0 originals are in {file}.\n"
    refused = invoke("restore", file)
    assert isinstance(refused.exception, ReviewerError)
    assert "--over" in refused.exception.hint
    restored = json.loads(invoke("restore", file, "--over", "--json").output)
    assert (restored["rows"]["people"], restored["queued"]) == (2, [])
    kept = invoke("erase", "--person", ann.id, given="n\n")
    assert (kept.exit_code, len(shared.store.courses.people())) == (1, 2)
    erased = invoke("erase", "--person", ann.id, given="y\n")
    assert "Deleted: 1 people." in erased.output
    assert "The name still stands in texts of their groups: s-" in erased.output
    gone = json.loads(invoke("erase", "--group", group.id, "--yes", "--json").output)
    assert (gone["rows"]["submissions"], gone["overwritten"]) == (1, True)
    assert invoke("erase", "--older-than", "3", "--yes").output.startswith("Deleted: No courses")


@pytest.mark.parametrize("words", [(), ("--person", "p-1", "--group", "g-1")])
def test_what_to_erase_has_to_be_said(words: tuple[str, ...]) -> None:
    done = invoke("erase", "--yes", *words)
    assert isinstance(done.exception, InputError)
    assert "one of --person" in str(done.exception)
