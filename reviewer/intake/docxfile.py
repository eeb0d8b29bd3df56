"""DOCX to blocks: headings by style, paragraphs, lists, tables row by row, in document order."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml.etree import LxmlError  # type: ignore[import-untyped]  # it ships no types

from reviewer.errors import UnreadableDesign
from reviewer.intake.plaintext import Block

_MOST_UNPACKED = 200_000_000
_MOST_XML = 60_000_000
_P, _TBL, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_R, _T, _TAB, _BR, _CR = qn("w:r"), qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr")
_PPR, _RPR, _VAL = qn("w:pPr"), qn("w:rPr"), qn("w:val")
_SKIPPED = (qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:delText"))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_ALT_CHUNK = qn("w:altChunk")
_OFF = ("0", "false", "off")


def docx_blocks(path: Path) -> tuple[list[Block], str, list[str]]:
    """Blocks, title and warnings. Raises `UnreadableDesign` with the end of a sentence."""
    _check_archive(path)
    try:
        document = docx.Document(str(path))
        reader = _DocxReader(document)
        blocks = list(reader.blocks(document.element.body))
    except (OpcError, LxmlError, zipfile.BadZipFile, KeyError, RecursionError) as error:
        raise UnreadableDesign("is damaged: it cannot be opened as a DOCX file.") from error
    except ValueError as error:
        raise UnreadableDesign("is not a plain DOCX file: save it as .docx.") from error
    if not any(b.text.strip() for b in blocks):
        raise UnreadableDesign("holds no text that could be reviewed.")
    if not any(b.kind == "heading" for b in blocks):
        blocks = [_bold_heading(b, b in reader.bold) for b in blocks]
    title = "" if any(b.level == 1 for b in blocks) else (document.core_properties.title or "")
    warnings = []
    if reader.hidden:
        warnings.append(f"Hidden text was not reviewed ({reader.hidden} characters).")
    return blocks, title, warnings


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDesign("is damaged: it cannot be opened as a DOCX file.") from error
    if any(i.flag_bits & 1 for i in infos):
        raise UnreadableDesign("is protected by a password: save it without one.")
    # Python's zipfile never unpacks more than the size that is declared here.
    if sum(i.file_size for i in infos) > _MOST_UNPACKED or any(
        i.file_size > _MOST_XML for i in infos if i.filename.endswith((".xml", ".rels"))
    ):
        raise UnreadableDesign("unpacks to far more than a document: it was not read.")


class _DocxReader:
    def __init__(self, document: Any) -> None:
        self.part = document.part
        self.hidden = 0
        self.bold: list[Block] = []
        self.levels: dict[str, int] = {}
        self.list_styles: set[str] = set()
        self.hidden_styles: set[str] = set()
        for style in document.styles.element.iter(qn("w:style")):
            self._style(style)

    def _style(self, style: Any) -> None:
        name_element = style.find(qn("w:name"))
        name = (name_element.get(_VAL) if name_element is not None else "") or ""
        identifier = style.get(qn("w:styleId")) or ""
        heading = re.fullmatch(r"heading (\d)", name.lower())
        if heading:
            self.levels[identifier] = int(heading[1])
        elif name.lower() == "title":
            self.levels[identifier] = 1
        elif (outline := style.find(f"{_PPR}/{qn('w:outlineLvl')}")) is not None:
            self.levels[identifier] = min(6, int(outline.get(_VAL) or 0) + 1)
        if name.lower().startswith("list") or style.find(f"{_PPR}/{qn('w:numPr')}") is not None:
            self.list_styles.add(identifier)
        if _is_on(style.find(f"{_RPR}/{qn('w:vanish')}")):
            self.hidden_styles.add(identifier)

    def blocks(self, parent: Any) -> Iterator[Block]:
        for child in parent:
            if child.tag == _P:
                yield from self._paragraph(child)
            elif child.tag == _TBL:
                yield from self._table(child)
            elif child.tag == _ALT_CHUNK:
                yield from self._alt_chunk(child)
            elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag")):
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        text = self._text(paragraph)
        if not text.strip():
            return
        style = self._value(paragraph, f"{_PPR}/{qn('w:pStyle')}") or ""
        outline = self._value(paragraph, f"{_PPR}/{qn('w:outlineLvl')}")
        level = self.levels.get(style, 0)
        if outline and outline.isdigit() and int(outline) < 9:
            level = int(outline) + 1
        if level and len(text) <= 200:
            yield Block("heading", " ".join(text.split()), min(level, 6))
            return
        numbered = paragraph.find(f"{_PPR}/{qn('w:numPr')}") is not None
        block = Block("item" if numbered or style in self.list_styles else "paragraph", text)
        runs = [r for r in paragraph.iter(_R) if any((t.text or "").strip() for t in r.iter(_T))]
        if runs and all(_is_on(r.find(f"{_RPR}/{qn('w:b')}")) for r in runs):
            self.bold.append(block)
        yield block

    def _table(self, table: Any) -> Iterator[Block]:
        for row in table.iter(_TR):
            if next((a for a in row.iterancestors(_TBL)), None) is not table:
                continue  # a row of a table inside a cell belongs to the cell's text
            cells = [" ".join(self._text(cell).split()) for cell in row.iterchildren(_TC)]
            if any(cells):
                yield Block("row", " | ".join(cells))

    def _alt_chunk(self, chunk: Any) -> Iterator[Block]:
        part = self.part.related_parts.get(chunk.get(qn("r:id")))
        if part is None or "htm" not in (part.content_type + part.partname).lower():
            return
        source = part.blob[:5_000_000].decode("utf-8", errors="replace")
        source = re.sub(r"(?is)<(script|style|head)\b.*?</\1\s*>", " ", source)
        source = re.sub(r"(?i)</?(?:p|div|br|li|h\d|tr|td|th|table|ul|ol)\b[^<>]*>", "\n", source)
        text = html.unescape(re.sub(r"<[^<>]*>", " ", source))
        for line in text.split("\n"):
            if line.strip():
                yield Block("paragraph", " ".join(line.split()))

    def _text(self, element: Any) -> str:
        parts: list[str] = []
        self._collect(element, parts)
        return "".join(parts)

    def _collect(self, element: Any, parts: list[str]) -> None:
        for child in element:
            tag = child.tag
            if tag in _SKIPPED or tag == _FALLBACK or not isinstance(tag, str):
                continue
            if tag == _R and self._is_hidden(child):
                self.hidden += sum(len(t.text or "") for t in child.iter(_T))
            elif tag == _T:
                parts.append(child.text or "")
            elif tag in (_TAB, _BR, _CR):
                parts.append(" " if tag == _TAB else "\n")
            elif tag == qn("w:noBreakHyphen"):
                parts.append("-")
            else:
                self._collect(child, parts)
                if tag in (_P, _TC):
                    parts.append("\n")

    def _is_hidden(self, run: Any) -> bool:
        """Vanished, white, or too small to see."""
        properties = run.find(_RPR)
        if properties is None:
            return False
        if _is_on(properties.find(qn("w:vanish"))):
            return True
        style = self._value(properties, qn("w:rStyle"))
        if style in self.hidden_styles:
            return True
        color = (self._value(properties, qn("w:color")) or "").upper()
        size = self._value(properties, qn("w:sz")) or ""
        shaded = properties.find(qn("w:shd")) is not None
        return (color == "FFFFFF" and not shaded) or (size.isdigit() and int(size) <= 4)

    def _value(self, element: Any, path: str) -> str | None:
        found = element.find(path)
        value: str | None = found.get(_VAL) if found is not None else None
        return value


def _is_on(element: Any) -> bool:
    return element is not None and element.get(_VAL) not in _OFF


def _bold_heading(block: Block, is_bold: bool) -> Block:
    if is_bold and block.kind == "paragraph" and len(block.text.split()) <= 12:
        return Block("heading", " ".join(block.text.split()), 2)
    return block
