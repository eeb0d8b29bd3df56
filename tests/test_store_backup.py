"""Backups: taken while others write, restored to either database, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from knowledge.originals import Originals
from knowledge.records import DATABASE, NewDocument, open_records
from knowledge.types import Source
from reviewer.domain.course import JobState
from reviewer.domain.review import Usage
from reviewer.errors import BackupUnusable, NotFound, StoreBusy
from reviewer.store import Store, open_store, restore
from reviewer.store.copying import all_tables
from reviewer.store.lease import Lease
from tests.classes import a_class, a_design, a_review, asked
from tests.databases import Opening, PostgresServer, database, opening, postgres, store
from tests.libraries import library, prose, written

__all__ = ["database", "opening", "postgres", "store"]  # fixtures


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    with store.engine.connect() as connection:
        return {
            table.name: [
                tuple(_zoneless(value) for value in row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in all_tables()
        }


def _zoneless(value: object) -> object:
    """SQLite gives times of the knowledge base without their zone, which is always UTC."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def filled(store: Store) -> str:
    """A class with a finished review and two that are under way; the finished one's id."""
    _, group, ann, _ = a_class(store)
    done = asked(store, group.id)
    store.reviews.finish(done.id, a_review(a_design()))
    store.responses.put(done.id, "F1", "ask", "Why?", ann.id)
    store.drafts.put(group.id, {"title": {"deep": [1, None, "é"]}}, {}, ann.id)
    store.audit.add("review asked", ann.id, review=done.id)
    running, paused = asked(store, group.id, "Second."), asked(store, group.id, "Third.")
    store.reviews.set_state(running.id, JobState.RUNNING)
    store.runs.save(running.id, "latency", answer={"a": 1}, grounded={}, usage=Usage(input=7))
    store.runs.start(running.id, "compliance")
    store.reviews.set_state(paused.id, JobState.PAUSED, "no credit")
    return done.id


def with_documents(store: Store, home: Path, tmp_path: Path) -> None:
    """Two documents in the library of the same database; the first is a copy of the second."""
    records = open_records(home, store.engine)
    texts = [prose(1), prose(1) + "\n"]
    names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    with records.change() as change:
        change.collection("course")
        change.source(Source(id="queues", title="Queues"), "course")
        new = [
            NewDocument("course", "queues", f"{n}.md", f"/{n}.md", sha256, "md", text=text)
            for n, (sha256, text) in enumerate(zip(names, texts, strict=True))
        ]
        first, second = (change.document(document) for document in new)
        change.document(replace(new[0], copy_of=second), replaces=first)
    for sha256, text in zip(names, texts, strict=True):
        file = written(tmp_path / "in" / f"{sha256}.md", text)
        Originals(home / "uploads").keep(file, sha256, "md")


def test_a_backup_comes_back_as_it_was(tmp_path: Path, opening: Opening) -> None:
    store = opening()
    done = filled(store)
    with_documents(store, tmp_path / "home", tmp_path)
    before = contents(store)
    originals = {f.name: f.read_bytes() for f in (tmp_path / "home" / "uploads").iterdir()}
    backup = store.backup(tmp_path / "b.zip")
    assert backup.rows == {name: len(rows) for name, rows in before.items()}
    assert backup.originals == len(originals) == 2
    home = tmp_path / "new"
    restored = restore(home, tmp_path / "b.zip")
    assert (restored.rows, restored.originals) == (backup.rows, 2)
    new = open_store(home)
    after = contents(new)
    assert [name for name in before if before[name] != after[name]] == ["reviews", "role_runs"]
    assert new.reviews.open(done) == a_review(a_design())
    assert {f.name: f.read_bytes() for f in (home / "uploads").iterdir()} == originals
    assert sorted(p.name for p in home.iterdir() if p.name.startswith(".")) == []
    new.close()


def test_what_was_under_way_is_queued_again(tmp_path: Path, opening: Opening) -> None:
    store = opening()
    filled(store)
    store.backup(tmp_path / "b.zip")
    restored = restore(tmp_path / "new", tmp_path / "b.zip")
    new = open_store(tmp_path / "new")
    jobs = {job.number: job for job in new.reviews.jobs()}
    states = {number: job.state for number, job in jobs.items()}
    assert states == {1: JobState.COMPLETE, 2: JobState.QUEUED, 3: JobState.QUEUED}
    assert restored.queued == (jobs[2].id, jobs[3].id)
    runs = {run.role: run.state for run in new.reviews.job(jobs[2].id).roles}
    assert runs == {"latency": "done", "compliance": "queued"}
    new.close()


@pytest.mark.parametrize("way", ["to a server", "back"])
def test_a_backup_fits_the_other_kind_of_database(
    tmp_path: Path, postgres: PostgresServer, way: str
) -> None:
    url = postgres.fresh()
    given, taken = (None, url) if way == "to a server" else (url, None)
    store = open_store(tmp_path / "old", database_url=given)
    with_documents(store, tmp_path / "old", tmp_path)
    done = filled(store)
    for job in store.reviews.jobs():
        store.reviews.set_state(job.id, JobState.QUEUED)
    before = contents(store)
    store.backup(tmp_path / "b.zip")
    restore(tmp_path / "new", tmp_path / "b.zip", database_url=taken)
    new = open_store(tmp_path / "new", database_url=taken)
    after = contents(new)
    assert [name for name in before if before[name] != after[name]] == ["role_runs"]
    assert new.reviews.open(done) == a_review(a_design())
    a_class(new)  # numbers go on after those that were restored
    again = open_records(tmp_path / "new", new.engine)
    assert [bool(document.copy_of) for document in again.documents()] == [True, False]
    for opened in (store, new):
        opened.close()
    postgres.drop(url)


def test_what_is_there_is_replaced_only_on_demand(
    tmp_path: Path, database: str | None, opening: Opening
) -> None:
    store = opening()
    filled(store)
    store.backup(tmp_path / "b.zip")
    later = store.courses.add_course("Later")
    store.close()
    home = tmp_path / "home"
    with pytest.raises(BackupUnusable, match=r"something in .* already") as caught:
        restore(home, tmp_path / "b.zip", database_url=database)
    assert "--over" in caught.value.hint
    assert opening().courses.course(later.id) == later


def test_restoring_over_a_home_replaces_all_of_it(tmp_path: Path, database: str | None) -> None:
    home = tmp_path / "home"
    store = open_store(home, database_url=database)
    opened = library(home, engine=store.engine)
    opened.add([written(tmp_path / "in" / "queues.md", prose(1))])
    done = filled(store)
    store.backup(tmp_path / "b.zip")
    later = store.courses.add_course("Later")
    opened.add([written(tmp_path / "in" / "more.md", prose(2))])
    opened.remove("queues")
    store.close()
    restore(home, tmp_path / "b.zip", database_url=database, over=True)
    again = open_store(home, database_url=database)
    with pytest.raises(NotFound):
        again.courses.course(later.id)
    assert again.reviews.open(done) == a_review(a_design())
    mended = library(home, engine=again.engine)
    assert [e.source.id for e in mended.list("course")] == ["queues"]
    document = mended.show("queues").documents[0]
    kept = mended.original(document)
    assert kept is not None
    assert kept.read_text() == prose(1)
    assert len(list((home / "uploads").iterdir())) == 1
    again.close()


def test_a_backup_is_of_one_moment_while_others_write(tmp_path: Path, opening: Opening) -> None:
    store, other = opening(), opening()
    course, group, _, _ = a_class(store)
    for number in range(20):
        asked(store, group.id, f"Text {number}")
    stop = threading.Event()
    written_ones = []

    def write() -> None:
        while not stop.is_set():
            number = len(written_ones)
            written_ones.append(asked(other, group.id, f"More {number}"))
            other.courses.add_group(course.id, f"Group {number}")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            store.backup(tmp_path / f"{number}.zip")
    finally:
        stop.set()
        thread.join()
    assert len(written_ones) > 0
    for number in range(3):
        restore(tmp_path / str(number), tmp_path / f"{number}.zip")
        new = open_store(tmp_path / str(number))
        jobs = new.reviews.jobs(limit=1000)
        numbers = sorted(job.number for job in jobs)
        assert numbers == list(range(1, len(jobs) + 1))
        made = len(new.courses.groups(course.id)) - 1
        assert made in (len(jobs) - 20, len(jobs) - 21)
        new.close()


def test_a_backup_does_not_overwrite_and_appears_whole(tmp_path: Path, store: Store) -> None:
    filled(store)
    place = tmp_path / "out" / "b.zip"
    store.backup(place)
    content = place.read_bytes()
    with pytest.raises(BackupUnusable, match="there already"):
        store.backup(place)
    assert place.read_bytes() == content
    assert [p.name for p in place.parent.iterdir()] == ["b.zip"]
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupUnusable, match="cannot be written"):
        store.backup(tmp_path / "file" / "b.zip")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-400])


def _turned(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))


def _no_zip(path: Path) -> None:
    path.write_text("not a backup")


def _changed(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _manifest(path: Path, **values: object) -> None:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        files["manifest.json"] = json.dumps(manifest | values).encode()

    _changed(path, change)


def _swapped(path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["database.sqlite3"] = b"SQLite format 3\0" + files["database.sqlite3"][16:-1] + b"!"

    _changed(path, change)


def _escaping(path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["uploads/../../escaped.md"] = b"x"
        manifest = json.loads(files["manifest.json"])
        sha256 = hashlib.sha256(b"x").hexdigest()
        manifest["files"]["uploads/../../escaped.md"] = {"sha256": sha256, "size": 1}
        files["manifest.json"] = json.dumps(manifest).encode()

    _changed(path, change)


def _rigged(path: Path) -> None:
    """A trigger in the database, with a manifest that fits."""

    def change(files: dict[str, bytes]) -> None:
        place = path.with_suffix(".db")
        place.write_bytes(files["database.sqlite3"])
        with sqlite3.connect(place) as rigged:
            rigged.execute("CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM reviews; END")
        rigged.close()
        content = place.read_bytes()
        manifest = json.loads(files["manifest.json"])
        sha256 = hashlib.sha256(content).hexdigest()
        manifest["files"]["database.sqlite3"] = {"sha256": sha256, "size": len(content)}
        files["database.sqlite3"] = content
        files["manifest.json"] = json.dumps(manifest).encode()
        place.unlink()

    _changed(path, change)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "damaged or incomplete"),
        (_turned, "damaged or incomplete"),
        (_no_zip, "damaged or incomplete"),
        (_swapped, "damaged or incomplete"),
        (_escaping, "damaged or incomplete"),
        (_rigged, "damaged or incomplete"),
        (lambda path: _changed(path, lambda files: files.pop("manifest.json")), "is not a backup"),
        (lambda path: _manifest(path, version="9999"), "newer version"),
        (lambda path: _manifest(path, version="0001"), "damaged or incomplete"),
        (lambda path: _manifest(path, format="reviewer-backup/2"), "newer version"),
        (lambda path: _manifest(path, files={}), "damaged or incomplete"),
        (lambda path: path.unlink(), "cannot be restored"),
    ],
)
def test_a_file_that_is_no_sound_backup_changes_nothing(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    home, file = tmp_path / "home", tmp_path / "b.zip"
    store = open_store(home)
    done = filled(store)
    store.backup(file)
    store.close()
    spoil(file)
    before = (home / DATABASE).read_bytes()
    with pytest.raises(BackupUnusable, match=said):
        restore(home, file, over=True)
    assert (home / DATABASE).read_bytes() == before
    assert not (tmp_path / "escaped.md").exists()
    assert [p.name for p in home.iterdir() if p.name.startswith(".restore")] == []
    again = open_store(home)
    assert again.reviews.open(done) == a_review(a_design())
    again.close()


def test_a_restore_that_fails_in_the_middle_leaves_what_was_there(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = open_store(tmp_path / "old")
    with_documents(old, tmp_path / "old", tmp_path)
    filled(old)
    old.backup(tmp_path / "b.zip")
    old.close()
    url = postgres.fresh()
    home = tmp_path / "home"
    store = open_store(home, database_url=url)
    mine = store.courses.add_course("Mine")
    with store.engine.begin() as connection:  # a server that refuses the last table's rows
        connection.exec_driver_sql("ALTER TABLE audit ADD CONSTRAINT none CHECK (seq < 0)")
    store.close()
    with pytest.raises(Exception, match="cannot be used"):
        restore(home, tmp_path / "b.zip", database_url=url, over=True)
    again = open_store(home, database_url=url)
    assert again.courses.courses() == (mine,)
    assert list((home / "uploads").iterdir()) == []
    again.close()
    postgres.drop(url)


def test_nothing_is_restored_under_a_running_program(tmp_path: Path, opening: Opening) -> None:
    store = opening()
    filled(store)
    store.backup(tmp_path / "b.zip")
    url = None
    if store.engine.dialect.name == "postgresql":
        url = store.engine.url.render_as_string(hide_password=False)
    with pytest.raises(StoreBusy, match="is using") as caught:
        restore(tmp_path / "home", tmp_path / "b.zip", database_url=url, over=True)
    assert "Stop the app" in caught.value.hint
    assert len(store.reviews.jobs()) == 3


def test_a_damaged_database_is_replaced(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = open_store(home)
    done = filled(store)
    store.backup(tmp_path / "b.zip")
    store.close()
    (home / DATABASE).write_bytes(b"not a database at all" * 300)
    with pytest.raises(BackupUnusable, match="something in"):
        restore(home, tmp_path / "b.zip")
    restore(home, tmp_path / "b.zip", over=True)
    again = open_store(home)
    assert again.reviews.open(done) == a_review(a_design())
    again.close()


def test_a_sign_that_a_killed_process_left_does_not_hinder(tmp_path: Path) -> None:
    store = open_store(tmp_path / "old")
    store.backup(tmp_path / "b.zip")
    store.close()
    left = Lease(tmp_path / "home", of="elsewhere")
    (tmp_path / "home" / "in-use").mkdir(parents=True)
    left._write()
    assert restore(tmp_path / "home", tmp_path / "b.zip").rows["courses"] == 0
