"""Opens a design file: what it is, by its name and its first bytes, and its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from knowledge.first_bytes import decoded, foreign_format, is_encrypted
from knowledge.readers.source import Refusal
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
    _refuse_foreign(data, name)
    if kind is None:
        raise UnreadableDesign(f"{name}: files ending in {suffix} cannot be read.")
    if kind in (FileKind.PDF, FileKind.DOCX):
        raise UnreadableDesign(f"{name} is damaged, or not a {kind.value.upper()} file at all.")
    if len(data) > _MOST_TEXT_BYTES:
        raise UnreadableDesign(
            f"{name} has {len(data) / 1e6:.0f} MB of text; at most 2 MB can be reviewed."
        )
    try:
        text, warning = decoded(data)
    except Refusal as error:
        raise UnreadableDesign(f"{name} {error}") from None
    return FileContent(kind, text, (warning,) if warning else ())


def _refuse_foreign(data: bytes, name: str) -> None:
    """Raises `UnreadableDesign` for what is known to be something else than a design."""
    if data.startswith(_OLE):
        if is_encrypted(data):
            raise UnreadableDesign(f"{name} is protected by a password: save it without one.")
        raise UnreadableDesign(f"{name} is an old Word file: save it as .docx.")
    if what := foreign_format(data):
        raise UnreadableDesign(f"{name} is {what}; hand in the text itself.")
