"""The lines of a PDF page: their text, where they stand, how large and how bold they are."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

from knowledge.readers.pdf_drawing import Rectangle, drawn_area
from knowledge.readers.pdf_hidden import Findings, Scanner

raw = pypdfium2.raw

_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
_LIGATURE = re.compile("[\ufb00-\ufb06]")
# PDFium writes U+0002 (older versions U+FFFE) for a hyphen that breaks a word at a line's end.
_HYPHENS = ("\x02", "\ufffe")
_LINE = re.compile("[^\r\n\x02\ufffe]+")
_SPACES = re.compile(" +")
_UNMAPPED = ("\ufffd", "\x00")
HYPHEN = "\u00ad"
_BOLD = re.compile(rb"bold|black|heavy|semib|demi|cmbx|medi(?:um)?$|-bd", re.IGNORECASE)
_MONO = re.compile(
    rb"mono|courier|consol|cmtt|typewriter|menlo|monaco|inconsolata|andale|fixed|sourcecode|ltt\d",
    re.IGNORECASE,
)
_MARKED = re.compile(_BOLD.pattern + b"|" + _MONO.pattern, re.IGNORECASE)
_GAP = 1.3  # heights of a line: a wider gap parts cells or columns
_FEWEST_GAPS = 3
_LEAST_HEIGHT = 5.0
_LONGEST_HEADING = 160

Gap = tuple[float, float, float]  # from, to, at which height


@dataclass(slots=True)
class Line:
    """A line of text, its box in points (the page turned as it is shown), and its cells' boxes."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float = 0.0
    bold: bool = False
    mono: bool = False
    page: int = 0
    upright: bool = True
    cells: list[Line] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """Height of its middle above the foot of the page."""
        return (self.bottom + self.top) / 2


@dataclass
class PageText:
    """What a page says, and what was found out about it."""

    number: int
    width: float = 0.0
    height: float = 0.0
    lines: list[Line] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    is_scan: bool = False
    pictures: float = 0.0
    broken: bool = False
    unmapped: int = 0


class PageReader:
    """Reads one page after the other; its buffers are made once."""

    def __init__(self, document: Any, has_layers: bool) -> None:
        self._document = document
        self._scanner = Scanner(has_layers)
        self._loose = raw.FS_RECTF()
        self._loose_ref = ctypes.byref(self._loose)
        self._matrix = raw.FS_MATRIX()
        self._matrix_ref = ctypes.byref(self._matrix)
        self._same = True
        self._name = ctypes.create_string_buffer(80)
        self._flags_ref = ctypes.byref(ctypes.c_int())

    def read(self, number: int) -> PageText:
        """The page with this number, counted from 1."""
        result = PageText(number)
        page = raw.FPDF_LoadPage(self._document, number - 1)
        if not page:
            result.broken = True
            return result
        try:
            self._read(page, result)
        finally:
            raw.FPDF_ClosePage(page)
        return result

    def _read(self, page: Any, result: PageText) -> None:
        area = drawn_area(page)
        objects = self._scanner.scan(page, area)
        result.pictures = objects.pictures
        turn = raw.FPDFPage_GetRotation(page)
        width, height = area[2] - area[0], area[3] - area[1]
        result.width, result.height = (height, width) if turn in (1, 3) else (width, height)
        if not objects.texts:
            return
        findings = self._scanner.judge(page, objects, area)
        result.is_scan = findings.is_scan
        if findings.hidden:
            self._switch_off(page, findings, result)
        text_page = raw.FPDFText_LoadPage(page)
        if not text_page:
            result.broken = True
            return
        try:
            gone = {id(pointer) for pointer, _ in findings.hidden}
            boxes = [t.box for t in objects.texts if id(t.pointer) not in gone]
            result.lines = self._lines(text_page, result, gaps_between(boxes))
        finally:
            raw.FPDFText_ClosePage(text_page)
        for line in result.lines if turn else ():
            _turn(line, turn, area)
            for cell in line.cells:
                _turn(cell, turn, area)

    def _switch_off(self, page: Any, findings: Findings, result: PageText) -> None:
        """Hidden text is noted and leaves the page, so that the text is read without it."""
        text_page = raw.FPDFText_LoadPage(page)
        buffer = (ctypes.c_ushort * 4096)()
        for pointer, reason in findings.hidden:
            if text_page:
                length = raw.FPDFTextObj_GetText(pointer, text_page, buffer, 8192)
                said = bytes(buffer)[: max(0, min(length, 8192) - 2)].decode("utf-16-le", "replace")
                result.hidden.append((said, reason))
        if text_page:
            raw.FPDFText_ClosePage(text_page)
        for pointer, _ in findings.hidden:
            raw.FPDFPageObj_SetIsActive(pointer, False)

    def _lines(self, page: Any, result: PageText, gaps: list[Gap]) -> list[Line]:
        text = _text(page)
        self._same = raw.FPDFText_CountChars(page) == len(text)
        result.unmapped = sum(map(text.count, _UNMAPPED))
        lines = []
        for match in _LINE.finditer(text):
            line = self._line(page, text, match.start(), match.end(), result.number)
            if line is None:
                continue
            if gaps and (inside := [g for g in gaps if _is_in(g, line)]):
                line.cells = self._cells(page, text, match.span(), inside, result.number)
            lines.append(line)
        return lines

    def _line(self, page: Any, text: str, start: int, end: int, number: int) -> Line | None:
        """The line in `text[start:end]`; its ends are those of its first and last character."""
        said = text[start:end].strip(" \t\x00")
        if not said:
            return None
        start = text.index(said, start)
        broken = text[end : end + 1] in _HYPHENS and end < len(text)
        first = self._index(page, start)
        last = self._index(page, start + len(said) - 1)
        box = self._loose
        raw.FPDFText_GetLooseCharBox(page, first, self._loose_ref)
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        line = Line(_plain(said), left, bottom, right, top, page=number)
        raw.FPDFText_GetMatrix(page, first, self._matrix_ref)
        raw.FPDFText_GetLooseCharBox(page, last, self._loose_ref)
        scale = max(abs(self._matrix.c), abs(self._matrix.d)) or 1.0
        # A bullet or a raised number is set smaller than the line that it begins.
        size = max(raw.FPDFText_GetFontSize(page, i) for i in (first, last))
        line.size = size * scale
        line.upright = abs(self._matrix.b) <= abs(self._matrix.a)
        line.left, line.right = min(left, box.left), max(right, box.right)
        line.bottom, line.top = min(bottom, box.bottom), max(top, box.top)
        if len(said) < _LONGEST_HEADING:
            name = self._font(page, first)
            if _MARKED.search(name):
                last_name = self._font(page, last)
                line.bold = bool(_BOLD.search(name) and _BOLD.search(last_name))
                line.mono = bool(_MONO.search(name) and _MONO.search(last_name))
        if broken:
            line.text += HYPHEN
        return line

    def _index(self, page: Any, index: int) -> int:
        if self._same:
            return index
        found: int = raw.FPDFText_GetCharIndexFromTextIndex(page, index)
        return found if found >= 0 else index

    def _font(self, page: Any, index: int) -> bytes:
        """Its name, which says more than the weight and the flags that files give."""
        raw.FPDFText_GetFontInfo(page, index, self._name, len(self._name), self._flags_ref)
        return bytes(self._name.value)

    def _cells(
        self, page: Any, text: str, span: tuple[int, int], gaps: list[Gap], number: int
    ) -> list[Line]:
        """The parts of a line that gaps part."""
        starts = [m.end() for m in _SPACES.finditer(text, *span)]
        cuts = [span[0]]
        for gap in sorted(gaps):
            at = bisect_left(starts, (gap[0] + gap[1]) / 2, key=lambda i: self._left(page, i))
            if at < len(starts) and starts[at] > cuts[-1]:
                cuts.append(starts[at])
        cells = [
            self._line(page, text, a, b, number)
            for a, b in zip(cuts, [*cuts[1:], span[1]], strict=True)
        ]
        return [c for c in cells if c is not None] if len(cuts) > 1 else []

    def _left(self, page: Any, index: int) -> float:
        raw.FPDFText_GetLooseCharBox(page, self._index(page, index), self._loose_ref)
        return float(self._loose.left)


def gaps_between(boxes: list[Rectangle]) -> list[Gap]:
    """Wide gaps between texts that follow each other on one line; none where they are few."""
    gaps = []
    before: Rectangle | None = None
    for box in boxes:
        if box[2] - box[0] <= 0 or box[3] - box[1] <= 0:
            continue
        if before is not None and box[0] > before[2]:
            height = min(box[3], before[3]) - max(box[1], before[1])
            tall = max(box[3] - box[1], before[3] - before[1], _LEAST_HEIGHT)
            if height > 0 and _GAP * tall < box[0] - before[2]:
                gaps.append(
                    (before[2], box[0], (max(box[1], before[1]) + min(box[3], before[3])) / 2)
                )
        before = box
    return gaps if len(gaps) >= _FEWEST_GAPS else []


def _is_in(gap: Gap, line: Line) -> bool:
    return line.bottom <= gap[2] <= line.top and line.left < gap[0] and gap[1] < line.right + 1


def _text(page: Any) -> str:
    """All text of a page; one character of the string for each in PDFium's own."""
    count = raw.FPDFText_CountChars(page)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    written = raw.FPDFText_GetText(page, 0, count, buffer)
    return bytes(memoryview(buffer)[: max(0, written - 1)]).decode("utf-16-le", "replace")


def _plain(text: str) -> str:
    text = _LIGATURE.sub(lambda m: _LIGATURES[m[0]], text)
    return " ".join(text.split())


def _turn(line: Line, turn: int, area: Rectangle) -> None:
    """Moves the box of a line to where it is on the page as it is shown."""
    x0, y0, x1, y1 = area
    left, bottom, right, top = line.left, line.bottom, line.right, line.top
    if turn == 1:
        box = (bottom - y0, x1 - right, top - y0, x1 - left)
    elif turn == 2:
        box = (x1 - right, y1 - top, x1 - left, y1 - bottom)
    else:
        box = (y1 - top, left - x0, y1 - bottom, right - x0)
    line.left, line.bottom, line.right, line.top = box
    line.upright = not line.upright if turn in (1, 3) else line.upright
