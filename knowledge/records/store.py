"""Reading the records, and changing them one transaction at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Select, func, select

from knowledge.corpus import Corpus
from knowledge.errors import RecordsUnusable
from knowledge.records import tables as t
from knowledge.records.changes import REVISION, Change
from knowledge.records.database import exclusive, migrate, told, writing
from knowledge.records.engines import DATABASE, sqlite_engine
from knowledge.records.snapshot import passage_of, passage_rows, read_corpus, source_of
from knowledge.types import Collection, Entry, FileReport, Passage, StoredDocument

WAIT_SECONDS = 60.0


def open_records(home: Path, engine: Engine | None = None) -> Records:
    """The records in `home`, or behind the engine given, with their tables up to date.

    Raises:
        RecordsTooNew: a newer version of the program wrote them.
        RecordsUnusable: the database cannot be opened or written.
    """
    where = f"'{home / DATABASE}'" if engine is None else "the database"
    with told(where):
        try:
            home.mkdir(parents=True, exist_ok=True)
            used = engine or sqlite_engine(home / DATABASE)
            migrate(used, home / "schema.lock")
        except OSError as error:
            reason = error.strerror or str(error)
            raise RecordsUnusable(f"The records cannot be kept in '{home}': {reason}.") from error
    return Records(used, where, home / "writer.lock")


class Records:
    """The database as the knowledge base sees it; every call is one transaction."""

    def __init__(self, engine: Engine, where: str, lock: Path) -> None:
        self._engine = engine
        self._where = where
        self._lock = lock

    @contextlib.contextmanager
    def alone(self, seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """No other process changes the knowledge base meanwhile; readers go on.

        Raises:
            RecordsBusy: another process did so for all of these seconds.
        """
        with exclusive(self._engine, self._lock, seconds):
            yield

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """One transaction of changes: kept as a whole at the end, or not at all."""
        with told(self._where), writing(self._engine) as connection:
            change = Change(connection)
            yield change
            change.finish()

    @contextlib.contextmanager
    def opening(self) -> Iterator[None]:
        """Only one process brings the starter corpus up to date; an import may go on meanwhile."""
        with exclusive(self._engine, self._lock.with_name("starter.lock"), WAIT_SECONDS):
            yield

    def revision(self) -> int:
        """Counts the changes of what can be found; all processes see the same number."""
        return int(self.noted(REVISION) or 0)

    def noted(self, key: str) -> str | None:
        """The value kept under a key about the library as a whole."""
        rows = self._rows(select(t.library.c.value).filter_by(key=key))
        return str(rows[0].value) if rows else None

    def collections(self) -> tuple[Collection, ...]:
        """All collections, the starter first, then by id."""
        order = (t.collections.c.starter.desc(), t.collections.c.id)
        counts = self._counted(select(t.members.c.collection, func.count()))
        held = self._counted(
            select(t.documents.c.collection, func.count())
            .join(t.passages, t.passages.c.document == t.documents.c.id)
            .where(t.documents.c.copy_of.is_(None))
        )
        return tuple(
            Collection(
                id=row.id,
                title=row.title,
                enabled=row.enabled,
                starter=row.starter,
                sources=counts.get(row.id, 0),
                passages=held.get(row.id, 0),
            )
            for row in self._rows(select(t.collections).order_by(*order))
        )

    def entries(
        self, *, collection: str | None = None, source: str | None = None
    ) -> tuple[Entry, ...]:
        """Sources with their documents, by id; of one collection, or one source, if named."""
        member = {"collection": collection} if collection else {}
        chosen = {"source": source} if source else {}
        places: dict[str, list[str]] = {}
        held = select(t.members).filter_by(**chosen).order_by(t.members.c.collection)
        for row in self._rows(held):
            places.setdefault(row.source, []).append(row.collection)
        documents: dict[str, list[StoredDocument]] = {}
        for document in self.documents(**chosen, **member):
            documents.setdefault(document.source, []).append(document)
        query = select(t.sources).order_by(t.sources.c.id)
        rows = self._rows(query.filter_by(id=source) if source else query)
        return tuple(
            _entry(row, places.get(row.id, []), documents.get(row.id, []))
            for row in rows
            if collection is None or collection in places.get(row.id, [])
        )

    def documents(self, **where: Any) -> tuple[StoredDocument, ...]:
        """Stored documents in the order of their ids, with these values (`collection=…`)."""
        original = t.documents.alias()
        count = (
            select(t.passages.c.document, func.count().label("passages"))
            .group_by(t.passages.c.document)
            .subquery()
        )
        shown = [t.documents.c[name] for name in StoredDocument.model_fields if _stored(name)]
        query = (
            select(*shown, original.c.name.label("copied"), count.c.passages)
            .outerjoin(original, original.c.id == t.documents.c.copy_of)
            .outerjoin(count, count.c.document == t.documents.c.id)
            .order_by(t.documents.c.id)
            .where(*(t.documents.c[name] == value for name, value in where.items()))
        )
        return tuple(_document(row) for row in self._rows(query))

    def passages(self, document: int) -> tuple[Passage, ...]:
        """The passages of a document in the order of its text, with their own labels only."""
        query = passage_rows().where(t.passages.c.document == document)
        return tuple(passage_of(row, None) for row in self._rows(query))

    def text(self, document: int) -> str:
        """The whole extracted text of a document: its passages are slices of it."""
        rows = self._rows(select(t.documents.c.text).filter_by(id=document))
        return str(rows[0].text) if rows else ""

    def sketches(self) -> dict[int, bytes]:
        """The sketch of each document's text (see knowledge.duplicates), copies left out."""
        query = select(t.documents.c.id, t.documents.c.sketch)
        rows = self._rows(query.where(t.documents.c.copy_of.is_(None)))
        return {int(row.id): bytes(row.sketch) for row in rows if row.sketch}

    def copies(self, collection: str) -> dict[int, int]:
        """The documents that are copies, with the document that each repeats."""
        query = select(t.documents.c.id, t.documents.c.copy_of).filter_by(collection=collection)
        rows = self._rows(query.where(t.documents.c.copy_of.is_not(None)))
        return {int(row.id): int(row.copy_of) for row in rows}

    def outcomes(self, collection: str) -> tuple[FileReport, ...]:
        """What became last of each file that was imported into a collection, by its place."""
        query = select(t.imports).filter_by(collection=collection).order_by(t.imports.c.origin)
        return tuple(
            FileReport(file=row.origin, outcome=row.outcome, message=row.message)
            for row in self._rows(query)
        )

    def earlier(self, passage: str) -> tuple[dict[str, str], ...]:
        """Passages with this id in earlier versions of documents, for citations made then."""
        return tuple(
            {"text": kept["text"], "locator": kept["locator"], "document": row.name}
            for row in self._rows(select(t.versions).order_by(t.versions.c.version.desc()))
            for kept in row.passages
            if kept["id"] == passage
        )

    def contents(self) -> dict[str, tuple[str, ...]]:
        """The content hashes of each collection's documents."""
        held: dict[str, list[str]] = {}
        query = select(t.documents.c.collection, t.documents.c.sha256)
        for row in self._rows(query.order_by(t.documents.c.id)):
            held.setdefault(row.collection, []).append(row.sha256)
        return {key: tuple(values) for key, values in held.items()}

    def corpus(self) -> tuple[Corpus, int]:
        """Everything that can be found, and the revision that this is."""
        with told(self._where), self._engine.connect() as connection:
            if connection.dialect.name != "sqlite":  # which shows one state to a transaction anyway
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            return read_corpus(connection)

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def _counted(self, query: Select[Any]) -> dict[str, int]:
        """A count for each value of the query's first column."""
        first = query.selected_columns[0]
        rows = (tuple(row) for row in self._rows(query.group_by(first)))
        return {str(key): int(number) for key, number in rows}

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with told(self._where), self._engine.connect() as connection:
            return list(connection.execute(query))


def _stored(name: str) -> bool:
    return name not in ("passages", "copy_of")


def _document(row: Row[Any]) -> StoredDocument:
    values = {name: getattr(row, name) for name in StoredDocument.model_fields if _stored(name)}
    return StoredDocument(**values, passages=row.passages or 0, copy_of=row.copied or "")


def _entry(row: Row[Any], places: list[str], documents: list[StoredDocument]) -> Entry:
    return Entry(
        source=source_of(row),
        collections=tuple(places),
        confirmed=row.confirmed,
        suggested=row.suggested,
        passages=sum(d.passages for d in documents if not d.copy_of),
        documents=tuple(documents),
    )
