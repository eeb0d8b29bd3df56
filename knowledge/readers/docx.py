"""DOCX to blocks in document order: body, tables, text boxes, notes, embedded chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from knowledge.first_bytes import decoded
from knowledge.readers import html
from knowledge.readers.mail import pages_in
from knowledge.readers.opc import Package, R
from knowledge.readers.source import Facts, Refusal, Source
from knowledge.readers.tables import write_rows
from knowledge.readers.word_layout import (
    HOLDERS,
    MC,
    cells,
    choice,
    is_bold,
    is_layout,
    off_anchor,
    off_page,
    row_is_bold,
    rows,
    within,
)
from knowledge.readers.word_styles import (
    Style,
    Styles,
    W,
    hidden_reason,
    is_on,
    shade_of,
    value,
    with_run,
)
from knowledge.readers.writing import FENCES, Writer, says_something

if TYPE_CHECKING:
    from knowledge.document_types import BlockKind

_P, _TBL, _TR, _TC, _R = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc", f"{W}r"
_PPR, _RPR, _T = f"{W}pPr", f"{W}rPr", f"{W}t"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
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
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_DRAWINGS = {f"{W}{n}" for n in ("drawing", "pict", "object")}
_TEXT_BOX = f"{W}txbxContent"
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
        self.in_fence = False
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
            o.get(f"{W}val") in ["0", "1", "2", "3", "4", "5", "6", "7", "8"]
            for o in body.iter(f"{W}outlineLvl")
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
            elif child.tag in HOLDERS:
                if not is_on(child.find(f"{W}sdtPr/{W}showingPlcHdr")):
                    self.blocks(child, spot)
            elif child.tag == f"{MC}AlternateContent":
                self.blocks(choice(child), spot)

    # paragraphs

    def paragraph(self, paragraph: Any, spot: _Spot) -> None:
        outer, self.after = self.after, []
        style = self.styles.get(value(paragraph, f"{_PPR}/{W}pStyle"))
        text = self.text(paragraph, style, spot)
        said = says_something(text) or text.lstrip().startswith(FENCES)
        if said and not style.is_contents:
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
            and is_bold(paragraph)
            and text.strip()[-1] not in ".,;"
        ):
            level = 2
        if level and len(text) <= _LONGEST_HEADING:
            self.writer.heading(text, level)
            return
        fence = text.lstrip().startswith(FENCES)
        if fence or self.in_fence:
            self.in_fence ^= fence and text.count(text.lstrip()[:3]) % 2 == 1
            self.writer.add("code", text)
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
            reason = reason or off_page(indent)
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
            elif tag in _NOTES:
                self._note(child, spot)
            elif tag in _DRAWINGS:
                self._drawing(child, spot)
            else:
                inner = self._run_style(child, style) if tag == _R else style
                self._collect(_inside(child), inner, spot, parts)

    def _note(self, reference: Any, spot: _Spot) -> None:
        note = self.notes[_NOTES[reference.tag]].get(reference.get(f"{W}id") or "")
        if note is not None:
            self.after.append((note, spot.hidden))

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
        hidden = spot.hidden or off_anchor(drawing)
        for box in drawing.iter(_TEXT_BOX):
            if next((a for a in box.iterancestors(_TEXT_BOX) if within(a, drawing)), None) is None:
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
        lines = list(rows(table))
        grid = [list(cells(row)) for row in lines]
        ground = replace(spot, behind="STYLE" if style in self.styles.table_shades else spot.behind)
        if is_layout(grid, self.styles):
            for row in grid:
                for cell in row:
                    self.blocks(cell, self._in_cell(cell, ground))
            return
        heads = 0
        while heads < len(lines) and is_on(lines[heads].find(f"{W}trPr/{W}tblHeader")):
            heads += 1
        if not heads and len(lines) > 1 and row_is_bold(grid[0]) and not row_is_bold(grid[1]):
            heads = 1
        write_rows(self.writer, self._lines(grid, ground), heads)

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


def _inside(element: Any) -> Any:
    """What of an element is to be read: one of its alternatives, nothing of a placeholder."""
    if element.tag == f"{MC}AlternateContent":
        return choice(element)
    return () if is_on(element.find(f"{W}sdtPr/{W}showingPlcHdr")) else element


def _string(element: Any) -> str:
    """The text of an element; an entity in it counts as nothing."""
    return (element.text or "") + "".join(child.tail or "" for child in element)
