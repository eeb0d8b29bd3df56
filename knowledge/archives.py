"""Folders and ZIP archives as the files in them; what cannot be taken out is named instead."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from knowledge.archives_check import too_much
from knowledge.document_types import Limits
from knowledge.documents import printable

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_INNER = (".zip", ".jar", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_OFFICE = (".docx", ".pptx", ".docm", ".pptm", ".xlsx", ".odt", ".odp", ".ods", ".epub")
_SKIPPED = ("__MACOSX", "Thumbs.db", "desktop.ini")
_DEEPEST = 40
_CHUNK = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
_DEFAULT = Limits()


@dataclass(frozen=True)
class Found:
    """A file, and what to call it: its place in the folder or archive that was named."""

    path: Path
    name: str


@dataclass(frozen=True)
class Problem:
    """Something that was named but is no file that can be read; one sentence says why."""

    name: str
    message: str


class Expansion:
    """Iterates over files; what was unpacked is deleted when it is closed or given up."""

    def __init__(self, paths: Iterable[Path], limits: Limits) -> None:
        self._paths = tuple(paths)
        self._limits = limits
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Found | Problem]:
        for path in self._paths:
            yield from self._any(path, path.name or str(path), frozenset(), 0)

    def close(self) -> None:
        """Delete what was unpacked."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _any(
        self, path: Path, name: str, above: frozenset[tuple[int, int]], depth: int
    ) -> Iterator[Found | Problem]:
        shown = printable(name, 300)
        try:
            state = path.stat()
            if stat.S_ISDIR(state.st_mode):
                yield from self._directory(path, name, above, depth, state)
            elif not stat.S_ISREG(state.st_mode):
                yield Problem(name, f"{shown} is not a regular file: it was left out.")
            elif _is_zip(path):
                yield from self._archive(path, name)
            else:
                yield Found(path, name)
        except FileNotFoundError:
            what = "is a link to nothing" if path.is_symlink() else "does not exist"
            yield Problem(name, f"{shown} {what}: check the path.")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "the path is not valid"
            yield Problem(name, f"{shown} cannot be read: {reason}.")

    def _directory(
        self,
        path: Path,
        name: str,
        above: frozenset[tuple[int, int]],
        depth: int,
        state: os.stat_result,
    ) -> Iterator[Found | Problem]:
        shown = printable(name, 300)
        identity = (state.st_dev, state.st_ino)
        if identity in above:
            yield Problem(name, f"{shown} is a link to a folder that it lies in: it was left out.")
            return
        if depth > _DEEPEST:
            yield Problem(name, f"{shown} lies more than {_DEEPEST} folders deep: it was left out.")
            return
        for entry in sorted(path.iterdir(), key=lambda p: p.name):
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            yield from self._any(entry, f"{name}/{entry.name}", above | {identity}, depth + 1)

    def _archive(self, path: Path, name: str) -> Iterator[Found | Problem]:
        shown = printable(name, 300)
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
                if reason := too_much(infos, self._limits):
                    yield Problem(name, f"{shown} {reason}: it was not unpacked.")
                    return
                for info in sorted(infos, key=lambda i: i.filename):
                    if not info.is_dir() and not _is_skipped(info.filename):
                        yield self._member(archive, info, name)
        except _BROKEN:
            yield Problem(name, f"{shown} is damaged: it cannot be opened as a ZIP archive.")

    def _member(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str
    ) -> Found | Problem:
        inner = f"{name}/{info.filename}"
        shown = printable(inner, 300)
        if reason := _refusal(info):
            return Problem(inner, f"{shown} {reason}.")
        # The name inside the archive never becomes a path: only its ending is kept.
        suffix = PurePosixPath(info.filename).suffix[:12]
        suffix = suffix if suffix[1:].isalnum() else ""
        target = self._place() / f"{self._count:05d}{suffix}"
        self._count += 1
        try:
            with archive.open(info) as source, target.open("xb") as file:
                shutil.copyfileobj(source, file, _CHUNK)
        except _BROKEN as error:
            target.unlink(missing_ok=True)
            full = isinstance(error, OSError) and error.errno is not None and error.strerror
            reason = (
                f"could not be unpacked: {full}" if full else "is damaged: it cannot be unpacked"
            )
            return Problem(inner, f"{shown} {reason}.")
        if _is_zip(target):
            target.unlink()
            return Problem(inner, f"{shown} is an archive in an archive: unpack it first.")
        return Found(target, inner)

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="documents-")
        return Path(self._folder.name)


def expand(paths: Iterable[Path], *, limits: Limits = _DEFAULT) -> Expansion:
    """All files in the files, folders and ZIP archives that are named, in a fixed order.

    Unpacked files are there until the expansion is closed: use it in a `with` statement. Hidden
    files (`.name`) and what operating systems leave behind are passed over.
    """
    return Expansion(paths, limits)


def _is_zip(path: Path) -> bool:
    """Whether it is an archive and no Office file, which is one inside."""
    if path.suffix.lower() in _OFFICE:
        return False
    with path.open("rb") as file:
        return file.read(4) in (_ZIP, _EMPTY_ZIP)


def _is_skipped(name: str) -> bool:
    parts = name.split("/")
    return any(p in _SKIPPED or (p.startswith(".") and p not in (".", "..")) for p in parts)


def _refusal(info: zipfile.ZipInfo) -> str:
    """Why a member of an archive is not taken out, or ""."""
    name = info.filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        return "names a place outside the archive: it was left out"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link, which an archive may not hold: it was left out"
    if info.flag_bits & 1:
        return "is protected by a password: pack it without one"
    if name.lower().endswith(_INNER):
        return "is an archive in an archive: unpack it first"
    return ""
