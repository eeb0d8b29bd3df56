"""DOCX to blocks in document order: body, tables, text boxes, notes, embedded chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from knowledge.document_types import BlockKind
from knowledge.readers import html
from knowledge.readers.mail import pages_in
from knowledge.readers.opc import Package, R
from knowledge.readers.sniff import decoded
from knowledge.readers.source import Facts, Refusal, Source
from knowledge.readers.tables import write_rows
from knowledge.readers.word_styles import (
    W,
    Style,
    Styles,
    hidden_reason,
    is_on,
    shade_of,
    value,
    with_run,
)
from knowledge.readers.writing import Writer, one_line, says_something

_P, _TBL, _TR, _TC, _R = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc", f"{W}r"
_PPR, _RPR, _T = f"{W}pPr", f"{W}rPr", f"{W}t"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_GONE = {
    f"{W}{n}" for n in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "rt", "sdtPr")
}
_BREAKS = {
    f"{W}tab": " ",
    f"{W}ptab": " ",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_HOLDERS = {
    f"{W}{n}" for n in ("sdt", "sdtContent", "ins", "smartTag", "customXml", "moveTo", "body")
}
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_TEXT_BOX = f"{W}txbxContent"
_FAR = 10_000_000  # EMU, 28 cm: further off the margin than a page is wide
_FAR_INDENT = 12_000  # twentieths of a point, 21 cm
_LONGEST_HEADING = 200
_MOST_CHUNKS = 200


def read(source: Source, writer: Writer) -> Facts:
    """Read a DOCX file."""
    return _read(source, writer, depth=0)


def _read(source: Source, writer: Writer, depth: int) -> Facts:
    package = Package(source, "DOCX")
    root = package.xml(package.main)
    body = root.find(f"{W}body") if root is not None else None
    if body is None:
        raise package.damaged()
    document = _Document(package, source, writer, depth)
    background = root.find(f"{W}background")
    if background is not None:
        document.paper = (background.get(f"{W}color") or "FFFFFF").upper()
    document.plain = not document.has_headings(body)
    document.blocks(body)
    document.leave_out_comments()
    facts = package.facts()
    facts.warnings += document.warnings()
    return facts


@dataclass
class _Spot:
    """Where text stands: the ground behind it, and the things that come after its paragraph."""

    behind: str = ""
    hidden: str = ""


class _Document:
    def __init__(self, package: Package, source: Source, writer: Writer, depth: int) -> None:
        self.package = package
        self.source = source
        self.writer = writer
        self.depth = depth
        self.relations = package.relations(package.main)
        self.styles = Styles(package.xml(self.target("styles")))
        self.paper = "FFFFFF"
        self.plain = False
        self.unread = 0
        self.embedded = 0
        self.chunks = 0
        self.notes = {k: self._notes(k) for k in ("footnotes", "endnotes")}
        self.after: list[tuple[Any, str]] = []

    def target(self, kind: str) -> str:
        """The name of the first part of a kind, or ""."""
        return next((t for k, t in self.relations.values() if k == kind), "")

    def _notes(self, kind: str) -> dict[str, Any]:
        root = self.package.xml(self.target(kind)) if self.target(kind) else None
        return (
            {n.get(f"{W}id") or "": n for n in root if isinstance(n.tag, str)}
            if root is not None
            else {}
        )

    def has_headings(self, body: Any) -> bool:
        used = {p.get(f"{W}val") or "" for p in body.iter(f"{W}pStyle")}
        return any(self.styles.get(u).level for u in used) or any(
            o.get(f"{W}val") in "0 1 2 3 4 5 6 7 8".split() for o in body.iter(f"{W}outlineLvl")
        )

    def blocks(self, parent: Any, spot: _Spot | None = None) -> None:
        spot = spot or _Spot()
        for child in parent:
            if child.tag == _P:
                self.paragraph(child, spot)
            elif child.tag == _TBL:
                self.table(child, spot)
            elif child.tag == f"{W}altChunk":
                self.alt_chunk(child)
            elif child.tag in _HOLDERS:
                if not is_on(child.find(f"{W}sdtPr/{W}showingPlcHdr")):
                    self.blocks(child, spot)
            elif child.tag == f"{_MC}AlternateContent":
                self.blocks(_choice(child), spot)

    # paragraphs

    def paragraph(self, paragraph: Any, spot: _Spot) -> None:
        outer, self.after = self.after, []
        style = self.styles.get(value(paragraph, f"{_PPR}/{W}pStyle"))
        text = self.text(paragraph, style, spot)
        if says_something(text) and not style.is_contents:
            self._write(paragraph, style, text)
        after, self.after = self.after, outer
        for element, hidden in after:
            self.blocks(element, replace(spot, hidden=hidden))

    def _write(self, paragraph: Any, style: Style, text: str) -> None:
        outline = value(paragraph, f"{_PPR}/{W}outlineLvl")
        level = style.level
        if outline.isdigit():
            level = int(outline) + 1 if int(outline) < 9 else 0
        if (
            self.plain
            and len(text.split()) <= 12
            and _is_bold(paragraph)
            and text.strip()[-1] not in ".,;"
        ):
            level = 2
        if level and len(text) <= _LONGEST_HEADING:
            self.writer.heading(text, level)
            return
        number = paragraph.find(f"{_PPR}/{W}numPr")
        listed = style.is_list if number is None else value(number, f"{W}numId") != "0"
        kind: BlockKind = "list_item" if listed else "paragraph"
        if style.is_code:
            kind = "code"
        elif style.name == "caption":
            kind = "caption"
        self.writer.add(kind, text)

    def text(self, paragraph: Any, style: Style, spot: _Spot) -> str:
        """The visible text of a paragraph; boxes and notes are put aside for after it."""
        properties = paragraph.find(_PPR)
        behind = shade_of(properties) or style.shade or spot.behind or self.paper
        reason = spot.hidden
        if properties is not None and (indent := properties.find(f"{W}ind")) is not None:
            reason = reason or _off_page(indent)
        parts: list[str] = []
        self._collect(paragraph, style, _Spot(behind, reason), parts)
        return "".join(parts)

    def _collect(self, element: Any, style: Style, spot: _Spot, parts: list[str]) -> None:
        for child in element:
            tag = child.tag
            if not isinstance(tag, str) or tag in _GONE:
                continue
            if tag in (_T, _MATH_TEXT):
                self._say(_string(child), style, spot, parts)
            elif tag in _BREAKS:
                parts.append(_BREAKS[tag])
            elif tag == _R:
                self._collect(child, self._run_style(child, style), spot, parts)
            elif tag in _NOTES:
                note = self.notes[_NOTES[tag]].get(child.get(f"{W}id") or "")
                if note is not None:
                    self.after.append((note, spot.hidden))
            elif tag == f"{_MC}AlternateContent":
                self._collect(_choice(child), style, spot, parts)
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                self._drawing(child, spot)
            elif not is_on(child.find(f"{W}sdtPr/{W}showingPlcHdr")):
                self._collect(child, style, spot, parts)

    def _say(self, text: str, style: Style, spot: _Spot, parts: list[str]) -> None:
        reason = spot.hidden or hidden_reason(style, spot.behind)
        if reason:
            self.writer.hide(text, reason)
        else:
            parts.append(text)

    def _run_style(self, run: Any, style: Style) -> Style:
        properties = run.find(_RPR)
        if properties is None:
            return style
        if name := value(properties, f"{W}rStyle"):
            character = self.styles.get(name)
            style = replace(
                style,
                vanish=character.vanish if character.vanish is not None else style.vanish,
                colour=character.colour or style.colour,
                size=character.size if character.size != self.styles.usual.size else style.size,
            )
        return with_run(style, properties)

    def _drawing(self, drawing: Any, spot: _Spot) -> None:
        """Text boxes, diagrams and charts: their text comes after the paragraph."""
        hidden = spot.hidden or _off_anchor(drawing)
        for box in drawing.iter(_TEXT_BOX):
            if next((a for a in box.iterancestors(_TEXT_BOX) if _within(a, drawing)), None) is None:
                self.after.append((box, hidden))
        if drawing.tag == f"{W}object":
            self.embedded += 1
        for element in drawing.iter():
            for name in ("dm", "id"):
                kind, target = self.relations.get(element.get(f"{R}{name}") or "", ("", ""))
                if kind in ("diagramData", "chart"):
                    self._graphic(target)

    def _graphic(self, target: str) -> None:
        root = self.package.xml(target)
        if root is None:
            return
        for paragraph in root.iter(f"{_A}p"):
            self.writer.add("caption", "".join(t.text or "" for t in paragraph.iter(f"{_A}t")))

    # tables

    def table(self, table: Any, spot: _Spot) -> None:
        style = value(table, f"{W}tblPr/{W}tblStyle")
        rows = [r for r in _rows(table)]
        cells = [list(_cells(row)) for row in rows]
        ground = replace(spot, behind="STYLE" if style in self.styles.table_shades else spot.behind)
        if _is_layout(cells, self.styles):
            for row in cells:
                for cell in row:
                    self.blocks(cell, self._in_cell(cell, ground))
            return
        heads = 0
        while heads < len(rows) and is_on(rows[heads].find(f"{W}trPr/{W}tblHeader")):
            heads += 1
        if not heads and len(rows) > 1 and _row_is_bold(cells[0]) and not _row_is_bold(cells[1]):
            heads = 1
        write_rows(self.writer, self._lines(cells, ground), heads)

    def _in_cell(self, cell: Any, spot: _Spot) -> _Spot:
        shade = shade_of(cell.find(f"{W}tcPr"))
        return replace(spot, behind=shade or spot.behind)

    def _lines(self, rows: list[list[Any]], spot: _Spot) -> list[list[str]]:
        """The text of each cell; cells that are merged say in each row what they hold."""
        lines: list[list[str]] = []
        for row in rows:
            line: list[str] = []
            for cell in row:
                text = self._cell_text(cell, self._in_cell(cell, spot))
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                if merge is not None and merge.get(f"{W}val") != "restart" and lines:
                    text = text or (lines[-1][len(line)] if len(line) < len(lines[-1]) else "")
                span = value(cell, f"{W}tcPr/{W}gridSpan")
                line += [text] + [""] * (min(int(span), 60) - 1 if span.isdigit() else 0)
            lines.append(line)
        return lines

    def _cell_text(self, cell: Any, spot: _Spot) -> str:
        kept, inline = self.writer, html.Inline(self.writer)
        self.writer = inline
        self.blocks(cell, spot)
        self.writer = kept
        return " ".join(inline.texts)

    # parts beside the main one

    def alt_chunk(self, chunk: Any) -> None:
        """A whole file that stands in the place of paragraphs."""
        _, target = self.relations.get(chunk.get(f"{R}id") or "", ("", ""))
        data = self.package.bytes(target)
        self.chunks += 1
        if self.chunks > _MOST_CHUNKS:
            raise Refusal(f"embeds more than {_MOST_CHUNKS} other files: save it as one document.")
        if data.startswith(b"PK\x03\x04") and self.depth < 2:
            inner = Source(self.source.name, data, self.source.limits)
            _read(inner, self.writer, self.depth + 1)
        elif pages := pages_in(data, target):
            for page in pages:
                html.write_page(html.parsed(page), self.writer, whole=True)
        elif target.endswith(".txt"):
            for line in decoded(data)[0].split("\n"):
                self.writer.add("paragraph", line)
        elif data:
            self.unread += 1

    def leave_out_comments(self) -> None:
        root = self.package.xml(self.target("comments")) if self.target("comments") else None
        if root is not None:
            text = " ".join(_string(t) for t in root.iter(_T))
            self.writer.hide(text, "in comments")

    def warnings(self) -> list[str]:
        said = []
        if self.unread:
            said.append(
                f"{self.unread} embedded parts (RTF or other) were not read: paste their text."
            )
        if self.embedded:
            said.append(f"{self.embedded} embedded objects were not read.")
        return said


def _string(element: Any) -> str:
    """The text of an element; an entity in it counts as nothing."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _choice(alternatives: Any) -> Any:
    """The first of the alternatives that says the same thing for newer and older programs."""
    choices = [c for c in alternatives if isinstance(c.tag, str)]
    for choice in choices:
        if choice.tag == f"{_MC}Choice" and len(choice):
            return choice
    return choices[-1] if choices else ()


def _within(element: Any, ancestor: Any) -> bool:
    return any(a is ancestor for a in element.iterancestors())


def _off_page(indent: Any) -> str:
    for name in ("left", "start", "right", "end", "firstLine", "hanging"):
        number = indent.get(f"{W}{name}") or ""
        if re.fullmatch(r"-?\d+", number) and abs(int(number)) > _FAR_INDENT:
            return "off the page"
    return ""


def _off_anchor(drawing: Any) -> str:
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


def _is_bold(paragraph: Any) -> bool:
    runs = [r for r in paragraph.iter(_R) if any((t.text or "").strip() for t in r.iter(_T))]
    return bool(runs) and all(is_on(r.find(f"{_RPR}/{W}b")) for r in runs)


def _row_is_bold(cells: list[Any]) -> bool:
    paragraphs = [p for c in cells for p in c.iter(_P) if next(p.iter(_T), None) is not None]
    return bool(paragraphs) and all(_is_bold(p) for p in paragraphs)


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table itself, those in content controls and tracked insertions too."""
    for child in table:
        if child.tag == _TR:
            if child.find(f"{W}trPr/{W}del") is None:
                yield child
        elif child.tag in _HOLDERS:
            yield from _rows(child)


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == _TC:
            yield child
        elif child.tag in _HOLDERS:
            yield from _cells(child)


def _is_layout(rows: list[list[Any]], styles: Styles) -> bool:
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
