"""Transactions on the database, and what goes wrong with them as the reviewer's errors."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, Table, select

from knowledge.errors import (
    KnowledgeError,
    RecordsBusy,
    RecordsTooNew,
    RecordsUnreachable,
)
from knowledge.records.database import told, writing
from reviewer.errors import (
    NotFound,
    StoreBusy,
    StoreError,
    StoreTooNew,
    StoreUnreachable,
    StoreUnusable,
)

_ERRORS: dict[type[KnowledgeError], type[StoreError]] = {
    RecordsBusy: StoreBusy,
    RecordsTooNew: StoreTooNew,
    RecordsUnreachable: StoreUnreachable,
}


@contextlib.contextmanager
def store_errors(where: str) -> Iterator[None]:
    """Errors of the database as `StoreError`s; `where` is the database as a person knows it."""
    try:
        with told(where):
            yield
    except KnowledgeError as error:
        raise _ERRORS.get(type(error), StoreUnusable)(str(error), hint=error.hint) from error


class Database:
    """The engine with short transactions; every repository of the store has the same one.

    `may_write` is called before each change, and raises where none is allowed any more.
    """

    def __init__(
        self, engine: Engine, where: str, may_write: Callable[[], None] = lambda: None
    ) -> None:
        self.engine = engine
        self.where = where
        self._may_write = may_write

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction of changes: kept as a whole at the end, or not at all."""
        self._may_write()
        with store_errors(self.where), writing(self.engine) as connection:
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with store_errors(self.where), self.engine.connect() as connection:
            yield connection

    def rows(self, query: Select[Any]) -> list[Row[Any]]:
        """All rows of a query."""
        with self.read() as connection:
            return list(connection.execute(query))

    def first(self, query: Select[Any]) -> Row[Any] | None:
        """The first row of a query, if there is one."""
        with self.read() as connection:
            return connection.execute(query).first()


def new_id(letter: str) -> str:
    """An id that says nothing about what it is for, but its kind."""
    return f"{letter}-{secrets.token_hex(8)}"


def held(connection: Connection, table: Table, key: str, noun: str) -> Row[Any]:
    """The row with this id, locked against other writers until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(table).filter_by(id=key).with_for_update(key_share=True)
    row = connection.execute(query).first()
    if row is None:
        raise missing(noun, key)
    return row


def missing(noun: str, key: str) -> NotFound:
    """The error for an id that is not there."""
    return NotFound(f"There is no {noun} '{key[:64]}'.")
