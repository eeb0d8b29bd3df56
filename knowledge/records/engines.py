"""Engines on the one database: a SQLite file in the home, or a Postgres for many machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from knowledge.errors import RecordsUnusable

DATABASE = "reviewer.db"
APPLICATION = "design-reviewer"  # as a server lists its connections

_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10
_CONNECTIONS = 5
_MORE_CONNECTIONS = 25
_PRAGMAS = (
    "foreign_keys = ON",
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",  # what is deleted is overwritten
)


def engine_for(home: Path, url: str | None = None) -> Engine:
    """The engine of the one database: a SQLite file in `home`, or the Postgres behind a URL.

    Raises:
        RecordsUnusable: the URL is not one of a Postgres database. It is not repeated.
    """
    return postgres_engine(url) if url else sqlite_engine(home / DATABASE)


def postgres_engine(url: str) -> Engine:
    """An engine on a Postgres database; statements in errors come without their values."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = URL.create("none")
    kind = parsed.drivername.partition("+")[0]
    # An unquoted @ in a password makes its end a part of the host, which messages name.
    if kind not in ("postgresql", "postgres") or "@" in (parsed.host or ""):
        raise RecordsUnusable(
            "The address of the database is not one of a Postgres database.",
            hint="Write it as postgresql://USER:PASSWORD@HOST:PORT/NAME; special characters in the "
            "password as %XX.",
        )
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
        connect_args={
            "connect_timeout": parsed.query.get("connect_timeout", _CONNECT_SECONDS),
            "application_name": APPLICATION,
        },
    )


def place_of(engine: Engine) -> str:
    """The database as a person knows it; without user and password."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return f"'{url.database}'"
    return f"the database '{url.database}' on {url.host or 'this machine'}"


def sqlite_engine(path: Path) -> Engine:
    """An engine on a SQLite file: WAL, foreign keys on, writers wait for each other.

    Transactions begin where SQLAlchemy begins them, not where the driver guesses; one marked
    `immediate` takes the writer's place at once, so that it cannot fail half-way for want of it.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS},
        pool_size=_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
