"""What a file is, by its name and its first bytes."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from knowledge.first_bytes import foreign_format, is_encrypted
from knowledge.readers.source import Refusal

if TYPE_CHECKING:
    from knowledge.document_types import Media

BY_SUFFIX: dict[str, Media] = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "md",
    ".markdown": "md",
    ".mdown": "md",
    ".mkd": "md",
    ".qmd": "md",
    ".txt": "txt",
    ".text": "txt",
}
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_NAMES = {"pdf": "PDF", "docx": "DOCX", "pptx": "PPTX"}
FORMATS = "only PDF, DOCX, PPTX, HTML, Markdown and text files can be"


def media_of(data: bytes, name: str) -> Media:
    """The format of a file. Raises `Refusal` where it is none that can be read."""
    suffix = PurePath(name).suffix.lower()
    media = BY_SUFFIX.get(suffix)
    if b"%PDF-" in data[:1024] and media in (None, "pdf"):
        return "pdf"
    if data.startswith(_ZIP):
        return _office(media, suffix)
    if data.startswith(_OLE):
        if is_encrypted(data):
            raise Refusal("is protected by a password: save it without one.")
        raise Refusal("is an old Office file: save it as .docx or .pptx.")
    what = foreign_format(data)
    if what and media != "pdf":
        raise Refusal(f"is {what}." if ":" in what else f"is {what}: {FORMATS}.")
    if media is None:
        raise Refusal(f"cannot be read: {FORMATS}.")
    if media in _NAMES:
        raise Refusal(f"is damaged, or no {_NAMES[media]} file at all: save it anew.")
    return media


def _office(media: Media | None, suffix: str) -> Media:
    """The format of a file that is a ZIP archive."""
    if media in ("docx", "pptx"):
        return media
    if suffix in (".docm", ".pptm", ".dotm"):
        raise Refusal(f"holds macros: save it as {suffix[:-1]}x.")
    if suffix == ".zip":
        raise Refusal("is a ZIP archive: unpack it first.")
    raise Refusal(f"is a ZIP archive or another Office file, which is not read: {FORMATS}.")
