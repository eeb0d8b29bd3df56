"""The hand-ins of a class: one file or folder a group, or a manifest that names them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from reviewer.domain.batch import HandIn, Unreadable
from reviewer.errors import InputError
from reviewer.intake.files import DESIGN_ENDINGS

_SYSTEM = ("~$", ".", "__MACOSX")
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_FILE_COLUMNS = ("file", "path", "folder", "design")
_GROUP_COLUMNS = ("group", "name", "team")
_NAMED_IN_FULL = 4


def hand_ins(
    folder: Path, manifest: Path | None = None
) -> tuple[tuple[HandIn, ...], tuple[Unreadable, ...]]:
    """The designs of a folder in the order of their groups, and what could not be taken.

    Raises:
        InputError: the folder or the manifest cannot be used at all.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", hint="Give the folder of the hand-ins.")
    if manifest is not None:
        named = [_named(folder, name, group) for name, group in _rows(manifest)]
    else:
        named = [_found(path, path.name if path.is_dir() else path.stem)
                 for path in _visible(folder)]  # fmt: skip
    found = [entry for entry in named if entry is not None]
    taken = [entry for entry in found if isinstance(entry, HandIn)]
    doubled = {g for g, n in Counter(e.group.casefold() for e in taken).items() if n > 1}
    problems = [entry for entry in found if isinstance(entry, Unreadable)]
    problems += [
        Unreadable(
            group=entry.group,
            name=entry.path.name,
            reason=f"more than one design is handed in as {entry.group}: keep one, or give the "
            "groups different names in a manifest",
        )
        for entry in taken
        if entry.group.casefold() in doubled
    ]
    kept = [entry for entry in taken if entry.group.casefold() not in doubled]
    if not kept and not problems:
        raise InputError(
            f"There is no design in {folder}.",
            hint=f"Read are {', '.join(sorted(DESIGN_ENDINGS))}.",
        )
    return tuple(sorted(kept, key=lambda e: e.group.casefold())), tuple(problems)


def _found(path: Path, group: str) -> HandIn | Unreadable | None:
    """A file, or the one design in a folder; None for a folder with nothing in it."""
    if path.is_symlink():
        return Unreadable(group=group, name=path.name, reason="links are not followed")
    if path.is_file():
        if path.suffix.lower() in DESIGN_ENDINGS:
            return HandIn(group=group, path=path)
        return Unreadable(group=group, name=path.name, reason="this kind of file is not read")
    designs = [p for p in _visible(path) if p.is_file() and p.suffix.lower() in DESIGN_ENDINGS]
    if len(designs) > 1:
        designs = [p for p in designs if p.stem.casefold() == "design"] or designs
    if len(designs) == 1:
        return HandIn(group=group, path=designs[0])
    if designs:
        names = [p.name for p in designs[:_NAMED_IN_FULL]]
        more = len(designs) - len(names)
        told = ", ".join(names) + (f" and {more} more" if more else "")
        reason = f"holds several designs ({told}): call one design.*, or name it in a manifest"
        return Unreadable(group=group, name=path.name, reason=reason)
    return Unreadable(group=group, name=path.name, reason="holds no design")


def _visible(folder: Path) -> Sequence[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(_SYSTEM) and path.name.lower() not in _SYSTEM_FILES
    )


def _named(folder: Path, name: str, group: str) -> HandIn | Unreadable | None:
    """A row of the manifest: the file must lie inside the folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return Unreadable(group=group, name=name, reason="lies outside the folder")
    if not path.exists():
        return Unreadable(group=group, name=name, reason="is named in the manifest and not there")
    return _found(path, group)


def _rows(manifest: Path) -> Iterable[tuple[str, str]]:
    """File and group of each row; the header names the columns."""
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The manifest {manifest} cannot be read as UTF-8 text.") from error
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    names = {name.strip().casefold(): name for name in (rows[0] if rows else {}) if name}
    file = next((names[c] for c in _FILE_COLUMNS if c in names), None)
    group = next((names[c] for c in _GROUP_COLUMNS if c in names), None)
    if file is None or group is None:
        raise InputError(
            f"The manifest {manifest} has no columns named file and group.",
            hint="Its first line is the header: file,group",
        )
    for number, row in enumerate(rows, start=2):
        values = (row.get(file) or "").strip(), (row.get(group) or "").strip()
        if not any(values):
            continue
        if not all(values):
            raise InputError(f"{manifest}, row {number}: file or group is empty.")
        yield values
