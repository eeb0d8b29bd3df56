"""One file with everything: the rows of all tables at one moment, and the imported originals."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from knowledge.records import tables as k
from knowledge.records.database import migrate, writing
from knowledge.records.engines import sqlite_engine
from reviewer.errors import BackupUnusable
from reviewer.store.archive import DATABASE_NAME, UPLOADS, packed
from reviewer.store.copying import copy_rows
from reviewer.store.database import Database, store_errors

_TRIES = 3


class Backup(NamedTuple):
    """What a backup holds: rows by table, and the number of originals."""

    rows: dict[str, int]
    originals: int


def write_backup(database: Database, home: Path, path: Path) -> Backup:
    """Writes a backup while others may go on reading and writing.

    The file appears when it is whole. It holds a SQLite database whatever the store's own is, so
    it can be restored to either.

    Raises:
        BackupUnusable: the file is there already, or cannot be written.
    """
    if path.exists():
        raise BackupUnusable(
            f"{path} is there already.", hint="Choose another name; nothing was overwritten."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as name:
            made = _made(database, home / UPLOADS, Path(name))
            with (Path(name) / "backup.zip").open("rb") as whole:
                os.fsync(whole.fileno())
            (Path(name) / "backup.zip").replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BackupUnusable(f"The backup {path} cannot be written: {reason}.") from error
    return made


def _made(database: Database, uploads: Path, folder: Path) -> Backup:
    for tried in range(1, _TRIES + 1):
        known = _listed(uploads)
        rows, named = _snapshot(database, folder)
        wanted = sorted(named & (known | _listed(uploads)))
        try:
            originals = [uploads / name for name in wanted]
            packed(folder / "backup.zip", folder / DATABASE_NAME, originals, rows)
        except FileNotFoundError:
            # A source was taken out since its row was copied: copy the rows again, without it.
            if tried == _TRIES:
                raise
        else:
            return Backup(rows, len(wanted))
    raise AssertionError  # the last round returns or raises


def _snapshot(database: Database, folder: Path) -> tuple[dict[str, int], set[str]]:
    """A new SQLite file with all rows of one moment; counts, and the originals they name."""
    path = folder / DATABASE_NAME
    path.unlink(missing_ok=True)
    target = sqlite_engine(path)
    try:
        with store_errors(f"'{path}'"):
            migrate(target, path.with_suffix(".lock"))
            with _one_moment(database) as source, writing(target) as connection:
                rows = copy_rows(source, connection)
                query = select(k.documents.c.sha256, k.documents.c.media)
                named = {f"{row.sha256}.{row.media}" for row in connection.execute(query)}
            with target.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        target.dispose()
    return rows, named


@contextlib.contextmanager
def _one_moment(database: Database) -> Iterator[Connection]:
    """A transaction that sees the database as it is now, whatever others write meanwhile."""
    with store_errors(database.where), database.engine.connect() as connection:
        if connection.dialect.name != "sqlite":  # which does so anyway
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _listed(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()} if folder.is_dir() else set()
