"""What one transaction may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from knowledge.records import tables as t
from knowledge.types import FileReport, Passage, Source

REVISION = "revision"


@dataclass(frozen=True)
class NewDocument:
    """A document with its passages, as it is put into the records.

    `copy_of` is the id of the stored document whose text it repeats; its passages are then kept,
    and found only when that document is taken out.
    `facts` maps a passage to the checked facts it rests on, for summaries.
    """

    collection: str
    source: str
    name: str
    origin: str
    sha256: str
    media: str
    passages: tuple[Passage, ...] = ()
    title: str = ""
    language: str = ""
    pages: int = 0
    text: str = ""
    sketch: bytes = b""
    warnings: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    copy_of: int | None = None
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Change:
    """The writes of one transaction; all of them are kept, or none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found = False

    def note(self, key: str, value: str) -> None:
        """Keep one value about the library as a whole."""
        self._upsert(t.library, {"key": key}, {"value": value})

    def note_once(self, key: str, value: str) -> None:
        """Keep a value about the library, unless there is one."""
        if not self._has(t.library, {"key": key}):
            self.note(key, value)

    def collection(self, key: str, **values: Any) -> None:
        """Make a collection, or change its title, `enabled` or `starter`."""
        known = self._has(t.collections, {"id": key})
        if known and not values:
            return
        self._found = True
        made = {"title": key, "enabled": True, "starter": False, "created": datetime.now(UTC)}
        self._upsert(t.collections, {"id": key}, values if known else {**made, **values})

    def source(
        self,
        source: Source,
        collection: str,
        *,
        confirmed: bool = False,
        suggested: bool = False,
    ) -> None:
        """Put a source, with all its metadata, into a collection."""
        self._found = True
        values = source.model_dump(mode="json", exclude={"id"})
        flags = {"confirmed": confirmed, "suggested": suggested}
        self._upsert(t.sources, {"id": source.id}, {**values, **flags})
        self.member(source.id, collection)

    def member(self, source: str, collection: str) -> None:
        """Put a known source into one more collection."""
        self._found = True
        self._upsert(t.members, {"collection": collection, "source": source}, {})

    def rename_source(self, old: str, new: str) -> None:
        """Give a source another id; its documents and collections go with it."""
        self._found = True
        row = self._connection.execute(select(t.sources).filter_by(id=old)).one()
        self._connection.execute(t.sources.insert().values(**{**row._mapping, "id": new}))
        for table in (t.members, t.documents):
            change = update(table).where(table.c.source == old).values(source=new)
            self._connection.execute(change)
        self._connection.execute(delete(t.sources).filter_by(id=old))

    def document(self, new: NewDocument, *, replaces: int | None = None) -> int:
        """Store a document; one that it replaces keeps its id, and its passages as a version."""
        self._found = True
        values: dict[str, Any] = {
            "collection": new.collection,
            "source": new.source,
            "name": new.name,
            "origin": new.origin,
            "sha256": new.sha256,
            "media": new.media,
            "title": new.title,
            "language": new.language,
            "pages": new.pages,
            "text": new.text,
            "sketch": new.sketch,
            "warnings": list(new.warnings),
            "hidden": list(new.hidden),
            "copy_of": new.copy_of,
            "imported": datetime.now(UTC),
        }
        if replaces is None:
            made = t.documents.insert().values(**values, version=1)
            row = self._connection.execute(made).inserted_primary_key
            key = int(row[0]) if row else 0
        else:
            key = replaces
            values["version"] = self._archive(key) + 1
            self._connection.execute(update(t.documents).filter_by(id=key).values(**values))
            self._connection.execute(delete(t.passages).filter_by(document=key))
        self._passages(key, new.passages, new.facts)
        return key

    def moved(self, document: int, origin: str, name: str) -> None:
        """The same content is now found at another place."""
        change = update(t.documents).filter_by(id=document).values(origin=origin, name=name)
        self._connection.execute(change)

    def remove_document(self, document: int) -> None:
        """Take out a document; the first of its copies takes its place."""
        self._found = True
        heir = self._connection.execute(
            select(t.documents.c.id).filter_by(copy_of=document).order_by(t.documents.c.id)
        ).scalar()
        if heir is not None:
            self._inherit(document, int(heir))
        self._connection.execute(delete(t.passages).filter_by(document=document))
        self._connection.execute(delete(t.versions).filter_by(document=document))
        self._connection.execute(delete(t.documents).filter_by(id=document))

    def remove_source(self, source: str, collection: str | None = None) -> None:
        """Take a source out of one collection, or of all; without any, it is gone."""
        self._found = True
        within = {"source": source} | ({"collection": collection} if collection else {})
        held = select(t.documents.c.id).filter_by(**within)
        # Copies first: none of them is to take the place of a document that goes too.
        order = held.order_by(t.documents.c.copy_of.is_(None), t.documents.c.id)
        for key in self._connection.execute(order).scalars().all():
            self.remove_document(int(key))
        self._connection.execute(delete(t.members).filter_by(**within))
        if not self._has(t.members, {"source": source}):
            self._connection.execute(delete(t.sources).filter_by(id=source))

    def remove_collection(self, collection: str) -> None:
        """Take out a collection and every source that no other collection has."""
        self._found = True
        members = select(t.members.c.source).filter_by(collection=collection)
        for source in self._connection.execute(members).scalars().all():
            self.remove_source(str(source), collection)
        self._connection.execute(delete(t.imports).filter_by(collection=collection))
        self._connection.execute(delete(t.collections).filter_by(id=collection))

    def log(self, collection: str, origin: str, sha256: str, report: FileReport) -> None:
        """Keep what became of a file."""
        values = {
            "sha256": sha256,
            "outcome": report.outcome,
            "message": report.message,
            "at": datetime.now(UTC),
        }
        self._upsert(t.imports, {"collection": collection, "origin": origin}, values)

    def finish(self) -> None:
        """Count up the revision if anything that can be found has changed."""
        if self._found:
            found = select(t.library.c.value).filter_by(key=REVISION)
            revision = int(self._connection.execute(found).scalar() or 0)
            self.note(REVISION, str(revision + 1))

    def _inherit(self, document: int, heir: int) -> None:
        """The first copy is no copy any more, so that its passages are found."""
        copies = update(t.documents).filter_by(copy_of=document)
        self._connection.execute(copies.values(copy_of=heir))
        self._connection.execute(update(t.documents).filter_by(id=heir).values(copy_of=None))

    def _archive(self, document: int) -> int:
        """Keep the passages of a document as a version; returns its number."""
        columns = (t.documents.c.version, t.documents.c.sha256, t.documents.c.name)
        row = self._connection.execute(
            select(*columns, t.documents.c.imported).filter_by(id=document)
        ).one()
        kept = (t.passages.c.id, t.passages.c.text, t.passages.c.locator)
        held = select(*kept).filter_by(document=document).order_by(t.passages.c.position)
        passages = [dict(p._mapping) for p in self._connection.execute(held)]
        values = {**row._mapping, "passages": passages, "document": document}
        self._connection.execute(t.versions.insert().values(**values))
        return int(row.version)

    def _passages(
        self,
        document: int,
        passages: Sequence[Passage],
        facts: dict[str, tuple[str, ...]],
    ) -> None:
        rows = []
        for position, passage in enumerate(passages):
            row = passage.model_dump(mode="json", exclude={"source", "document"})
            extra = {"document": document, "position": position}
            rows.append({**row, **extra, "facts": list(facts.get(passage.id, ()))})
        if rows:
            self._connection.execute(t.passages.insert(), rows)

    def _has(self, table: Table, key: dict[str, Any]) -> bool:
        count = select(func.count()).select_from(table).filter_by(**key)
        return bool(self._connection.execute(count).scalar())

    def _upsert(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        if not self._has(table, key):
            self._connection.execute(table.insert().values(**key, **values))
        elif values:
            self._connection.execute(update(table).filter_by(**key).values(**values))
