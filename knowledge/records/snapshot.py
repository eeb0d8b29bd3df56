"""What can be found, read from the records in one go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from knowledge.corpus import Corpus, content_hash
from knowledge.records import tables as t
from knowledge.records.changes import REVISION
from knowledge.types import Passage, Source

_LISTS = ("authors", "roles", "topics")
_OWN = ("key", "document", "position")  # columns that no passage shows


def read_corpus(connection: Connection) -> tuple[Corpus, int]:
    """The passages of the collections that are enabled, and the revision of the records.

    Text that several documents have is one passage, of the starter or the oldest document;
    a passage without roles or topics has those of its source.
    """
    counted = connection.execute(select(t.library.c.value).filter_by(key=REVISION)).scalar()
    member = (
        select(t.members.c.source)
        .join(t.collections, t.collections.c.id == t.members.c.collection)
        .where(t.collections.c.enabled)
    )
    chosen = select(t.sources).where(t.sources.c.id.in_(member)).order_by(t.sources.c.id)
    sources = {row.id: source_of(row) for row in connection.execute(chosen)}
    found: dict[str, Passage] = {}
    facts: dict[str, tuple[str, ...]] = {}
    places: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(_findable()):
        if row.id not in found:
            found[row.id] = passage_of(row, sources[row.source])
            places[row.id] = (row.collection,)
            if row.facts:
                facts[row.id] = tuple(row.facts)
        elif row.collection not in places[row.id]:
            places[row.id] = (*places[row.id], row.collection)
    passages = tuple(found[key] for key in sorted(found))
    corpus = Corpus(
        sources=sources,
        passages=passages,
        hash=content_hash(sources, passages),
        facts=facts,
        collections=places,
    )
    return corpus, int(counted or 0)


def passage_rows() -> Select[Any]:
    """Passages with their source, collection and file, in the order of the documents."""
    return (
        select(
            *(column for column in t.passages.c if column.name not in _OWN),
            t.documents.c.source,
            t.documents.c.collection,
            t.documents.c.name.label("file"),
        )
        .join(t.documents, t.documents.c.id == t.passages.c.document)
        .order_by(t.passages.c.document, t.passages.c.position)
    )


def _findable() -> Select[Any]:
    return (
        passage_rows()
        .join(t.collections, t.collections.c.id == t.documents.c.collection)
        .where(t.collections.c.enabled, t.documents.c.copy_of.is_(None))
        .order_by(None)
        .order_by(t.collections.c.starter.desc(), t.documents.c.id, t.passages.c.position)
    )


def passage_of(row: Row[Any], source: Source | None) -> Passage:
    """The passage of a row; labels that it lacks are those of the source, if one is given."""
    # What the database holds was validated when it was put in; 100,000 passages open faster so.
    return Passage.model_construct(
        id=row.id,
        source=row.source,
        text=row.text,
        kind=row.kind,
        locator=row.locator,
        evidence=row.evidence,
        roles=tuple(row.roles) or (source.roles if source else ()),
        topics=tuple(row.topics) or (source.topics if source else ()),
        note=row.note,
        document=row.file if row.kind == "excerpt" else "",
        page=row.page,
        start=row.start,
        end=row.end,
        heading=tuple(row.heading),
    )


def source_of(row: Row[Any]) -> Source:
    """The source of a row."""
    values = {name: getattr(row, name) for name in Source.model_fields}
    return Source(**{**values, **{name: tuple(values[name]) for name in _LISTS}})
