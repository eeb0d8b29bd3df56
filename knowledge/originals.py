"""The files that were imported, kept under their content hash, so that a citation can be opened."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from knowledge.errors import RecordsUnusable

_AT_ONCE = 1 << 20
_ENDINGS = (".pdf", ".docx", ".pptx", ".html", ".md", ".txt")
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


class FileChanged(Exception):
    """The file is not the one that was read any more."""


class Originals:
    """A folder of files named after their content; one is there whole, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str, media: str) -> Path:
        """Where the file with this content is, or would be."""
        return self._folder / f"{sha256}.{media}"

    def keep(self, file: Path, sha256: str, media: str) -> None:
        """Keep a copy of a file.

        Raises:
            FileChanged: its content is not the one named.
            RecordsUnusable: the copy cannot be written.
        """
        place = self.path(sha256, media)
        if place.exists():
            return
        draft = place.with_suffix(".draft")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with draft.open("wb") as copy:
                for part in _parts(file):
                    digest.update(part)
                    copy.write(part)
                copy.flush()
                os.fsync(copy.fileno())
            if digest.hexdigest() != sha256:
                draft.unlink()
                raise FileChanged
            draft.replace(place)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            raise RecordsUnusable(
                f"A copy of '{file.name}' cannot be kept in '{self._folder}': {reason}."
            ) from error

    def kept(self, file: Path, sha256: str, media: str) -> bool:
        """As `keep`; says whether the file's content is the one named."""
        try:
            self.keep(file, sha256, media)
        except FileChanged:
            return False
        return True

    def tidy(self, wanted: Collection[str]) -> None:
        """Remove what no record names: files of sources taken out, and of imports cut short."""
        if not self._folder.is_dir():
            return
        for file in self._folder.iterdir():
            known = _NAME.fullmatch(file.name) and file.stem in wanted
            if not known and file.suffix in (".draft", *_ENDINGS):
                with contextlib.suppress(OSError):
                    file.unlink()


def content_hash(file: Path) -> str:
    """SHA-256 of a file, in hex. Raises `OSError`."""
    digest = hashlib.sha256()
    for part in _parts(file):
        digest.update(part)
    return digest.hexdigest()


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while part := opened.read(_AT_ONCE):
            yield part
