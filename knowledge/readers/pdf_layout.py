"""The order in which a person reads the lines of a PDF page: bands, and columns within them.

PDFium gives lines in the order in which they were drawn, which is mostly the right one. It is
changed only where the places of the lines say otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from knowledge.readers.pdf_page import Line, median

_FEWEST_LINES = 4
_FILLED = 0.6  # of a column's width: lines of prose are that long, cells of a table are not
_FEWEST_LETTERS = 18
_WIDE_SHARE = 0.4
_MOST_DEPTH = 4
_STEP = 2.0
_SAME_LINE = 0.5


def in_order(lines: list[Line]) -> list[Line]:
    """The lines of one page in reading order."""
    if len(lines) < 2:
        return lines
    parted = _parted(lines)
    if parted is not lines:
        return _by_place(parted, 0)
    if _is_out_of_order(lines):
        return _by_place(lines, 0)
    return lines


def _parted(lines: list[Line]) -> list[Line]:
    """Lines cut at the gutter where two columns were drawn side by side, line by line."""
    cut = [line for line in lines if len(line.cells) == 2]
    if len(cut) < _FEWEST_LINES:
        return lines
    lefts = sorted(line.cells[1].left for line in cut)
    gutter = lefts[len(lefts) // 2]
    beside = [line for line in cut if abs(line.cells[1].left - gutter) <= _GUTTER_SLACK]
    if len(beside) < max(_FEWEST_LINES, 0.6 * len(cut)) or not _is_prose(beside):
        return lines
    parts: list[Line] = []
    for line in lines:
        parts += line.cells if line in beside else [line]
    return parts


_GUTTER_SLACK = 12.0


def _is_prose(pairs: Sequence[Line]) -> bool:
    """Whether both sides are full of text, as columns are and the cells of tables are not."""
    for side in (0, 1):
        cells = [line.cells[side] for line in pairs]
        width = max(c.right for c in cells) - min(c.left for c in cells)
        filled = median(c.right - c.left for c in cells)
        if filled < _FILLED * width or median(len(c.text) for c in cells) < _FEWEST_LETTERS:
            return False
    goes_on = sum(line.cells[0].text[-1] not in ".:;!?" for line in pairs)
    return goes_on * 2 >= len(pairs)


def _is_out_of_order(lines: Sequence[Line]) -> bool:
    """Whether the drawing jumps about in a way that no sequence of columns does."""
    jumps = 0
    for before, line in pairwise(lines):
        height = max(line.top - line.bottom, 1.0)
        if line.middle <= before.middle + _SAME_LINE * height:
            continue
        if line.left >= before.right - height:  # up and to the right: the next column
            continue
        jumps += 1
    return jumps > 1 or (jumps == 1 and not _is_head_or_foot(lines))


def _is_head_or_foot(lines: Sequence[Line]) -> bool:
    """Whether the one jump is at an edge: a head drawn last, or a foot drawn first."""
    return _rises(lines[:-2]) == 0 or _rises(lines[2:]) == 0


def _rises(lines: Sequence[Line]) -> int:
    return sum(
        line.middle > before.middle + 2 and line.left < before.right - 5
        for before, line in pairwise(lines)
    )


def _by_place(lines: Sequence[Line], depth: int) -> list[Line]:
    """Lines from top to bottom; where a gutter parts them, one column after the other."""
    gutter = _gutter(lines) if depth < _MOST_DEPTH else None
    if gutter is None:
        return _rows(lines)
    ordered: list[Line] = []
    band: list[Line] = []
    wide = {id(line) for line in lines if line.left < gutter - 1 and line.right > gutter + 1}
    for line in sorted(lines, key=lambda each: -each.middle):
        if id(line) in wide:
            ordered += _columns(band, gutter, depth)
            band = []
            ordered.append(line)
        else:
            band.append(line)
    return ordered + _columns(band, gutter, depth)


def _columns(band: Sequence[Line], gutter: float, depth: int) -> list[Line]:
    left = [line for line in band if (line.left + line.right) / 2 < gutter]
    right = [line for line in band if (line.left + line.right) / 2 >= gutter]
    return _by_place(left, depth + 1) + _by_place(right, depth + 1)


def _gutter(lines: Sequence[Line]) -> float | None:
    """A vertical line that few lines of text cross and that has prose on both sides."""
    if len(lines) < 2 * _FEWEST_LINES:
        return None
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    width = right - left
    best: tuple[int, float, float] | None = None
    x = left + 0.2 * width
    while x < left + 0.8 * width:
        crossing = sum(line.left < x < line.right for line in lines)
        rank = (crossing, abs(x - left - width / 2), x)
        best = rank if best is None or rank < best else best
        x += _STEP
    if best is None or best[0] > _WIDE_SHARE * len(lines):
        return None
    x = best[2]
    sides = [
        [line for line in lines if line.right <= x + 1],
        [line for line in lines if line.left >= x - 1],
    ]
    return x if all(_is_column(side) for side in sides) and _are_beside(*sides) else None


def _is_column(lines: Sequence[Line]) -> bool:
    if len(lines) < _FEWEST_LINES:
        return False
    width = max(line.right for line in lines) - min(line.left for line in lines)
    filled = sum(line.right - line.left > _FILLED * width for line in lines)
    letters = median(len(line.text) for line in lines)
    return filled * 2 >= len(lines) and letters >= _FEWEST_LETTERS


def _are_beside(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether the two share much of their height."""
    low = max(min(line.bottom for line in left), min(line.bottom for line in right))
    high = min(max(line.top for line in left), max(line.top for line in right))
    heights = (
        max(line.top for line in side) - min(line.bottom for line in side) for side in (left, right)
    )
    return high - low > 0.3 * min(heights)


def _rows(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom; what stands on one line from left to right."""
    ordered: list[Line] = []
    row: list[Line] = []
    for line in sorted(lines, key=lambda each: -each.middle):
        if row and row[0].middle - line.middle > _SAME_LINE * max(line.top - line.bottom, 1.0):
            ordered += _joined(row)
            row = []
        row.append(line)
    return ordered + _joined(row)


def _joined(row: list[Line]) -> list[Line]:
    """What stands on one line, as one line with cells where there is more than one piece."""
    row.sort(key=lambda line: line.left)
    if len(row) < 2 or any(not line.upright for line in row):
        return row
    cells = [c for line in row for c in (line.cells or [line])]
    return [
        Line(
            " ".join(line.text for line in row),
            row[0].left,
            min(line.bottom for line in row),
            max(line.right for line in row),
            max(line.top for line in row),
            max(line.size for line in row),
            bold=all(line.bold for line in row),
            mono=all(line.mono for line in row),
            page=row[0].page,
            cells=cells,
        )
    ]
