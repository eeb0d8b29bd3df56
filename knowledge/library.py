"""The door to the knowledge base: records, index and search as one thing."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from knowledge import index, index_server
from knowledge.corpus import Corpus
from knowledge.documents import Reader
from knowledge.editing import edited
from knowledge.embedding import LocalEmbedder, Vectors
from knowledge.errors import NotAllowed, NotInLibrary
from knowledge.exchange import export_collection, keep_originals, read_collection
from knowledge.importing import Importer, Labels, Told, found_in
from knowledge.index_rows import collection_name
from knowledge.originals import Originals
from knowledge.placing import STARTER, starts_with_program
from knowledge.records import Records, open_records
from knowledge.search import Search
from knowledge.starter import keep_removed, removed_sources, restore_starter, sync_starter
from knowledge.takeover import take_over
from knowledge.types import (
    Collection,
    Entry,
    Explanation,
    FileReport,
    Filter,
    Hit,
    ImportReport,
    Passage,
    StoredDocument,
)
from knowledge.vector_cache import CachedEmbedder

COURSE = "course"

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")

Hits = list[Hit]


def _nothing(*_: object) -> None:
    pass


class Library:
    """Everything a person or a program does with the knowledge base.

    The records are the truth; search works on what they hold at that moment, in every process.
    The index is brought up to date by whoever writes, and at the next opening otherwise.
    """

    def __init__(
        self,
        home: Path,
        records: Records,
        embedder: Vectors,
        *,
        progress: index.Progress | None = None,
        chroma_url: str | None = None,
        mend: bool = True,
    ) -> None:
        self._home = home
        self._records = records
        self._embedder = embedder
        self._progress = progress
        self._chroma_url = chroma_url
        self._mend = mend
        self._originals = Originals(home / "uploads")
        self._opening = RLock()
        self._search: Search | None = None
        self._revision = -1

    # What can be found.

    @property
    def corpus(self) -> str:
        """Content hash of everything that can be found."""
        return self.current().corpus

    @property
    def revision(self) -> int:
        """Counts the changes of what can be found; all processes see the same number."""
        return self._records.revision()

    def current(self) -> Search:
        """The search over what the records hold now; opened at the first call."""
        with self._opening:
            if self._search is None:
                corpus, self._revision = self._records.corpus()
                self._search = Search(corpus, self._vectors(corpus), self._embedder)
            elif self._records.revision() != self._revision:
                corpus, self._revision = self._records.corpus()
                self._search.update(corpus, {})
            return self._search

    def search(
        self,
        query: str,
        *,
        role: str | None = None,
        limit: int = 5,
        within: Filter | None = None,
    ) -> Hits:
        """The closest passages first; see `knowledge.search.Search.search`."""
        return self.current().search(query, role=role, limit=limit, within=within)

    def search_many(
        self,
        queries: Sequence[tuple[str, str | None]],
        *,
        limit: int = 5,
        within: Filter | None = None,
    ) -> Sequence[Hits]:
        """The hits of many pairs of query and role, in their order."""
        return self.current().search_many(queries, limit=limit, within=within)

    def explain(
        self,
        query: str,
        *,
        role: str | None = None,
        limit: int = 5,
        within: Filter | None = None,
    ) -> Sequence[Explanation]:
        """The hits of `search`, each with why it stands where it does."""
        return self.current().explain(query, role=role, limit=limit, within=within)

    # What there is.

    def collections(self) -> tuple[Collection, ...]:
        """All collections, the starter corpus first."""
        return self._records.collections()

    def list(self, collection: str | None = None) -> tuple[Entry, ...]:
        """All sources by id, or those of one collection."""
        if collection is not None:
            self._known(collection)
        return self._records.entries(collection=collection)

    def show(self, source: str) -> Entry:
        """One source with its documents. Raises `NotInLibrary`."""
        found = self._records.entries(source=source)
        if not found:
            raise NotInLibrary(f"There is no source '{source}'.")
        return found[0]

    def passages(self, source: str) -> tuple[Passage, ...]:
        """The passages of a source, document by document, copies left out."""
        documents = (d for d in self.show(source).documents if not d.copy_of)
        return tuple(p for document in documents for p in self._records.passages(document.id))

    def text(self, document: StoredDocument) -> str:
        """The whole extracted text of a document; empty for summaries."""
        return self._records.text(document.id)

    def original(self, document: StoredDocument) -> Path | None:
        """The file as it was imported, if it is here."""
        path = self._originals.path(document.sha256, document.media)
        return path if path.is_file() else None

    def outcomes(self, collection: str) -> tuple[FileReport, ...]:
        """What became last of every file that was imported into a collection."""
        return self._records.outcomes(collection)

    def earlier(self, passage: str) -> tuple[dict[str, str], ...]:
        """Text and place of a passage in earlier versions of documents."""
        return self._records.earlier(passage)

    # What changes it.

    def add(
        self,
        paths: Iterable[Path],
        *,
        collection: str = COURSE,
        labels: Labels | None = None,
        told: Told = _nothing,
    ) -> ImportReport:
        """Import files, folders, archives and reading lists into a collection.

        What was imported before and has not changed is skipped at once, so an import that was
        interrupted goes on where it stopped.

        Raises:
            RecordsBusy: another process is changing the knowledge base.
            RecordsUnusable: nothing can be stored (any more); what was stored stays.
        """
        self._own(collection)
        with self._records.alone():
            self._tidy()
            with Reader() as reader, found_in(paths) as files:
                importer = Importer(
                    self._records,
                    self._originals,
                    reader,
                    collection,
                    labels or Labels(),
                    self._prepare,
                )
                report = importer.run(files, told)
            self._tidy()
        self._sync()
        return report

    def edit(self, source: str, *, confirmed: bool = True, **values: Any) -> Entry:
        """Change metadata of a source (fields of `Source`, but not its id) and confirm it.

        Raises:
            NotInLibrary: there is no such source.
            NotAllowed: a field does not exist or a value does not fit, or the source is of the
                starter corpus.
        """
        with self._records.alone():
            entry = edited(self.show(source), values, confirmed=confirmed)
            flags = {"confirmed": entry.confirmed, "suggested": entry.suggested}
            with self._records.change() as change:
                for collection in entry.collections:
                    change.source(entry.source, collection, **flags)
        self._sync()
        return self.show(source)

    def remove(self, source: str, *, collection: str | None = None) -> None:
        """Take a source out of one collection, or of all; it is found no more from now on.

        Raises:
            NotInLibrary: there is no such source, or not in that collection.
        """
        with self._records.alone():
            entry = self.show(source)
            if collection is not None and collection not in entry.collections:
                raise NotInLibrary(f"The collection '{collection}' has no source '{source}'.")
            with self._records.change() as change:
                change.remove_source(source, collection)
                if starts_with_program(entry) and collection in (None, STARTER):
                    keep_removed(change, removed_sources(self._records) | {source})
            self._tidy()
        self._sync()

    def restore_starter(self) -> None:
        """Bring back the sources that were taken out of the starter corpus."""
        with self._records.alone():
            restore_starter(self._records)
        self._sync()

    def set_collection(
        self, collection: str, *, title: str | None = None, enabled: bool | None = None
    ) -> Collection:
        """Make a collection, or change its title, or switch it on or off."""
        if collection != STARTER:
            self._own(collection)
        given = {"title": title, "enabled": enabled}
        values = {key: value for key, value in given.items() if value is not None}
        with self._records.alone(), self._records.change() as change:
            change.collection(collection, **values)
        self._sync()
        return self._known(collection)

    def remove_collection(self, collection: str) -> None:
        """Take out a collection with every source that no other collection has."""
        self._own(collection)
        self._known(collection)
        with self._records.alone():
            with self._records.change() as change:
                change.remove_collection(collection)
            self._tidy()
        self._sync()

    def export(self, collection: str, path: Path) -> tuple[int, int]:
        """Write a collection to one file; the number of documents, and of originals in it."""
        self._own(collection)
        return export_collection(self._records, self._originals, collection, path)

    def take_in(self, path: Path, *, collection: str | None = None) -> ImportReport:
        """Put a collection file into the collection that it names, or into another.

        Raises:
            ArchiveError: the file is not sound; nothing of it was taken over.
        """
        content = read_collection(path)
        name = collection or content.manifest.id
        self._own(name)
        scratch = tempfile.TemporaryDirectory(prefix="knowledge-")
        with self._records.alone(), scratch as folder:
            try:
                keep_originals(path, content, self._originals, Path(folder))
                report = take_over(self._records, content, name)
            finally:
                self._tidy()
        self._sync()
        return report

    def reindex(self) -> int:
        """Build the index anew from the records; returns how many passages it holds."""
        with self._opening:
            if self._chroma_url:
                index_server.forget(self._chroma_url, self._name(), self._embedder)
            else:
                index.forget(self._directory())
            self._search, self._mend = None, True
            return len(self.current().passages)

    def matches(self) -> bool:
        """Whether the local index is whole, and of exactly what the records hold."""
        corpus, _ = self._records.corpus()
        return index.matches(self._directory(), corpus, self._embedder)

    def close(self) -> None:
        """Give back the database's connections."""
        self._records.close()

    # How it is kept.

    def _vectors(self, corpus: Corpus) -> NDArray[np.float32]:
        if self._chroma_url:
            return index_server.server_vectors(
                self._chroma_url, self._name(), corpus, self._embedder, progress=self._progress
            )
        opened = index.open_vectors if self._mend else index.current_vectors
        return opened(self._directory(), corpus, self._embedder, progress=self._progress)

    def _directory(self) -> Path:
        """Where this model's index is: another model has another one, beside it."""
        return self._home / "index" / collection_name(self._embedder.model)

    def _name(self) -> str:
        """A name for this library among those on a shared Chroma server."""
        if self._records.noted("name") is None:
            with self._records.change() as change:
                change.note_once("name", f"library-{uuid.uuid4().hex[:12]}")
        return str(self._records.noted("name"))

    def _sync(self) -> None:
        """The index follows a change at once where this process may write it."""
        if self._mend:
            with self._opening:
                corpus, _ = self._records.corpus()
                self._vectors(corpus)

    def _prepare(self, texts: Sequence[str]) -> None:
        """Embed now what the index will need, so that a cache keeps it if the run is cut short."""
        self._embedder.embed(texts)

    def _tidy(self) -> None:
        held = self._records.contents()
        self._originals.tidy({sha256 for values in held.values() for sha256 in values})

    def _known(self, collection: str) -> Collection:
        found = [held for held in self._records.collections() if held.id == collection]
        if not found:
            raise NotInLibrary(f"There is no collection '{collection}'.")
        return found[0]

    def _own(self, collection: str) -> None:
        """Raises `NotAllowed` for a name that no collection of a person's own may have."""
        if collection == STARTER:
            raise NotAllowed("The starter corpus follows the program: choose another collection.")
        if not _ID.fullmatch(collection):
            raise NotAllowed(
                f"'{collection[:80]}' cannot name a collection.",
                hint="Use small letters, digits and hyphens, at most 80.",
            )


def open_library(
    home: Path,
    *,
    engine: Engine | None = None,
    embedder: Vectors | None = None,
    progress: index.Progress | None = None,
    chroma_url: str | None = None,
    mend: bool = True,
) -> Library:
    """The knowledge base kept in `home`, made there at the first call.

    Args:
        home: has the database (unless `engine` is given), the index, originals and vectors.
        engine: another database, such as a shared Postgres.
        embedder: the packaged local model by default.
        progress: called with passages done and all passages while the index is built.
        chroma_url: a Chroma server for the index, instead of a directory in `home`.
        mend: bring the index up to date where it is not; False for who may only read it.

    Raises:
        KnowledgeError: the records or the index cannot be used; the message says why.
    """
    records = open_records(home, engine)
    sync_starter(records)
    chosen = embedder or CachedEmbedder(LocalEmbedder(), home / "vectors.sqlite3")
    return Library(home, records, chosen, progress=progress, chroma_url=chroma_url, mend=mend)
