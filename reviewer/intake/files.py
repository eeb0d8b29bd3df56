"""Opens a design file: what it is, by its name and its first bytes, and its text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reviewer.errors import InputError, UnreadableDesign

_MOST_BYTES = 20_000_000
_MOST_TEXT_BYTES = 8_000_000


class FileKind(StrEnum):
    """The formats that are read."""

    MARKDOWN = "markdown"
    TEXT = "text"
    YAML = "yaml"
    DOCX = "docx"
    PDF = "pdf"


_BY_SUFFIX = {
    ".md": FileKind.MARKDOWN,
    ".markdown": FileKind.MARKDOWN,
    ".mdown": FileKind.MARKDOWN,
    ".mkd": FileKind.MARKDOWN,
    ".qmd": FileKind.MARKDOWN,
    ".txt": FileKind.TEXT,
    ".text": FileKind.TEXT,
    "": FileKind.TEXT,
    ".yaml": FileKind.YAML,
    ".yml": FileKind.YAML,
    ".docx": FileKind.DOCX,
    ".pdf": FileKind.PDF,
}
DESIGN_ENDINGS = frozenset(_BY_SUFFIX) - {""}
_OLE = b"\xd0\xcf\x11\xe0"
_OTHER_FORMATS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    _OLE: "an old Word file: save it as .docx",
    b"{\\rtf": "an RTF file: save it as .docx",
    b"\x1f\x8b": "a compressed file: unpack it first",
    b"7z\xbc\xaf": "a compressed file: unpack it first",
    b"Rar!": "a compressed file: unpack it first",
    b"SQLite format 3": "a database",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


@dataclass(frozen=True)
class FileContent:
    """A file that was opened; `text` is empty for DOCX and PDF, which are read elsewhere."""

    kind: FileKind
    text: str = ""
    warnings: tuple[str, ...] = ()


def read_file(path: Path) -> FileContent:
    """Open the file. Raises `InputError` or `UnreadableDesign` with one sentence."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise InputError(f"{name} is a folder: name a design file in it.")
        if not path.exists():
            raise InputError(f"{name} does not exist: check the path.")
        if not path.is_file():
            raise InputError(f"{name} is not a regular file.")
        size = path.stat().st_size
        if size == 0:
            raise UnreadableDesign(f"{name} is empty: there is nothing to review.")
        if size > _MOST_BYTES:
            raise UnreadableDesign(
                f"{name} is {size / 1e6:.0f} MB; at most {_MOST_BYTES // 1_000_000} MB can be read."
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise InputError(f"{name} cannot be read: {reason}.") from error
    return _content(data, name, path.suffix.lower())


def _content(data: bytes, name: str, suffix: str) -> FileContent:
    if b"%PDF-" in data[:1024]:
        return FileContent(FileKind.PDF)
    kind = _BY_SUFFIX.get(suffix)
    if data.startswith(b"PK\x03\x04"):
        if kind is FileKind.DOCX:
            return FileContent(FileKind.DOCX)
        raise UnreadableDesign(f"{name} is a ZIP archive or an Office file that is not a .docx.")
    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableDesign(f"{name} is protected by a password: save it without one.")
    for start, what in _OTHER_FORMATS.items():
        if data.startswith(start):
            raise UnreadableDesign(f"{name} is {what}; hand in the text itself.")
    if kind is None:
        raise UnreadableDesign(f"{name}: files ending in {suffix} cannot be read.")
    if kind in (FileKind.PDF, FileKind.DOCX):
        raise UnreadableDesign(f"{name} is damaged, or not a {kind.value.upper()} file at all.")
    if len(data) > _MOST_TEXT_BYTES:
        raise UnreadableDesign(
            f"{name} has {len(data) / 1e6:.0f} MB of text; at most 2 MB can be reviewed."
        )
    text, warnings = _decoded(data, name)
    return FileContent(kind, text, warnings)


def _decoded(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Text by its byte order mark, as UTF-8, or as Latin-1 with a warning."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            text = data.decode(encoding, errors="replace")
            broken = text.count("\ufffd")
            return text, (f"{broken} characters could not be decoded.",) if broken else ()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        if _looks_binary(text):
            raise UnreadableDesign(f"{name} is not a text file.") from None
        return text, (f"{name} is not UTF-8; it was read as Latin-1, so accents may be wrong.",)
    if _looks_binary(text):
        raise UnreadableDesign(f"{name} is not a text file.")
    return text, ()


def _looks_binary(text: str) -> bool:
    sample = text[:20_000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\f") or c in "\x7f\ufffd")
    return odd * 50 > len(sample)
