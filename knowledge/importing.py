"""Files into records: one transaction a document, so that a run can stop anywhere and go on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from knowledge.archives import Problem, expand
from knowledge.bibliography import ENDINGS, Reference, read_reading_list
from knowledge.document_types import Document, Limits
from knowledge.documents import Reader, printable
from knowledge.duplicates import sketch
from knowledge.errors import BibliographyError, DocumentError, KnowledgeError
from knowledge.originals import FileChanged, Originals, content_hash
from knowledge.passages import embedded_text, excerpts
from knowledge.placing import Holdings, Place, corrected, filled, starts_with_program
from knowledge.records import Change, NewDocument, Records
from knowledge.types import Entry, FileReport, ImportReport, Outcome, Passage, StoredDocument
from knowledge.works import described, free_id, source_id

_LIMITS = Limits()

Suggest = Callable[[Sequence[str]], tuple[Sequence[str], Sequence[str]]]
"""Roles and topics for a source, from the texts of its passages."""

Told = Callable[[int, int, str], None]
"""Called with files done, all files, and the name of the one that is next."""

Prepare = Callable[[Sequence[str]], None]
"""Called with texts that will be embedded, before the document is stored."""


class Found(NamedTuple):
    """A file to import; `origin` stays the same from run to run.

    It is the file's path, and for a member of an archive the archive's path and what follows.
    """

    path: Path
    origin: str
    name: str


@contextlib.contextmanager
def found_in(
    paths: Iterable[Path], limits: Limits = _LIMITS
) -> Iterator[Iterator[Found | FileReport]]:
    """The files at these places; what is unpacked of archives is there until the end."""
    with contextlib.ExitStack() as stack:

        def found() -> Iterator[Found | FileReport]:
            for path in paths:
                root, name = str(path.resolve()), path.name or str(path)
                for item in stack.enter_context(expand([path], limits=limits)):
                    shown = printable(item.name, 300)
                    if isinstance(item, Problem):
                        yield FileReport(file=shown, outcome="refused", message=item.message)
                    else:
                        yield Found(item.path, root + item.name.removeprefix(name), shown)

        yield found()


@dataclass(frozen=True)
class Labels:
    """What the person who imports says of the sources; `suggest` is asked where roles are missing."""

    roles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    licence: str = ""
    suggest: Suggest | None = None


def _nothing(*_: object) -> None:
    pass


@dataclass
class Importer:
    """One import into one collection; the caller holds the writer's lock."""

    records: Records
    originals: Originals
    reader: Reader
    collection: str
    labels: Labels = field(default_factory=Labels)
    prepare: Prepare = _nothing

    def __post_init__(self) -> None:
        with self.records.change() as change:
            change.collection(self.collection)
        self._held = Holdings(self.records, self.collection)

    def run(self, files: Iterable[Found | FileReport], told: Told = _nothing) -> ImportReport:
        """Import files in their order, reading lists first; a file that fails costs itself only.

        Raises:
            RecordsUnusable: nothing can be stored any more; what was stored stays.
        """
        every = list(files)
        found = sorted(
            (file for file in every if isinstance(file, Found)),
            key=lambda file: not file.name.lower().endswith(ENDINGS),
        )
        reports = [file for file in every if isinstance(file, FileReport)]
        for done, file in enumerate(found):
            told(done, len(found), file.name)
            reports.append(self._one(file))
        told(len(found), len(found), "")
        return ImportReport(collection=self.collection, files=tuple(reports))

    def _one(self, file: Found) -> FileReport:
        listed = file.name.lower().endswith(ENDINGS)
        try:
            return self._reading_list(file) if listed else self._document(file)
        except (BibliographyError, DocumentError) as error:
            return self._refused(file, error)

    def _refused(self, file: Found, error: KnowledgeError) -> FileReport:
        report = _report(file, "refused", error.message)
        with self.records.change() as change:
            change.log(self.collection, file.origin, "", report)
        return report

    def _document(self, file: Found) -> FileReport:
        try:
            sha256 = content_hash(file.path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise DocumentError(f"{file.name} cannot be read: {reason}.") from error
        known = self._held.by_content(sha256)
        if known is not None:
            return self._unchanged(file, known)
        document = self.reader.read(file.path, name=file.name)
        if document.sha256 != sha256:
            raise _changed(file)
        return self._stored(file, clean(document.model_copy(update={"name": _base(file)})))

    def _unchanged(self, file: Found, known: StoredDocument) -> FileReport:
        same = known.origin == file.origin
        said = "is stored already." if same else f"is stored already, as '{known.name}'."
        entry = self._held.entries[known.source]
        labelled = entry if starts_with_program(entry) else given(entry, self.labels)
        if labelled != entry:
            with self.records.change() as change:
                self._put(change, labelled)
            self._held.learn(labelled)
            said = "is stored already; its labels were added."
        elif not same and not _there(Path(known.origin)):
            with self.records.change() as change:
                change.moved(known.id, file.origin, _base(file))
            self._held.stored(self.records.documents(id=known.id)[0], None)
            said = "is stored already; it has moved here."
        return _report(file, "unchanged", said, source=known.source)

    def _stored(self, file: Found, document: Document) -> FileReport:
        replaced = self._held.by_origin(file.origin)
        made = sketch(document.text)
        place = self._held.place(document, made, replaced)
        passages = excerpts(document, place.source.id)
        if not passages:
            raise DocumentError(f"{file.name} has no text that could be cited.")
        entry = self._labelled(place, document, passages)
        if starts_with_program(entry):  # its own labels stay; those given are of this document
            own = {"roles": self.labels.roles, "topics": self.labels.topics}
            passages = tuple(passage.model_copy(update=own) for passage in passages)
        if place.copy_of is None:
            self.prepare([embedded_text(passage, entry.source) for passage in passages])
        try:
            self.originals.keep(file.path, document.sha256, document.media)
        except FileChanged:
            raise _changed(file) from None
        report = _document_report(file, place, document, passages, replaced)
        new = NewDocument(
            collection=self.collection,
            source=entry.source.id,
            name=document.name,
            origin=file.origin,
            sha256=document.sha256,
            media=document.media,
            passages=passages,
            title=document.title,
            language=document.language,
            pages=document.pages,
            text=document.text,
            sketch=made,
            warnings=document.warnings,
            hidden=document.hidden,
            copy_of=place.copy_of,
        )
        with self.records.change() as change:
            self._put(change, entry)
            key = change.document(new, replaces=replaced.id if replaced else None)
            change.log(self.collection, file.origin, document.sha256, report)
        self._held.learn(self.records.entries(source=entry.source.id)[0])
        self._held.stored(self.records.documents(id=key)[0], made)
        return report

    def _labelled(self, place: Place, document: Document, passages: Sequence[Passage]) -> Entry:
        """The source's entry with what the document and the person add to it."""
        entry = self._held.entries.get(place.source.id) or Entry(source=place.source)
        if starts_with_program(entry):
            return entry
        if not entry.confirmed:
            more = filled(entry.source, described(document))
            entry = entry.model_copy(update={"source": more})
        entry = given(entry, self.labels)
        source = entry.source
        if self.labels.suggest is None or (source.roles and source.topics):
            return entry
        roles, topics = self.labels.suggest([passage.text for passage in passages])
        more = source.model_copy(
            update={
                "roles": source.roles or tuple(roles),
                "topics": source.topics or tuple(topics),
            }
        )
        return entry.model_copy(update={"source": more, "suggested": True})

    def _put(self, change: Change, entry: Entry) -> None:
        if starts_with_program(entry):
            change.member(entry.source.id, self.collection)
            return
        flags = {"confirmed": entry.confirmed, "suggested": entry.suggested}
        change.source(entry.source, self.collection, **flags)

    def _reading_list(self, file: Found) -> FileReport:
        read = read_reading_list(file.path, name=file.name)
        new = 0
        with self.records.change() as change:
            for reference in read.references:
                new += self._reference(change, reference)
            known = len(read.references) - new
            said = f"has {len(read.references)} entries, {known} of them known already."
            report = _report(file, "entries", said).model_copy(update={"warnings": read.problems})
            change.log(self.collection, file.origin, "", report)
        return report

    def _reference(self, change: Change, reference: Reference) -> bool:
        """Put one entry of a reading list into the collection; returns whether it was new."""
        wanted = reference.source
        known = self._held.listed(wanted)
        if known is None:
            ids = self._held.entries
            key = free_id(wanted.id, ids) if wanted.id else source_id(wanted, ids)
            labels = {"roles": self.labels.roles, "licence": wanted.licence or self.labels.licence}
            topics = {"topics": tuple(dict.fromkeys((*wanted.topics, *self.labels.topics)))}
            entry = Entry(source=wanted.model_copy(update={"id": key, **labels, **topics}))
        elif known.confirmed or starts_with_program(known):
            entry = known
        else:
            entry = known.model_copy(update={"source": corrected(known.source, wanted)})
        if self.collection not in entry.collections or entry != known:
            self._put(change, entry)
            places = tuple(dict.fromkeys((*entry.collections, self.collection)))
            self._held.learn(entry.model_copy(update={"collections": places}))
        for name in reference.files:
            self._held.files[name.lower()] = entry.source.id
        return known is None


def given(entry: Entry, labels: Labels) -> Entry:
    """The entry with the labels that a person gave; they replace those that were suggested."""
    source = entry.source
    anew = entry.suggested and bool(labels.roles or labels.topics)
    roles = labels.roles if anew and labels.roles else (*source.roles, *labels.roles)
    topics = labels.topics if anew and labels.topics else (*source.topics, *labels.topics)
    values = {
        "roles": tuple(dict.fromkeys(roles)),
        "topics": tuple(dict.fromkeys(topics)),
        "licence": source.licence or labels.licence,
    }
    changes = {
        "source": source.model_copy(update=values),
        "suggested": entry.suggested and not anew,
    }
    return entry.model_copy(update=changes)


def clean(document: Document) -> Document:
    """The document without characters that a database refuses; no offset changes."""
    table = {0: "\ufffd", **dict.fromkeys(range(55296, 57344), "�")}
    text = document.text.translate(table)
    if text == document.text:
        return document
    blocks = tuple(replace(b, text=b.text.translate(table)) for b in document.blocks)
    return document.model_copy(update={"text": text, "blocks": blocks})


def _base(file: Found) -> str:
    return file.name.rpartition("/")[2] or file.name


def _there(origin: Path) -> bool:
    """Whether a file, or the archive that it was in, is still where it was."""
    return any(place.is_file() for place in (origin, *origin.parents))


def _changed(file: Found) -> DocumentError:
    return DocumentError(f"{file.name} changed while it was read: add it again.")


def _report(file: Found, outcome: Outcome, said: str, *, source: str = "") -> FileReport:
    message = said if outcome == "refused" else f"{file.name} {said}"
    return FileReport(file=file.name, outcome=outcome, message=message, source=source)


def _document_report(
    file: Found,
    place: Place,
    document: Document,
    passages: Sequence[Passage],
    replaced: StoredDocument | None,
) -> FileReport:
    count = f"{len(passages)} passage{'s' if len(passages) != 1 else ''}"
    outcome: Outcome = "added"
    said = f"was added with {count}"
    if replaced is not None:
        outcome, said = "changed", f"has changed: {count} replace {replaced.passages}"
    elif place.copy_of is not None:
        outcome, said = "copy", "was kept as a copy"
    more = f" ({place.said})" if place.said else ""
    return FileReport(
        file=file.name,
        outcome=outcome,
        message=f"{file.name} {said}{more}.",
        source=place.source.id,
        passages=0 if place.copy_of is not None else len(passages),
        warnings=document.warnings,
        hidden=document.hidden,
    )
