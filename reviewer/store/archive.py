"""The file of a backup: a zip with one database, the originals, and a manifest of both."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.migrations import HEAD, HISTORY
from reviewer.errors import BackupUnusable
from reviewer.store.columns import now
from reviewer.version import __version__

FORMAT = "reviewer-backup/1"
DATABASE_NAME = "database.sqlite3"
UPLOADS = "uploads"
UPLOAD = re.compile(rf"{UPLOADS}/([0-9a-f]{{64}})\.[a-z0-9]{{1,8}}")

_MANIFEST = "manifest.json"
_MANIFEST_BYTES = 100_000_000
_SPARE = 64_000_000  # bytes that stay free on the disk
_AT_ONCE = 1 << 20
_UNSOUND = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,  # a way of compression that is not known
    RuntimeError,  # it is encrypted
    EOFError,
    KeyError,
    ValueError,
)


class PackedFile(BaseModel):
    """A file of a backup."""

    model_config = ConfigDict(extra="forbid")

    sha256: str
    size: int


class BackupManifest(BaseModel):
    """What a backup says of itself; `version` is that of the tables."""

    format: str
    version: str
    program: str
    made: str
    rows: dict[str, int]
    files: dict[str, PackedFile]


def packed(path: Path, snapshot: Path, originals: list[Path], rows: dict[str, int]) -> None:
    """Writes the file of a backup."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        files = {DATABASE_NAME: _put(archive, snapshot, DATABASE_NAME)}
        for file in originals:
            files[f"{UPLOADS}/{file.name}"] = _put(archive, file, f"{UPLOADS}/{file.name}")
        manifest = BackupManifest(
            format=FORMAT,
            version=HEAD,
            program=__version__,
            made=now().isoformat(timespec="seconds"),
            rows=rows,
            files=files,
        )
        archive.writestr(_MANIFEST, manifest.model_dump_json(indent=2))


def unpacked(path: Path, folder: Path) -> BackupManifest:
    """The files of a backup, each with the size and the hash that its manifest says.

    Raises:
        BackupUnusable: the file is no backup, is damaged, was made by a newer version, or does
            not fit on the disk.
    """
    (folder / UPLOADS).mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            size = sum(file.size for file in manifest.files.values())
            if size + _SPARE > shutil.disk_usage(folder).free:
                raise BackupUnusable(f"The disk has no room for the {size:,} bytes of {path}.")
            for name, file in manifest.files.items():
                with archive.open(name) as entry:
                    _unpack(entry, folder / name, file, path)
    except _UNSOUND as error:
        raise _damaged(path) from error
    _check_database(folder / DATABASE_NAME, manifest, path)
    return manifest


def _manifest(archive: zipfile.ZipFile, path: Path) -> BackupManifest:
    names = [entry.filename for entry in archive.infolist()]
    if _MANIFEST not in names or archive.getinfo(_MANIFEST).file_size > _MANIFEST_BYTES:
        raise BackupUnusable(f"{path} is not a backup that `reviewer backup` wrote.")
    try:
        given = json.loads(archive.read(_MANIFEST))
        stated = given.get("format") if isinstance(given, dict) else None
        if isinstance(stated, str) and stated.startswith("reviewer-backup/") and stated != FORMAT:
            raise _newer(path)
        manifest = BackupManifest.model_validate(given)
    except ValidationError as error:
        raise _damaged(path) from error
    if manifest.version not in HISTORY:
        raise _newer(path)
    known = all(
        name == DATABASE_NAME
        or ((upload := UPLOAD.fullmatch(name)) and upload.group(1) == file.sha256)
        for name, file in manifest.files.items()
    )
    if not known or sorted(names) != sorted([*manifest.files, _MANIFEST]):
        raise _damaged(path)
    return manifest


def _unpack(entry: IO[bytes], place: Path, file: PackedFile, path: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with place.open("wb") as written:
        for part in _parts(entry):
            digest.update(part)
            size += len(part)
            if size > file.size:
                raise _damaged(path)
            written.write(part)
    if size != file.size or digest.hexdigest() != file.sha256:
        raise _damaged(path)


def _check_database(snapshot: Path, manifest: BackupManifest, path: Path) -> None:
    """A sound database of tables and nothing else, of the version that the manifest says."""
    try:
        with contextlib.closing(sqlite3.connect(snapshot)) as database:
            kinds = {row[0] for row in database.execute("SELECT type FROM sqlite_master")}
            version = database.execute("SELECT version_num FROM alembic_version").fetchone()
            sound = database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise _damaged(path) from error
    if not sound or broken or kinds - {"table", "index"} or version != (manifest.version,):
        raise _damaged(path)


def _put(archive: zipfile.ZipFile, file: Path, name: str) -> PackedFile:
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as opened, archive.open(name, "w", force_zip64=True) as entry:
        for part in _parts(opened):
            digest.update(part)
            size += len(part)
            entry.write(part)
    return PackedFile(sha256=digest.hexdigest(), size=size)


def _parts(opened: IO[bytes]) -> Iterator[bytes]:
    while part := opened.read(_AT_ONCE):
        yield part


def _damaged(path: Path) -> BackupUnusable:
    return BackupUnusable(
        f"The backup {path} is damaged or incomplete.", hint="Use another one; nothing was changed."
    )


def _newer(path: Path) -> BackupUnusable:
    return BackupUnusable(
        f"The backup {path} was made by a newer version of this program.",
        hint="Use that newer version; nothing was changed.",
    )
