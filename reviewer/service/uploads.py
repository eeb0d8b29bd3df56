"""What people hand over to a page: files, names, numbers, none of them to be trusted."""

from __future__ import annotations

import hashlib
import re
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

from reviewer.errors import InputError

_LONGEST_NAME = 120
_LONGEST_ID = 60


def file_name(name: str) -> str:
    """The last part of a name without what a file system might take for something else."""
    plain = PurePath(name.replace("\\", "/")).name
    plain = "".join(c for c in plain if c.isprintable()).strip(". ")
    stem, suffix = PurePath(plain).stem[:_LONGEST_NAME], PurePath(plain).suffix[:12]
    while len(stem.encode()) > 2 * _LONGEST_NAME:  # file systems count bytes
        stem = stem[:-1]
    return f"{stem or 'document'}{suffix}"


def digest_of(contents: Sequence[BinaryIO]) -> str:
    """One hash over several contents."""
    digest = hashlib.sha256()
    for content in contents:
        content.seek(0)
        digest.update(b"\0")
        while part := content.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def write_to(content: BinaryIO, path: Path) -> None:
    """Copies what was handed over to a file, from its beginning."""
    content.seek(0)
    with path.open("wb") as copy:
        shutil.copyfileobj(content, copy)


def free_id(title: str, taken: set[str]) -> str:
    """A name for a collection of that title that no other has."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_only)[:_LONGEST_ID].strip("-") or "collection"
    names = (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def year_of(text: str) -> int | None:
    """The year that was written, None for nothing; `InputError` for what is no year."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{3,4}", text):
        raise InputError(f"The year “{text[:20]}” is no year.", hint="Write it with four digits.")
    return int(text)
