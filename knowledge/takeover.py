"""The content of a collection file put into the records, all of it or nothing."""

from __future__ import annotations

from dataclasses import replace

from knowledge.errors import NotAllowed
from knowledge.exchange import Content, DocumentLine, SourceLine
from knowledge.placing import starts_with_program
from knowledge.records import Change, NewDocument, Records
from knowledge.types import Entry, FileReport, ImportReport, Passage
from knowledge.works import find_work, free_id


def take_over(records: Records, content: Content, collection: str) -> ImportReport:
    """Put the content of a collection file into a collection, in one transaction.

    Documents that the collection has already are left alone; a source that the library knows,
    by its id or as the same work, keeps the metadata that the library has.

    Raises:
        NotAllowed: the collection is the starter corpus.
    """
    known = {held.id: held for held in records.collections()}
    if collection in known and known[collection].starter:
        raise NotAllowed(f"The collection '{collection}' follows the program; choose another name.")
    entries = {entry.source.id: entry for entry in records.entries()}
    there = {d.sha256: d for d in records.documents(collection=collection)}
    reports: list[FileReport] = []
    stored: dict[int, int] = {}
    with records.change() as change:
        if collection not in known:
            change.collection(collection, title=content.manifest.title or collection)
        names = {
            key: _source(change, line, entries, collection) for key, line in content.sources.items()
        }
        # Copies last: what they repeat is there then.
        for line in sorted(content.documents, key=lambda d: (d.copy_of is not None, d.number)):
            source = names[line.source]
            held = there.get(line.sha256)
            if held is not None:
                stored[line.number] = held.id
                said = f"{line.name} is stored already."
                reports.append(
                    FileReport(file=line.name, outcome="unchanged", message=said, source=source)
                )
                continue
            passages = content.passages[line.number]
            new = _document(line, passages, content.sketch(line), source, collection)
            copy = stored.get(line.copy_of) if line.copy_of is not None else None
            stored[line.number] = change.document(replace(new, copy_of=copy))
            reports.append(_added(line, source, len(passages)))
    return ImportReport(collection=collection, files=tuple(reports))


def _source(change: Change, line: SourceLine, entries: dict[str, Entry], collection: str) -> str:
    """The id under which the library has the source from now on."""
    wanted = line.source
    found = find_work(wanted, (entry.source for entry in entries.values()))
    same = entries.get(wanted.id)
    if same is not None and same.source.title == wanted.title:
        found = (same.source, "same id")
    if found is not None:
        entry = entries[found[0].id]
        better = line.confirmed and not entry.confirmed and not starts_with_program(entry)
        if better:
            source = wanted.model_copy(update={"id": entry.source.id})
            change.source(source, collection, confirmed=True)
            entries[source.id] = Entry(source=source, confirmed=True)
        else:
            change.member(entry.source.id, collection)
        return entry.source.id
    source = wanted.model_copy(update={"id": free_id(wanted.id, entries)})
    flags = {"confirmed": line.confirmed, "suggested": line.suggested}
    change.source(source, collection, **flags)
    entries[source.id] = Entry(source=source, confirmed=line.confirmed)
    return source.id


def _document(
    line: DocumentLine,
    passages: tuple[Passage, ...],
    sketch: bytes,
    source: str,
    collection: str,
) -> NewDocument:
    return NewDocument(
        collection=collection,
        source=source,
        name=line.name,
        origin=f"{collection}:{line.sha256}",
        sha256=line.sha256,
        media=line.media,
        passages=passages,
        title=line.title,
        language=line.language,
        pages=line.pages,
        text=line.text,
        sketch=sketch,
        warnings=line.warnings,
        hidden=line.hidden,
    )


def _added(line: DocumentLine, source: str, passages: int) -> FileReport:
    copy = line.copy_of is not None
    return FileReport(
        file=line.name,
        outcome="copy" if copy else "added",
        message=f"{line.name} was {'kept as a copy' if copy else f'added with {passages} passages'}.",
        source=source,
        passages=0 if copy else passages,
        warnings=line.warnings,
        hidden=line.hidden,
    )
