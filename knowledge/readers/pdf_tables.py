"""Lines of a PDF that are the rows of a table: cells, and the columns that they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.readers.pdf_page import Line


def table_at(lines: Sequence[Line], index: int) -> int:
    """How many lines from this one on are the rows of a table."""
    end = index
    while end < len(lines) and len(lines[end].cells) >= 2:
        if end > index and lines[end - 1].bottom - lines[end].bottom > 4 * lines[end].size:
            break
        end += 1
    count = end - index
    if count < 2:
        return 0
    most = max(len(line.cells) for line in lines[index:end])
    return count if most > 2 or count >= 3 else 0


def aligned(lines: Sequence[Line]) -> list[list[str]]:
    """The cells of each row in the columns of the row that has the most."""
    longest = max((line.cells for line in lines), key=len)
    columns = [(cell.left, cell.right) for cell in longest]
    rows = []
    for line in lines:
        row = [""] * len(columns)
        for cell in line.cells:
            best = _nearest(columns, cell.left, cell.right)
            row[best] = f"{row[best]} {cell.text}".strip() if row[best] else cell.text.strip()
        rows.append(row)
    return rows


def _nearest(columns: Sequence[tuple[float, float]], left: float, right: float) -> int:
    """The column that shares most with a cell, or else the one whose middle is nearest."""
    best, least = 0, float("inf")
    for index, (start, end) in enumerate(columns):
        overlap = (end if end < right else right) - (start if start > left else left)
        distance = -overlap if overlap > 0 else abs((start + end) / 2 - (left + right) / 2)
        if distance < least:
            best, least = index, distance
    return best
