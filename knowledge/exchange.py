"""A collection as one file: a zip of JSON lines, with originals where their licence allows it."""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.corpus import passage_id
from knowledge.document_types import Media
from knowledge.duplicates import sketch
from knowledge.errors import ArchiveError, NotInLibrary
from knowledge.originals import Originals
from knowledge.records import Records
from knowledge.types import Entry, Passage, Source

FORMAT = "knowledge-collection/1"

_MOST_BYTES = 2_000_000_000
_MOST_LISTED = 400_000_000
_LONGEST_LINE = 40_000_000
_MOST_MEMBERS = 100_000
_MOST_RATIO = 400
_FREE = 50_000_000  # bytes that may be packed as tightly as they like
_LISTS = ("manifest.json", "sources.jsonl", "documents.jsonl", "passages.jsonl")
_ORIGINAL = re.compile(r"originals/([0-9a-f]{64})\.(pdf|docx|pptx|html|md|txt)")
_OPEN = re.compile(
    r"cc0|cc[ -]by(?![a-z])(?!.*\b(?:nc|nd)\b)|creative commons attribution(?!.*non)|public domain|"
    r"\bmit\b|\bapache\b|\bbsd\b|\bgfdl\b|\bisc\b|\bown work\b|\bunlicense\b",
    re.IGNORECASE,
)
_STAMP = (2000, 1, 1, 0, 0, 0)  # of every member, so that one content is one file


def may_share(licence: str) -> bool:
    """Whether a licence lets anyone pass the document on; one that says nothing does not."""
    return bool(_OPEN.search(licence))


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Manifest(_Line):
    """What a collection file says of itself."""

    format: str
    id: str
    title: str = Field(max_length=300)


class SourceLine(_Line):
    """A source, and whether a person confirmed it."""

    source: Source
    confirmed: bool = False
    suggested: bool = False


class DocumentLine(_Line):
    """A document; `text` and the original are there if the licence of the source allows it."""

    number: int
    source: str
    name: str = Field(min_length=1, max_length=1_000)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    media: Media
    title: str = ""
    language: str = Field("", max_length=16)
    pages: int = 0
    text: str = ""
    copy_of: int | None = None
    warnings: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class PassageLine(_Line):
    """A passage of the document with this number, in the order of its text."""

    document: int
    passage: Passage


class Content(NamedTuple):
    """A collection file that was read and found sound."""

    manifest: Manifest
    sources: dict[str, SourceLine]
    documents: tuple[DocumentLine, ...]
    passages: dict[int, tuple[Passage, ...]]

    def sketch(self, document: DocumentLine) -> bytes:
        """The document's sketch; from its passages where the text was left out."""
        parts = (passage.text for passage in self.passages.get(document.number, ()))
        return sketch(document.text or "\n".join(parts))


def export_collection(
    records: Records, originals: Originals, collection: str, path: Path
) -> tuple[int, int]:
    """Write a collection to a file; returns the number of documents, and of originals with them.

    The file is there whole or not at all, and the same content gives the same bytes.

    Raises:
        NotInLibrary: there is no such collection.
        ArchiveError: the file cannot be written.
    """
    known = {held.id: held for held in records.collections()}
    if collection not in known:
        raise NotInLibrary(f"There is no collection '{collection}'.")
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest = Manifest(format=FORMAT, id=collection, title=known[collection].title)
            _write(archive, "manifest.json", [manifest.model_dump()])
            counts = _members(archive, records, originals, collection)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise ArchiveError(f"'{path}' cannot be written: {reason}.", hint="") from error
    return counts


def _members(
    archive: zipfile.ZipFile, records: Records, originals: Originals, collection: str
) -> tuple[int, int]:
    entries = records.entries(collection=collection)
    lines: list[dict[str, Any]] = []
    passages: list[dict[str, Any]] = []
    files: dict[str, Path] = {}
    numbers = {
        document.id: number
        for number, document in enumerate(records.documents(collection=collection))
    }
    copies = records.copies(collection)
    licences = {entry.source.id: entry.source.licence for entry in entries}
    for document in records.documents(collection=collection):
        shared = may_share(licences[document.source])
        original = originals.path(document.sha256, document.media)
        if shared and original.is_file():
            files[f"originals/{original.name}"] = original
        line = document.model_dump(include=set(DocumentLine.model_fields) - {"copy_of"})
        copy = copies.get(document.id)
        line |= {"number": numbers[document.id], "copy_of": numbers.get(copy) if copy else None}
        lines.append(line | {"text": records.text(document.id) if shared else ""})
        passages += [
            {"document": numbers[document.id], "passage": passage.model_dump(mode="json")}
            for passage in records.passages(document.id)
        ]
    _write(archive, "sources.jsonl", [_source_line(entry) for entry in entries])
    _write(archive, "documents.jsonl", lines)
    _write(archive, "passages.jsonl", passages)
    for name, file in sorted(files.items()):
        with archive.open(_info(name), "w") as member, file.open("rb") as opened:
            while part := opened.read(1 << 20):
                member.write(part)
    return len(lines), len(files)


def _source_line(entry: Entry) -> dict[str, Any]:
    line = SourceLine(source=entry.source, confirmed=entry.confirmed, suggested=entry.suggested)
    return line.model_dump(mode="json")


def _write(archive: zipfile.ZipFile, name: str, lines: list[dict[str, Any]]) -> None:
    with archive.open(_info(name), "w") as member:
        for line in lines:
            text = json.dumps(line, ensure_ascii=False, sort_keys=True)
            member.write(text.encode("utf-8", "replace") + b"\n")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def read_collection(path: Path) -> Content:
    """The content of a collection file, checked as a whole before any of it is used.

    Raises:
        ArchiveError: the file is damaged, too large, or not what `export_collection` writes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, path)
            manifest = next(_lines(archive, "manifest.json", Manifest), None)
            if manifest is None or manifest.format != FORMAT:
                raise ArchiveError(f"'{path.name}' was not written by `knowledge export`.")
            sources = {line.source.id: line for line in _lines(archive, _LISTS[1], SourceLine)}
            documents = tuple(_lines(archive, _LISTS[2], DocumentLine))
            passages: dict[int, list[Passage]] = {line.number: [] for line in documents}
            for line in _lines(archive, _LISTS[3], PassageLine):
                if line.document not in passages:
                    raise ArchiveError(f"'{path.name}' has a passage of no document.")
                passages[line.document].append(line.passage)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(f"'{path.name}' is damaged, or is no collection file.") from error
    except OSError as error:
        raise ArchiveError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    content = Content(manifest, sources, documents, {k: tuple(v) for k, v in passages.items()})
    _check_content(content, path.name)
    return content


def keep_originals(path: Path, content: Content, originals: Originals, scratch: Path) -> None:
    """Keep the originals of a collection file, each only if it is what its name says.

    Raises:
        ArchiveError: an original is another file than the documents name.
    """
    known = {(document.sha256, str(document.media)) for document in content.documents}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            match = _ORIGINAL.fullmatch(info.filename)
            if match is None or match.groups() not in known:
                continue
            draft = scratch / "original"
            try:
                with archive.open(info) as member, draft.open("wb") as copy:
                    while part := member.read(1 << 20):
                        copy.write(part)
                if not originals.kept(draft, *match.groups()):
                    raise ArchiveError(f"'{path.name}' has an original that was changed.")
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise ArchiveError(f"'{path.name}' is damaged.") from error


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    """Names, number and sizes, before anything is unpacked."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    strange = next((n for n in names if n not in _LISTS and not _ORIGINAL.fullmatch(n)), None)
    missing = next((name for name in _LISTS if name not in names), None)
    unpacked = sum(info.file_size for info in infos)
    packed = max(1, path.stat().st_size)
    if strange is not None or missing is not None or len(set(names)) != len(names):
        wrong = f"has '{strange[:80]}'" if strange is not None else f"lacks '{missing}'"
        shown = "".join(c if c.isprintable() else "?" for c in wrong)
        wrong = shown if strange is not None or missing is not None else "has a member twice"
        raise ArchiveError(f"'{path.name}' {wrong}, so it was not written by `knowledge export`.")
    listed = sum(info.file_size for info in infos if info.filename in _LISTS)
    large = len(infos) > _MOST_MEMBERS or unpacked > _MOST_BYTES or listed > _MOST_LISTED
    if large or (unpacked > _FREE and unpacked > _MOST_RATIO * packed):
        raise ArchiveError(f"'{path.name}' unpacks to {unpacked / 1e6:,.0f} MB: that is too much.")
    if any(info.flag_bits & 0x1 for info in infos):
        raise ArchiveError(f"'{path.name}' has a password.")


Model = TypeVar("Model", bound=BaseModel)


def _lines(archive: zipfile.ZipFile, name: str, model: type[Model]) -> Iterator[Model]:
    with archive.open(name) as member:
        number = 0
        while line := member.readline(_LONGEST_LINE):
            number += 1
            try:
                yield model.model_validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(str(part) for part in first["loc"])
                raise ArchiveError(
                    f"{name}, line {number}: {field or 'the line'} is not valid ({first['msg']})."
                ) from error


def _check_content(content: Content, name: str) -> None:
    """Everything refers to something that is there, and every passage is what it says."""
    numbers = {document.number for document in content.documents}
    hashes = {document.sha256 for document in content.documents}
    if len(numbers) != len(content.documents) or len(hashes) != len(content.documents):
        raise ArchiveError(f"'{name}' has a document twice.")
    for document in content.documents:
        if document.source not in content.sources:
            raise ArchiveError(f"'{name}' has a document of no source.")
        if document.copy_of is not None and document.copy_of not in numbers - {document.number}:
            raise ArchiveError(f"'{name}' has a copy of no document.")
        for passage in content.passages[document.number]:
            _check_passage(passage, document, name)


def _check_passage(passage: Passage, document: DocumentLine, name: str) -> None:
    if passage.id != passage_id(passage.text) or passage.source != document.source:
        raise ArchiveError(f"'{name}' has a passage whose text was changed ({passage.id[:20]}).")
    if passage.kind != "excerpt" or passage.start is None or passage.end is None:
        raise ArchiveError(f"'{name}' has a passage that is no excerpt ({passage.id[:20]}).")
    if document.text and document.text[passage.start : passage.end] != passage.text:
        raise ArchiveError(f"'{name}' has a passage that its document lacks ({passage.id[:20]}).")
