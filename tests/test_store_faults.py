"""Databases that cannot be used, machines that share a file, clocks that jump, old schemas."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from knowledge.migrations import DIRECTORY, HISTORY
from knowledge.records import DATABASE, engine_for, open_records
from knowledge.records.database import writing
from knowledge.records.tables import metadata as knowledge_tables
from reviewer.errors import (
    StoreElsewhere,
    StoreError,
    StoreTooNew,
    StoreUnreachable,
    StoreUnusable,
)
from reviewer.store import Store, open_store
from reviewer.store.lease import FOLDER, Lease
from reviewer.store.tables import metadata as store_tables
from tests.classes import a_class, a_design, a_review, asked
from tests.databases import Opening, database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures

SECRET = "s3cr3t-w0rd"
ROOT = Path(__file__).parent.parent

# Each step as it was when it was first committed: a database out there was made by exactly that.
STEPS = {
    "0001": "372c87140d03c6dd",
    "0002": "d37be8df40c1a145",
    "0003": "3d7891cd1fb98cb5",
}


def test_no_step_of_the_history_is_ever_changed() -> None:
    files = sorted((DIRECTORY / "versions").glob("[0-9]*_*.py"))
    now = {f.name[:4]: hashlib.sha256(f.read_bytes()).hexdigest()[:16] for f in files}
    assert now == STEPS


@pytest.mark.parametrize("version", HISTORY)
def test_every_earlier_schema_is_brought_up_to_date(
    tmp_path: Path, database: str | None, version: str
) -> None:
    engine = engine_for(tmp_path, database)
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(DIRECTORY))
        config.attributes["connection"] = connection
        upgrade(config, version)
        _some_rows(connection, version)
    store = open_store(tmp_path, database_url=database)
    records = open_records(tmp_path, engine)
    assert [(c.id, c.title) for c in records.collections()] == [("old", "Old collection")]
    with engine.connect() as connection:
        every = [knowledge_tables, store_tables]
        assert compare_metadata(MigrationContext.configure(connection), every) == []  # type: ignore[arg-type]  # a list is taken, too
    if version > "0001":
        assert [c.title for c in store.courses.courses()] == ["Old course"]
        assert store.reviews.latest("g-1") is not None
    a_class(store)
    store.close()
    engine.dispose()


def _some_rows(connection: Any, version: str) -> None:
    """Rows as a program of that time wrote them."""
    made = {"at": datetime(2026, 1, 1, tzinfo=UTC).isoformat(sep=" ")}
    statements = [
        "INSERT INTO collections (id, title, enabled, starter, created) "
        "VALUES ('old', 'Old collection', true, false, :at)"
    ]
    if version > "0001":
        statements += [
            "INSERT INTO courses (id, title, collections, created) "
            "VALUES ('c-1', 'Old course', '[]', :at)",
            "INSERT INTO groups (id, course, name, created) VALUES ('g-1', 'c-1', 'Group', :at)",
            'INSERT INTO submissions (id, "group", number, sha256, title, filename, created, '
            "design) VALUES ('s-1', 'g-1', 1, 'sha256:1', 'T', 'f.md', :at, '')",
            'INSERT INTO reviews (id, course, "group", submission, model, panel, key, state, '
            "priority, reason, levels, input_tokens, output_tokens, cached_tokens, calls, created)"
            " VALUES ('r-1', 'c-1', 'g-1', 's-1', 'offline', 'roles', 'k', 'failed', 10, '', '{}',"
            " 0, 0, 0, 0, :at)",
        ]
    for statement in statements:
        connection.execute(text(statement.replace(":at", f"'{made['at']}'").replace(":", "\\:")))


def test_a_newer_schema_is_refused_and_left_alone(opening: Opening) -> None:
    store = opening()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match="version 9999") as caught:
        opening()
    assert (caught.value.exit_code, "newer version" in caught.value.hint) == (2, True)


def closed_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://ann:{SECRET}@127.0.0.1:{closed_port()}/class"
    with pytest.raises(
        StoreUnreachable, match=r"'class' on 127\.0\.0\.1 cannot be reached"
    ) as caught:
        open_store(tmp_path, database_url=url)
    assert caught.value.exit_code == 4
    assert caught.value.retryable
    assert "REVIEWER_DATABASE_URL" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{SECRET}@127.0.0.1:{{port}}/class",
        f"postgresql://ann:{SECRET}@host:{SECRET}/class",
        f"postgresql://ann:p@{SECRET}@127.0.0.1:{{port}}/class",
        f"postgresql://ann:p/{SECRET}@127.0.0.1:{{port}}/class",
        f"postgresql://127.0.0.1:{{port}}/class?password={SECRET}&bad={SECRET}",
        f"mysql://ann:{SECRET}@127.0.0.1/class",
        f"{SECRET}",
        f"postgresql+{SECRET}://127.0.0.1/class",
        "",
    ],
)
def test_a_password_is_never_repeated(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    given = url.replace("{port}", str(closed_port()))
    if not given:
        open_store(tmp_path, database_url=given).close()
        assert (tmp_path / DATABASE).exists()
        return
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path, database_url=given)
    said = f"{caught.value} {caught.value.hint} {caplog.text} {''.join(capfd.readouterr())}"
    assert SECRET not in said
    assert "\n" not in str(caught.value)


def test_a_server_that_goes_away_is_one_sentence_and_is_found_again(opening: Opening) -> None:
    store = opening()
    if store.engine.dialect.name == "sqlite":
        return
    course = store.courses.add_course("Before")
    other = opening()
    with other.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        end = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

        def write_over_a_lost_connection() -> None:
            with store.database.write() as lost:
                lost.execute(text("SELECT 1"))
                connection.execute(text(end))
                lost.execute(text("SELECT 1"))

        with pytest.raises(StoreUnreachable, match="cannot be reached"):
            write_over_a_lost_connection()
    assert store.courses.courses() == (course,)


def test_a_database_that_may_only_be_read_is_one_sentence(opening: Opening) -> None:
    store = opening()
    course, group, _, _ = a_class(store)

    @event.listens_for(store.engine, "begin")
    def read_only(connection: Any) -> None:
        sqlite = store.engine.dialect.name == "sqlite"
        said = "PRAGMA query_only = ON" if sqlite else "SET TRANSACTION READ ONLY"
        connection.exec_driver_sql(said)

    with pytest.raises(StoreUnusable, match="read-only") as caught:
        store.courses.add_group(course.id, "More")
    assert caught.value.exit_code == 2
    assert len(store.courses.groups(course.id)) == 1
    assert store.courses.group(group.id) == group


def test_a_full_disk_in_the_middle_of_a_review_loses_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    _, group, _, _ = a_class(store)
    job = asked(store, group.id)
    store.runs.start(job.id, "latency")
    full = [True]

    @event.listens_for(store.engine, "begin")
    def small(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = pages if full[0] else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")

    noise = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(20_000))
    review = a_review(a_design(noise))
    with pytest.raises(StoreUnusable, match="the disk is full") as caught:
        store.reviews.finish(job.id, review)
    assert "room" in caught.value.hint
    assert store.reviews.job(job.id).state == "queued"
    assert [run.state for run in store.runs.of(job.id)] == ["running"]
    full[0] = False
    assert store.reviews.finish(job.id, review)
    assert store.reviews.open(job.id) == review
    store.close()


def test_a_home_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnusable, match="Nothing can be kept in"):
        open_store(tmp_path / "file" / "home")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FOLDER).write_text("in the way")
    with pytest.raises(StoreUnusable, match="Nothing can be written in"):
        open_store(tmp_path / "home")


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"not a database at all" * 300)
    with pytest.raises(StoreUnusable, match=r"reviewer\.db.*not a database"):
        open_store(tmp_path)
    assert list((tmp_path / FOLDER).iterdir()) == []


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Lease]:
    """Another machine that uses the same home."""
    other = Lease(tmp_path, of="another machine", beat=0.05, patience=0.5)
    other.take()
    yield other
    other.release()


def test_a_file_in_use_on_another_machine_is_refused(tmp_path: Path, elsewhere: Lease) -> None:
    with pytest.raises(StoreElsewhere, match="in use on another machine") as caught:
        open_store(tmp_path)
    assert socket.gethostname() in str(caught.value)
    assert "REVIEWER_DATABASE_URL" in caught.value.hint
    elsewhere.release()
    open_store(tmp_path).close()


def test_a_machine_that_stopped_is_taken_over_from(tmp_path: Path) -> None:
    stopped = Lease(tmp_path, of="another machine")
    (tmp_path / FOLDER).mkdir()
    stopped._write()
    mine = Lease(tmp_path, patience=0.3)
    mine.take()
    assert len(list((tmp_path / FOLDER).glob("*.json"))) == 1
    mine.release()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_machine_that_slept_writes_no_more(tmp_path: Path) -> None:
    slept = Lease(tmp_path, of="another machine", beat=600, patience=600)
    slept.take()
    slept.check()
    awake = Lease(tmp_path, beat=0.05, patience=0.3)
    awake.take()
    slept._last -= 1_000  # so long it stood still
    for _ in range(2):
        with pytest.raises(StoreElsewhere, match="in use on another machine"):
            slept.check()
    awake.check()
    for lease in (slept, awake):
        lease.release()


def test_a_store_asks_before_it_writes(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    sign = next((tmp_path / FOLDER).glob("*.json"))
    other = Lease(tmp_path, of="another machine", beat=0.05, patience=0.3)
    other._write()
    sign.unlink()
    give_up = time.monotonic() + 20

    def write_until_refused() -> None:
        while time.monotonic() < give_up:
            store.courses.add_course("Course")
            time.sleep(0.05)

    with pytest.raises(StoreElsewhere):
        write_until_refused()
    store.close()


def test_processes_of_one_machine_share_the_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    script = (
        "import sys; from pathlib import Path; from reviewer.store import open_store\n"
        "store = open_store(Path(sys.argv[1])); store.courses.add_course('Other')\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=ROOT)
    assert [course.title for course in store.courses.courses()] == ["Other"]
    assert len(list((tmp_path / FOLDER).glob("*.json"))) == 1  # the other one tidied up at its end
    store.close()


def test_signs_of_processes_that_were_killed_are_removed(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from reviewer.store import open_store\n"
        "open_store(Path(sys.argv[1])); os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, cwd=ROOT)
    assert done.returncode == 9
    (left,) = (tmp_path / FOLDER).glob("*.json")
    assert json.loads(left.read_text())["host"] == socket.gethostname()
    store = open_store(tmp_path)
    (sign,) = (tmp_path / FOLDER).glob("*.json")
    assert f"-{os.getpid()}-" in sign.name
    store.close()


def test_orders_do_not_follow_a_clock_that_is_set_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, group, _, _ = a_class(store)
    jobs = []
    for number, hours in enumerate((0, -5, 3, -40)):
        clock = datetime.now(UTC) + timedelta(hours=hours)
        for name in ("reviews", "submissions", "audit"):
            monkeypatch.setattr(sys.modules[f"reviewer.store.{name}"], "now", lambda at=clock: at)
        jobs.append(asked(store, group.id, f"Text {number}").id)
        store.audit.add("review asked", review=jobs[-1])
    assert [job.id for job in store.reviews.history(group.id)] == jobs[::-1]
    assert [job.id for job in store.reviews.jobs()] == jobs[::-1]
    assert [entry.about["review"] for entry in store.audit.entries()] == jobs[::-1]
    latest = store.reviews.latest(group.id)
    assert latest is not None
    assert (latest.id, latest.number) == (jobs[-1], 4)


def test_foreign_keys_are_on(store: Store) -> None:
    _, group, _, _ = a_class(store)
    job = asked(store, group.id)
    with pytest.raises(StoreUnusable), store.database.write() as connection:
        connection.execute(text(f"UPDATE reviews SET submission = 's-none' WHERE id = '{job.id}'"))
    assert store.reviews.job(job.id) == job
