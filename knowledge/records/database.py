"""Using the database: transactions, migrations under a lock, errors as sentences."""

from __future__ import annotations

import contextlib
import importlib
import sqlite3
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from knowledge.errors import RecordsBusy, RecordsTooNew, RecordsUnreachable, RecordsUnusable
from knowledge.migrations import DIRECTORY, HEAD, HISTORY

_MIGRATION_SECONDS = 120.0
_MIGRATION_KEY = 7_230_001  # of the advisory lock that machines sharing a Postgres take
_WRITER_KEY = 7_230_002
_SAID = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it is read-only",
    "SQLITE_CANTOPEN": "it cannot be opened",
    "SQLITE_IOERR": "the disk cannot be read or written",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_NOTADB": "the file is not a database",
    "SQLITE_PERM": "access is not allowed",
    "SQLITE_TOOBIG": "a text is too long for it",
}
_STATES = {
    "25006": "it is read-only",
    "42501": "this user may not do that",
    "53100": "the disk is full",
    "53200": "the server is out of memory",
    "58030": "the disk cannot be read or written",
    "XX001": "a table is damaged",
}
_AWAY = {  # states in which the server cannot be talked to, now or with these settings
    "28000": "it does not let this user in",
    "28P01": "it refused the user or the password",
    "3D000": "it has no database of that name",
    "53300": "it has no connection left",
    "57P01": "it is shutting down",
    "57P02": "it has crashed",
    "57P03": "it is starting up or shutting down",
}
_TRY_AGAIN = ("40001", "40P01", "55P03")


@contextlib.contextmanager
def told(where: str) -> Iterator[None]:
    """Database errors as one sentence each; `where` is the database as a person knows it."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise _sqlite_error(error, where) from error
        raise _server_error(error, where) from error
    except PoolTimeout as error:
        raise RecordsBusy(f"All connections to {where} are in use.") from error
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise RecordsUnusable(f"The records in {where} cannot be used: {reason}.") from error


def _sqlite_error(error: DBAPIError, where: str) -> RecordsBusy | RecordsUnusable:
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return RecordsBusy(f"Another process is writing to {where}.")
    known = (said for code, said in _SAID.items() if name.startswith(code))
    reason = next(known, str(error.orig).splitlines()[0] if str(error.orig) else name)
    return RecordsUnusable(f"The records in {where} cannot be used: {reason}.")


def _server_error(
    error: DBAPIError, where: str
) -> RecordsBusy | RecordsUnusable | RecordsUnreachable:
    """What a database server said, or the driver where there was no server to say anything.

    The words of the driver are left out: they may repeat parts of an address.
    """
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state in _TRY_AGAIN:
        return RecordsBusy(f"Another process is writing to {where}.")
    if state in _AWAY or state.startswith("08"):
        reason = _AWAY.get(state, "the connection was lost")
        return RecordsUnreachable(f"{where[0].upper()}{where[1:]} cannot be reached: {reason}.")
    if not state and (error.connection_invalidated or isinstance(error, OperationalError)):
        return RecordsUnreachable(f"{where[0].upper()}{where[1:]} cannot be reached.")
    if not state and isinstance(error, ProgrammingError):
        return RecordsUnusable(f"An option in the address of {where} is not one of Postgres.")
    reason = _STATES.get(state, f"the statement failed ({type(error.orig).__name__})")
    return RecordsUnusable(f"The records in {where} cannot be used: {reason}.")


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all of it is kept, or nothing."""
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def exclusive(engine: Engine, lock: Path, seconds: float) -> Iterator[None]:
    """Only one process, of all that share the database, is inside at a time.

    Raises:
        RecordsBusy: another process was inside for all of these seconds.
    """
    busy = RecordsBusy(
        f"Another process has been changing the knowledge base for more than {seconds:g} seconds."
    )
    try:
        held = filelock.FileLock(lock, timeout=seconds)
        held.acquire()
    except filelock.Timeout as error:
        raise busy from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordsUnusable(f"The lock '{lock}' cannot be taken: {reason}.") from error
    try:
        with contextlib.ExitStack() as stack:
            if engine.dialect.name == "postgresql":
                stack.enter_context(_advisory(engine, lock.name, seconds, busy))
            yield
    finally:
        held.release()


@contextlib.contextmanager
def _advisory(engine: Engine, name: str, seconds: float, busy: RecordsBusy) -> Iterator[None]:
    """The same among machines, by a lock that Postgres gives back when the connection ends."""
    give_up = time.monotonic() + seconds
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"key": _WRITER_KEY + zlib.crc32(name.encode()) % 1_000}
        while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar():
            if time.monotonic() > give_up:
                raise busy
            time.sleep(0.1)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


def migrate(engine: Engine, lock: Path) -> None:
    """Bring the tables to this program's version; any number of processes may call it.

    Raises:
        RecordsTooNew: the database has a version that this program does not know.
        RecordsBusy: another process has been migrating it for two minutes.
    """
    if _version(engine) == HEAD:
        return
    try:
        with filelock.FileLock(lock, timeout=_MIGRATION_SECONDS), writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                key = {"key": _MIGRATION_KEY}
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
            if _stored(connection) != HEAD:
                _upgrade(connection)
    except filelock.Timeout as error:
        raise RecordsBusy("Another process is bringing the database up to date.") from error


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        version = _stored(connection)
    if version is not None and version not in HISTORY:
        raise RecordsTooNew(
            f"The database has version {version}, and this program knows versions up to {HEAD}."
        )
    return version


def _stored(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def _upgrade(connection: Connection) -> None:
    # Alembic takes 0.15 s to import and is wanted only when there is something to do.
    command: Any = importlib.import_module("alembic.command")
    config: Any = importlib.import_module("alembic.config").Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
