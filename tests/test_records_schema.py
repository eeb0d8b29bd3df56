"""The database: its history, its errors, and what happens when it cannot be written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from knowledge.errors import RecordsBusy, RecordsTooNew, RecordsUnusable
from knowledge.migrations import DIRECTORY, HEAD, HISTORY
from knowledge.records import DATABASE, open_records, sqlite_engine
from knowledge.records.tables import metadata
from knowledge.types import Source
from reviewer.store import tables as store_tables

ROOT = Path(__file__).parent.parent


def test_the_history_makes_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    open_records(tmp_path).close()
    engine = sqlite_engine(tmp_path / DATABASE)
    with engine.connect() as connection:
        every = [metadata, store_tables.metadata]
        assert compare_metadata(MigrationContext.configure(connection), every) == []  # type: ignore[arg-type]  # a list is taken, too
    engine.dispose()


def test_the_history_is_one_line_of_numbered_steps() -> None:
    script = ScriptDirectory(str(DIRECTORY))
    assert script.get_heads() == [HEAD]
    walked = [step.revision for step in script.walk_revisions()][::-1]
    assert tuple(walked) == HISTORY
    assert [int(step) for step in HISTORY] == list(range(1, len(HISTORY) + 1))


def test_foreign_keys_and_the_write_ahead_log_are_on(tmp_path: Path) -> None:
    open_records(tmp_path).close()
    engine = sqlite_engine(tmp_path / DATABASE)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_newer_database_is_a_clear_error_and_is_left_alone(tmp_path: Path) -> None:
    open_records(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for _ in range(2):
        with pytest.raises(RecordsTooNew, match=f"version 9999.*up to {HEAD}") as caught:
            open_records(tmp_path)
        assert "newer version" in caught.value.hint


def test_many_processes_may_open_a_new_home_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.libraries import library\n"
        "library(Path(sys.argv[1]), mend=False).set_collection(sys.argv[2])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name], cwd=ROOT)
        for name in ("one", "two", "three")
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    records = open_records(tmp_path)
    assert {c.id for c in records.collections()} == {"starter", "one", "two", "three"}
    assert records.revision() == 4
    records.close()


def test_a_migration_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = sqlite_engine(tmp_path / DATABASE)

    @event.listens_for(engine, "before_cursor_execute")
    def fail(_c: object, _k: object, statement: str, *_: object) -> None:
        if "CREATE TABLE passages" in statement:
            raise sqlite3.OperationalError("stopped in the middle")

    with pytest.raises((RecordsUnusable, sqlite3.OperationalError)):
        open_records(tmp_path, engine)
    engine.dispose()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    database.close()
    open_records(tmp_path).close()


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / DATABASE)
    records = open_records(tmp_path, engine)
    with records.change() as change:
        change.collection("course")
        change.source(Source(id="kept", title="Kept"), "course")

    @event.listens_for(engine, "begin")
    def small(connection: object) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()  # type: ignore[attr-defined]  # a Connection
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]  # a Connection

    def fill() -> None:
        with records.change() as change:
            change.source(Source(id="first", title="First"), "course")
            change.source(Source(id="large", title="x" * 5_000_000), "course")

    with pytest.raises(RecordsUnusable, match="the disk is full") as caught:
        fill()
    assert "room" in caught.value.hint
    assert [entry.source.id for entry in records.entries()] == ["kept"]
    records.close()


def test_a_read_only_database_is_a_clear_error(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / DATABASE)
    records = open_records(tmp_path, engine)

    @event.listens_for(engine, "begin")
    def read_only(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA query_only = ON")  # type: ignore[attr-defined]  # a Connection

    with pytest.raises(RecordsUnusable, match="read-only"), records.change() as change:
        change.collection("course")
    assert records.collections() == ()
    records.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 300, b"SQLite format 3\0" + b"x" * 9_000]
)
def test_a_damaged_database_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(RecordsUnusable, match=r"reviewer\.db.*(damaged|not a database)"):
        open_records(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == content


def test_a_home_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordsUnusable, match="cannot be kept in"):
        open_records(tmp_path / "file" / "home")


def test_who_waits_too_long_for_the_lock_is_told(tmp_path: Path) -> None:
    records = open_records(tmp_path)
    with (
        filelock.FileLock(tmp_path / "writer.lock"),
        pytest.raises(RecordsBusy, match=r"Another process .* more than 0\.1 seconds"),
        records.alone(0.1),
    ):
        raise AssertionError
    with records.alone(0.1):
        assert records.revision() == 0
    records.close()


def test_writers_in_one_process_wait_for_each_other(tmp_path: Path) -> None:
    records = open_records(tmp_path)

    def write(name: str) -> None:
        for number in range(10):
            with records.change() as change:
                change.collection(f"{name}-{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(records.collections()) == 30
    assert records.revision() == 30
    records.close()


def test_a_transaction_is_whole_or_not_at_all(tmp_path: Path) -> None:
    records = open_records(tmp_path)

    class Stopped(Exception):
        pass

    def stop_half_way() -> None:
        with records.change() as change:
            change.collection("course")
            change.source(Source(id="a", title="A"), "course")
            raise Stopped

    with pytest.raises(Stopped):
        stop_half_way()
    assert (records.collections(), records.entries(), records.revision()) == ((), (), 0)
    records.close()
