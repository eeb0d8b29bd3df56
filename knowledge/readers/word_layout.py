"""How a Word file is laid out: rows and cells, what is bold, what lies off the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knowledge.readers.word_styles import Styles, W, is_on
from knowledge.readers.writing import one_line

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
HOLDERS = {
    f"{W}{n}" for n in ("sdt", "sdtContent", "ins", "smartTag", "customXml", "moveTo", "body")
}
_P, _TBL, _R, _T = f"{W}p", f"{W}tbl", f"{W}r", f"{W}t"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_FAR = 10_000_000  # EMU, 28 cm: further off the margin than a page is wide
_FAR_INDENT = 12_000  # twentieths of a point, 21 cm


def choice(alternatives: Any) -> Any:
    """The first of the alternatives that says the same thing for newer and older programs."""
    choices = [c for c in alternatives if isinstance(c.tag, str)]
    for choice in choices:
        if choice.tag == f"{MC}Choice" and len(choice):
            return choice
    return choices[-1] if choices else ()


def within(element: Any, ancestor: Any) -> bool:
    """Whether an element lies somewhere in another."""
    return any(a is ancestor for a in element.iterancestors())


def off_page(indent: Any) -> str:
    """Why an indented paragraph cannot be seen, or ""."""
    for name in ("left", "start", "right", "end", "firstLine", "hanging"):
        number = indent.get(f"{W}{name}") or ""
        if re.fullmatch(r"-?\d+", number) and abs(int(number)) > _FAR_INDENT:
            return "off the page"
    return ""


def off_anchor(drawing: Any) -> str:
    """Why nothing of a drawing can be seen, or ""."""
    for offset in drawing.iter(f"{_WP}posOffset"):
        if re.fullmatch(r"-?\d+", offset.text or "") and abs(int(offset.text)) > _FAR:
            return "off the page"
    for extent in drawing.iter(f"{_WP}extent"):
        if (extent.get("cx") or "") in ("0", "1") or (extent.get("cy") or "") in ("0", "1"):
            return "in a box of no size"
    for properties in drawing.iter(f"{_WP}docPr"):
        if properties.get("hidden") in ("1", "true"):
            return "marked as hidden"
    return ""


def is_bold(paragraph: Any) -> bool:
    """Whether all text of a paragraph is bold."""
    runs = [r for r in paragraph.iter(_R) if any((t.text or "").strip() for t in r.iter(_T))]
    return bool(runs) and all(is_on(r.find(f"{W}rPr/{W}b")) for r in runs)


def row_is_bold(cells: list[Any]) -> bool:
    """Whether all text of a row of cells is bold."""
    paragraphs = [p for c in cells for p in c.iter(_P) if next(p.iter(_T), None) is not None]
    return bool(paragraphs) and all(is_bold(p) for p in paragraphs)


def rows(table: Any) -> Iterator[Any]:
    """The rows of a table itself, those in content controls and tracked insertions too."""
    for child in table:
        if child.tag == f"{W}tr":
            if child.find(f"{W}trPr/{W}del") is None:
                yield child
        elif child.tag in HOLDERS:
            yield from rows(child)


def cells(row: Any) -> Iterator[Any]:
    """The cells of a row itself."""
    for child in row:
        if child.tag == f"{W}tc":
            yield child
        elif child.tag in HOLDERS:
            yield from cells(child)


def is_layout(rows: list[list[Any]], styles: Styles) -> bool:
    """Whether the table is there to place things: its cells are read one after the other."""
    if max((len(r) for r in rows), default=0) < 2:
        return True
    for cell in (c for row in rows for c in row):
        if next(cell.iter(_TBL), None) is not None:
            return True
        if any(styles.get(s.get(f"{W}val") or "").level for s in cell.iter(f"{W}pStyle")):
            return True
        said = [p for p in cell.iter(_P) if one_line("".join(t.text or "" for t in p.iter(_T)))]
        if len(said) >= 4 and sum(len(t.text or "") for p in said for t in p.iter(_T)) > 600:
            return True
    return False
