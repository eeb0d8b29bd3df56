"""Which source a new document belongs to, and whether its text is there already."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from knowledge.document_types import Document
from knowledge.duplicates import SAME_WORK, Likeness, Sketches
from knowledge.records import Records
from knowledge.types import Entry, Source, StoredDocument
from knowledge.works import described, find_work, slug, source_id

STARTER = "starter"


class Place(NamedTuple):
    """Where a document goes; `said` tells a person why, where that is not plain.

    `new` means that the source is not in the records yet; `copy_of` names the stored document
    that says the same.
    """

    source: Source
    new: bool
    copy_of: int | None = None
    said: str = ""


class Holdings:
    """What the records hold, as far as new documents of one collection are compared with it."""

    def __init__(self, records: Records, collection: str) -> None:
        self.collection = collection
        self.entries = {entry.source.id: entry for entry in records.entries()}
        self.files: dict[str, str] = {}  # small name of a file -> source, as reading lists say
        self._sketches = Sketches(records.sketches())
        self._documents = {d.id: d for d in records.documents()}
        own = [d for d in self._documents.values() if d.collection == collection]
        self._by_content = {d.sha256: d for d in own}
        self._by_origin = {d.origin: d for d in own}

    def by_content(self, sha256: str) -> StoredDocument | None:
        """The document with exactly this content."""
        return self._by_content.get(sha256)

    def by_origin(self, origin: str) -> StoredDocument | None:
        """The document that was imported from this place."""
        return self._by_origin.get(origin)

    def learn(self, entry: Entry) -> None:
        """A source was stored or changed."""
        self.entries[entry.source.id] = entry

    def stored(self, document: StoredDocument, sketch: bytes | None) -> None:
        """A document was stored; without a sketch, its text is as it was."""
        old = self._documents.get(document.id)
        if old is not None:
            self._by_content.pop(old.sha256, None)
            self._by_origin.pop(old.origin, None)
        self._documents[document.id] = document
        self._by_content[document.sha256] = document
        self._by_origin[document.origin] = document
        if sketch is None:
            return
        self._sketches.drop(document.id)
        if not document.copy_of:
            self._sketches.add(document.id, sketch)

    def listed(self, wanted: Source) -> Entry | None:
        """The entry for a reference of a reading list, if its work is here already."""
        for entry in self.entries.values():
            other = entry.source
            if (other.title, other.authors, other.year) == (
                wanted.title,
                wanted.authors,
                wanted.year,
            ):
                return entry
        found = find_work(wanted, (entry.source for entry in self.entries.values()))
        return self.entries[found[0].id] if found else None

    def place(self, document: Document, sketch: bytes, replaced: StoredDocument | None) -> Place:
        """The source of a document: the one it had, one with the same text, the same work, or new."""
        mine = replaced.id if replaced else None
        others = {key for key in self._documents if key != mine}
        own = {key for key in others if self._documents[key].collection == self.collection}
        near = self._sketches.nearest(sketch, among=own)
        near = near or self._sketches.nearest(sketch, among=others)
        if replaced is not None:
            # One that has copies of its own never becomes one: their text would be found no more.
            known = self.entries[replaced.source].source
            if near is None or not replaced.copy_of:
                return Place(known, False)
            return self._beside(known, near, "")._replace(said="")
        if near is not None:
            other = self._documents[near.key]
            said = f"{_share(near)} '{other.name}': one source"
            return self._beside(self.entries[other.source].source, near, said)
        found = self._work(document)
        if found is None:
            new = described(document)
            return Place(new.model_copy(update={"id": source_id(new, self.entries)}), True)
        return self._of_work(*found, sketch, others)

    def _work(self, document: Document) -> tuple[Source, str] | None:
        file = PurePath(document.name).name
        listed = self.entries.get(self.files.get(file.lower(), ""))
        if listed is not None:
            return listed.source, "named by the reading list"
        named = self.entries.get(slug(PurePath(file).stem))
        if named is not None and not named.documents:
            return named.source, f"named after '{named.source.id}' of the reading list"
        return find_work(described(document), (entry.source for entry in self.entries.values()))

    def _of_work(self, source: Source, reason: str, sketch: bytes, among: set[int]) -> Place:
        """A document of a known work: a copy where its text is much the same as one that is there."""
        same = {key for key in among if self._documents[key].source == source.id}
        near = self._sketches.nearest(sketch, least=SAME_WORK, among=same)
        said = f"{reason} as '{source.id}'" if reason.startswith("same") else reason
        if near is None:
            return Place(source, False, None, f"{said}: one source" if same else said)
        other = self._documents[near.key].name
        return self._beside(source, near, f"{said}, text as in '{other}': one source")

    def _beside(self, source: Source, near: Likeness, said: str) -> Place:
        """A document beside one that says the same: a copy, unless another collection has that."""
        other = self._documents[near.key]
        if other.collection != self.collection or other.source != source.id:
            return Place(source, False, None, said)
        return Place(source, False, near.key, f"{said}, cited once")


def starts_with_program(entry: Entry) -> bool:
    """Whether a source is of the starter corpus, whose metadata the program brings along."""
    return STARTER in entry.collections


def filled(source: Source, more: Source) -> Source:
    """The source with what it lacks taken from another description of the same work."""
    lacking = ("authors", "year", "venue", "kind", "doi", "arxiv", "identifier", "url", "licence")
    found = {name: getattr(more, name) for name in lacking if not getattr(source, name)}
    return source.model_copy(update={name: value for name, value in found.items() if value})


def corrected(source: Source, reference: Source) -> Source:
    """The source as a reading list has it; roles and the id stay, topics are joined."""
    said = {
        name: value
        for name, value in reference.model_dump(exclude={"id", "roles", "topics"}).items()
        if value
    }
    topics = tuple(dict.fromkeys((*source.topics, *reference.topics)))
    return source.model_copy(update={**said, "topics": topics})


def _share(near: Likeness) -> str:
    return "the same text as" if near.exact else f"{near.share:.0%} the same text as"
