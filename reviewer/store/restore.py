"""Putting a backup back: checked as a whole before anything is touched, then all or nothing."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, delete, inspect, select, text, update
from sqlalchemy.exc import DatabaseError

from knowledge.records import tables as k
from knowledge.records.database import migrate, writing
from knowledge.records.engines import (
    APPLICATION,
    DATABASE,
    place_of,
    postgres_engine,
    sqlite_engine,
)
from reviewer.domain.course import JobState
from reviewer.errors import BackupUnusable, StoreBusy, StoreUnusable
from reviewer.store import tables as t
from reviewer.store import work_tables as w
from reviewer.store.archive import DATABASE_NAME, UPLOAD, UPLOADS, unpacked
from reviewer.store.copying import clear, copy_rows
from reviewer.store.database import store_errors
from reviewer.store.lease import FOLDER, signs, watch

_WATCHED_SECONDS = 3.0
_BUSY_SECONDS = 10
_UNDER_WAY = (JobState.RUNNING.value, JobState.PAUSED.value)
_DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR_SHORT_READ")
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    f"AND application_name = '{APPLICATION}' AND pid <> pg_backend_pid()"
)
_NOT_EMPTY = "There is something in {0} already: a restore would replace all of it."
_TO_REPLACE = "To replace it, say so (--over); a backup of it may be wise. Nothing was changed."


class Restored(NamedTuple):
    """What was put back; `queued` are the ids of reviews that were under way, now queued again."""

    rows: dict[str, int]
    originals: int
    queued: tuple[str, ...]


def restore(
    home: Path, path: Path, *, database_url: str | None = None, over: bool = False
) -> Restored:
    """Puts a backup into a home, or into the Postgres behind `database_url`.

    Args:
        home: gets the originals, and the database unless it is elsewhere.
        path: a backup, of a store of either kind.
        database_url: as for `open_store`.
        over: replace what is there; otherwise there may be nothing but the starter corpus.

    Raises:
        BackupUnusable: the file is no sound backup of this or an earlier version, or the place is
            not empty.
        StoreBusy: another process is using the database.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as name:
            folder = Path(name)
            manifest = unpacked(path, folder)
            queued = _ready(folder / DATABASE_NAME, path)
            with _uploads(home / UPLOADS, folder / UPLOADS):
                if database_url:
                    _into_postgres(folder / DATABASE_NAME, home, database_url, over=over)
                else:
                    _into_sqlite(folder / DATABASE_NAME, home, over=over)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BackupUnusable(f"{path} cannot be restored: {reason}.") from error
    return Restored(manifest.rows, len(manifest.files) - 1, queued)


def _ready(snapshot: Path, path: Path) -> tuple[str, ...]:
    """Brings the unpacked database to this version and queues what was under way."""
    engine = sqlite_engine(snapshot)
    try:
        with store_errors(f"the database of {path}"):
            migrate(engine, snapshot.with_suffix(".lock"))
            with writing(engine) as connection:
                query = select(t.reviews.c.id).where(t.reviews.c.state.in_(_UNDER_WAY))
                queued = tuple(connection.execute(query.order_by(t.reviews.c.seq)).scalars())
                again = update(t.reviews).where(t.reviews.c.id.in_(queued))
                connection.execute(again.values(state=JobState.QUEUED.value, reason=""))
                for table in (w.workers, w.rate_grants, w.rate_accounts):  # of that moment
                    connection.execute(delete(table))
                running = update(t.role_runs).where(t.role_runs.c.state == "running")
                connection.execute(running.values(state="queued", started=None))
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        engine.dispose()
    return queued


@contextlib.contextmanager
def _uploads(folder: Path, unpacked_ones: Path) -> Iterator[None]:
    """The originals, in place before the rows that name them are; gone again if those fail.

    A file is named after its content, so one that is there already is the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {file.name for file in unpacked_ones.iterdir()}
    added: list[Path] = []
    try:
        for name in sorted(wanted):
            if not (folder / name).exists():
                added.append(folder / name)
                (unpacked_ones / name).replace(folder / name)
        yield
    except BaseException:
        for file in added:
            file.unlink(missing_ok=True)
        raise
    for file in folder.iterdir():
        if file.name not in wanted and UPLOAD.fullmatch(f"{UPLOADS}/{file.name}"):
            file.unlink(missing_ok=True)


def _into_sqlite(snapshot: Path, home: Path, *, over: bool) -> None:
    """SQLite replaces the content of the file in one transaction."""
    target = home / DATABASE
    if host := watch(signs(home / FOLDER), _WATCHED_SECONDS):
        raise StoreBusy(
            f"A process on {host} is using {target}.",
            hint="Stop the app and its workers, then try again; nothing was changed.",
        )
    state = _state(target)
    if state != "empty" and not over:
        raise BackupUnusable(_NOT_EMPTY.format(target), hint=_TO_REPLACE)
    if state == "damaged":
        for end in ("", "-wal", "-shm"):
            target.with_name(target.name + end).unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(snapshot)) as source,
        contextlib.closing(sqlite3.connect(target, timeout=_BUSY_SECONDS)) as put,
    ):
        try:
            put.execute("PRAGMA journal_mode = WAL")
            source.backup(put)
            put.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise StoreUnusable(
                f"The backup cannot be written to '{target}': {error}.",
                hint="Check that the disk has room and that nothing else uses the file; what was "
                "there is unchanged.",
            ) from error


def _state(target: Path) -> str:
    """`empty`, `used` or `damaged`."""
    if not target.exists():
        return "empty"
    engine = sqlite_engine(target)
    try:
        with engine.connect() as connection:
            return "used" if _used(connection) else "empty"
    except DatabaseError as error:
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        if name.startswith(_DAMAGED):
            return "damaged"
        with store_errors(f"'{target}'"):
            raise
    finally:
        engine.dispose()


def _into_postgres(snapshot: Path, home: Path, url: str, *, over: bool) -> None:
    """All rows in one transaction."""
    with store_errors("the database"):
        engine = postgres_engine(url)
    source = sqlite_engine(snapshot)
    where = place_of(engine)
    try:
        with store_errors(where):
            migrate(engine, home / "schema.lock")
            with source.connect() as copied, writing(engine) as connection:
                if connection.execute(text(_OTHERS)).scalar():
                    raise StoreBusy(
                        f"Another process is using {where}.",
                        hint="Stop the app and its workers, then try again; nothing was changed.",
                    )
                if _used(connection) and not over:
                    raise BackupUnusable(_NOT_EMPTY.format(where), hint=_TO_REPLACE)
                clear(connection)
                copy_rows(copied, connection)
    finally:
        source.dispose()
        engine.dispose()


def _used(connection: Connection) -> bool:
    """Whether somebody has put anything in: people, courses, or documents of their own."""
    names = inspect(connection).get_table_names()
    own = select(k.documents.c.id).join(
        k.collections, k.collections.c.id == k.documents.c.collection
    )
    asked = {
        "documents": own.where(k.collections.c.starter.is_(False)),
        "courses": select(t.courses.c.id),
        "people": select(t.people.c.id),
    }
    return any(
        connection.execute(query.limit(1)).first() is not None
        for name, query in asked.items()
        if name in names
    )
