"""The starter corpus in the records: it follows the program, whatever else they hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from knowledge.corpus import PACKAGED, Corpus, load_corpus
from knowledge.placing import STARTER
from knowledge.records import Change, NewDocument, Records
from knowledge.types import Entry, Passage, Source, StoredDocument
from knowledge.works import free_id, same_work

_HASH = "starter"
_REMOVED = "starter-removed"
_TITLE = "Starter corpus"


def sync_starter(records: Records, directory: Path = PACKAGED) -> bool:
    """Bring the starter collection to the state of the packaged files; returns whether it changed.

    Everything is one transaction. Sources that a person took out stay out, and a source of a
    person's own that has the id of a new one keeps its metadata under another id.
    """
    state = _digest(directory)
    if records.noted(_HASH) == state:
        return False
    corpus = load_corpus(directory)
    with records.opening():
        if records.noted(_HASH) != state:  # another process may have been faster
            _sync(records, corpus, state)
    return True


def _sync(records: Records, corpus: Corpus, state: str) -> None:
    removed = removed_sources(records)
    entries = {entry.source.id: entry for entry in records.entries()}
    held = {d.source: d for d in records.documents(collection=STARTER)}
    with records.change() as change:
        change.collection(STARTER, title=_TITLE, starter=True)
        for source in corpus.sources.values():
            if source.id not in removed:
                _put(change, source, corpus, entries, held.get(source.id))
        for key, entry in entries.items():
            if STARTER in entry.collections and key not in corpus.sources:
                change.remove_source(key, STARTER)
        change.note(_HASH, state)


def removed_sources(records: Records) -> set[str]:
    """Sources of the starter corpus that a person took out."""
    return set(json.loads(records.noted(_REMOVED) or "[]"))


def keep_removed(change: Change, removed: set[str]) -> None:
    """Remember which sources of the starter corpus are to stay out."""
    change.note(_REMOVED, json.dumps(sorted(removed)))


def restore_starter(records: Records) -> None:
    """Bring back what was taken out of the starter corpus."""
    with records.change() as change:
        keep_removed(change, set())
        change.note(_HASH, "")
    sync_starter(records)


def _put(
    change: Change,
    source: Source,
    corpus: Corpus,
    entries: dict[str, Entry],
    held: StoredDocument | None,
) -> None:
    own = entries.get(source.id)
    other = own is not None and STARTER not in own.collections
    if own is not None and other and not same_work(own.source, source):
        taken = entries.keys() | corpus.sources.keys()
        change.rename_source(own.source.id, free_id(source.id, taken))
    change.source(source, STARTER, confirmed=True)
    passages = tuple(p for p in corpus.passages if p.source == source.id)
    sha256 = _content(source, passages)
    if not passages:
        if held is not None:
            change.remove_document(held.id)
        return
    if held is not None and held.sha256 == sha256:
        return
    new = NewDocument(
        collection=STARTER,
        source=source.id,
        name=source.title,
        origin=f"starter:{source.id}",
        sha256=sha256,
        media="summary",
        passages=passages,
        title=source.title,
        language="en",
        facts={p.id: corpus.facts.get(p.id, ()) for p in passages},
    )
    change.document(new, replaces=held.id if held else None)


def _content(source: Source, passages: tuple[Passage, ...]) -> str:
    content = [source.id, *(passage.model_dump_json() for passage in passages)]
    return hashlib.sha256("\0".join(content).encode("utf-8", "surrogatepass")).hexdigest()


def _digest(directory: Path) -> str:
    """Hash over the corpus's files, which takes a millisecond; loading them takes a second."""
    digest = hashlib.sha256()
    for file in sorted(directory.rglob("*.yaml")):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(directory).as_posix()}\0{content}\0".encode())
    return f"sha256:{digest.hexdigest()}"
