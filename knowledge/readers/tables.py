"""Writes a table row by row, each cell with the name of its column."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.readers.writing import Writer, one_line, says_something

_LONGEST_NAME = 60
_MOST_COLUMNS = 60


def write_rows(
    writer: Writer, rows: Sequence[Sequence[str]], heads: int = 0, page: int | None = None
) -> None:
    """Write rows of cells; `heads` is the number of rows that are known to be the head.

    Where it is not known, a first row of short, different names that is unlike data is the head.
    """
    width = max((len(r) for r in rows), default=0)
    lines = [[one_line(c) for c in r] + [""] * (width - len(r)) for r in rows]
    if not heads and _names_columns(lines):
        heads = 1
    if heads >= len(lines) or width > _MOST_COLUMNS:
        heads = 0
    header = _names(lines[:heads], width)
    for line in lines[:heads]:
        writer.row([c for c in line if c], (), page)
    for line in lines[heads:]:
        said = [c for c in line if c]
        if len(said) == 1 and width > 2 and line[0]:  # a line between rows, not a cell
            writer.row(said, (), page)
        else:
            writer.row(line, header, page)


def _names(heads: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """The name of each column; a name above several columns goes before theirs."""
    if not heads:
        return ()
    names = []
    for column in range(width):
        parts: list[str] = []
        for line in heads:
            at = column
            if line is not heads[-1]:
                while at > 0 and not line[at]:
                    at -= 1
            if line[at] and line[at] not in parts:
                parts.append(line[at])
        names.append(" ".join(parts)[: 2 * _LONGEST_NAME])
    return tuple(names)


def _names_columns(lines: Sequence[Sequence[str]]) -> bool:
    if len(lines) < 2 or len(lines[0]) < 2:
        return False
    first = lines[0]
    named = [c for c in first if c]
    if len(named) < len(first) - 1 or len(set(named)) < len(named):
        return False
    if any(len(c) > _LONGEST_NAME or c.endswith((".", ":", ";", "?")) for c in named):
        return False
    if any(line[0].endswith(":") for line in lines[1:]):  # labels stand at the left
        return False
    return all(says_something(c) and not _is_number(c) for c in named)


def _is_number(cell: str) -> bool:
    digits = sum(c.isdigit() for c in cell)
    letters = sum(c.isalpha() for c in cell)
    return digits > letters
