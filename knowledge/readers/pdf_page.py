"""The lines of a PDF page: their text, where they stand, how large and how bold they are."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from knowledge.readers import pdfium
from knowledge.readers.pdf_drawing import Rectangle, drawn_area
from knowledge.readers.pdf_hidden import Findings, judge
from knowledge.readers.pdf_objects import Scanner
from knowledge.readers.pdfium import raw

_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
_LIGATURE = re.compile("[\ufb00-\ufb06]")
# PDFium writes U+0002 (older versions U+FFFE) for a hyphen that breaks a word at a line's end.
_HYPHENS = ("\x02", "\ufffe")
_LINE = re.compile("[^\r\n\x02\ufffe]+")
_UNMAPPED = ("\ufffd", "\x00")
HYPHEN = "\u00ad"
_BOLD = re.compile(rb"bold|black|heavy|semib|demi|cmbx|medi(?:um)?$|-bd", re.IGNORECASE)
_MONO = re.compile(
    rb"mono|courier|consol|cmtt|typewriter|menlo|monaco|inconsolata|andale|fixed|sourcecode|ltt\d",
    re.IGNORECASE,
)
_IS_BOLD, _IS_MONO = 1, 2
_GAP = 1.3  # heights of a line: a wider gap parts cells or columns
_FEWEST_GAPS = 3
_BLANK = " \t\x00"
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
        self._lines = LineReader()

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
        findings = judge(page, objects, area)
        result.is_scan = findings.is_scan
        if findings.hidden:
            _switch_off(page, findings, result)
        text_page = raw.FPDFText_LoadPage(page)
        if not text_page:
            result.broken = True
            return
        try:
            gone = {id(pointer) for pointer, _ in findings.hidden}
            boxes = [t.box for t in objects.texts if id(t.pointer) not in gone]
            text = _text(text_page)
            result.unmapped = sum(map(text.count, _UNMAPPED))
            gaps = gaps_between(boxes)
            result.lines = self._lines.read(text_page, text, gaps, result.number)
        finally:
            raw.FPDFText_ClosePage(text_page)
        if turn or area[0] or area[1]:
            for line in result.lines:
                for each in (line, *line.cells):
                    _turn(each, turn, area)


def _switch_off(page: Any, findings: Findings, result: PageText) -> None:
    """Hidden text is noted and leaves the page, so that the text is read without it."""
    text_page = raw.FPDFText_LoadPage(page)
    buffer = (ctypes.c_ushort * 4096)()
    place, size = ctypes.addressof(buffer), ctypes.sizeof(buffer)
    for pointer, reason in findings.hidden:
        if text_page:
            length = pdfium.object_text(pointer, pdfium.handle_of(text_page), place, size)
            said = bytes(buffer)[: max(0, min(length, size) - 2)]
            result.hidden.append((said.decode("utf-16-le", "replace"), reason))
    if text_page:
        raw.FPDFText_ClosePage(text_page)
    for pointer, _ in findings.hidden:
        pdfium.switch(pointer, 0)


class LineReader:
    """Asks for the places of the first and the last character of each line."""

    def __init__(self) -> None:
        # Left, top, right, bottom of the first and of the last character; the first one's matrix.
        self._ends = pdfium.Numbers(ctypes.c_float, 14)
        self._box = pdfium.Numbers(ctypes.c_float)
        self._place = self._box.places[0]
        self._name = ctypes.create_string_buffer(80)
        self._length = ctypes.c_ulong(len(self._name))
        self._places = ctypes.byref(self._name), ctypes.byref(ctypes.c_int())
        self._edges: dict[int, tuple[float, float]] = {}
        self._page = pdfium.Handle()
        self._text = ""
        self._same = True
        self._number = 0

    def read(self, page: Any, text: str, gaps: Sequence[Gap], number: int) -> list[Line]:
        """The lines of a page whose text is `text`, cut into cells where there are gaps."""
        self._page, self._text, self._number = pdfium.handle_of(page), text, number
        self._edges.clear()
        self._same = raw.FPDFText_CountChars(page) == len(text)
        gaps = sorted(gaps, key=lambda gap: gap[2])
        heights = [gap[2] for gap in gaps]
        lines = []
        for match in _LINE.finditer(text):
            line = self._line(*match.span())
            if line is None:
                continue
            if gaps:
                near = gaps[bisect_left(heights, line.bottom) : bisect_right(heights, line.top)]
                inside = [g for g in near if line.left < g[0] and g[1] < line.right + 1]
                if inside:
                    line.cells = self._cells(line, match.span(), inside)
            lines.append(line)
        return lines

    def _line(self, start: int, end: int) -> Line | None:
        """The line in `text[start:end]`; its ends are those of its first and last character."""
        text = self._text
        said = text[start:end].strip(_BLANK)
        if not said:
            return None
        if len(said) != end - start:
            start = text.index(said, start)
        final = start + len(said) - 1
        page, first, last = self._page, start, final
        if not self._same:
            first, last = self._index(start), self._index(final)
        places = self._ends.places
        pdfium.loose_box(page, first, places[0])
        pdfium.loose_box(page, last, places[4])
        pdfium.text_matrix(page, first, places[8])
        left, top, right, bottom, left_2, top_2, right_2, bottom_2, a, b, c, d, _, _ = (
            self._ends.read()
        )
        self._edges[start], self._edges[final] = (left, right), (left_2, right_2)
        # A bullet or a raised number is set smaller than the line that it begins.
        size = max(pdfium.font_size(page, first), pdfium.font_size(page, last))
        line = Line(
            _plain(said),
            left if left <= left_2 else left_2,
            bottom if bottom <= bottom_2 else bottom_2,
            right if right >= right_2 else right_2,
            top if top >= top_2 else top_2,
            size * (max(abs(c), abs(d)) or 1.0),
            False,
            False,
            self._number,
            abs(b) <= abs(a),
            [],  # said here, since a default of its own costs more than the rest of the line
        )
        if len(said) < _LONGEST_HEADING and (marks := _marks(self._font(first))):
            marks &= _marks(self._font(last))
            line.bold, line.mono = bool(marks & _IS_BOLD), bool(marks & _IS_MONO)
        if end < len(text) and text[end] in _HYPHENS:
            line.text += HYPHEN
        return line

    def _index(self, index: int) -> int:
        found: int = pdfium.char_index(self._page, index)
        return found if found >= 0 else index

    def _font(self, index: int) -> bytes:
        """Its name, which says more than the weight and the flags that files give."""
        pdfium.font_info(self._page, index, self._places[0], self._length, self._places[1])
        return self._name.value

    def _cells(self, line: Line, span: tuple[int, int], gaps: list[Gap]) -> list[Line]:
        """The parts of a line that gaps part."""
        starts = _word_starts(self._text, *span)
        cuts = [span[0]]
        for left, right, _ in sorted(gaps):
            at = self._after(starts, (left + right) / 2)
            if at < len(starts) and starts[at] > cuts[-1]:
                cuts.append(starts[at])
        if len(cuts) == 1:
            return []
        parts = zip(cuts, [*cuts[1:], span[1]], strict=True)
        return [cell for a, b in parts if (cell := self._cell(line, a, b)) is not None]

    def _cell(self, line: Line, start: int, end: int) -> Line | None:
        """A part of a line, which is like the line but for its text and its edges."""
        said = self._text[start:end].strip(_BLANK)
        if not said:
            return None
        if len(said) != end - start:
            start = self._text.index(said, start)
        left, right = self._edge(start)[0], self._edge(start + len(said) - 1)[1]
        text = _plain(said)
        if end < len(self._text) and self._text[end] in _HYPHENS:
            text += HYPHEN
        return Line(
            text, left, line.bottom, right, line.top, line.size, line.bold, line.mono, line.page,
            line.upright, [],
        )  # fmt: skip

    def _after(self, starts: Sequence[int], x: float) -> int:
        """Which of the words that begin at `starts` is the first to the right of `x`."""
        edges, low, high = self._edges, 0, len(starts)
        while low < high:
            middle = (low + high) // 2
            start = starts[middle]
            if (edges.get(start) or self._edge(start))[0] < x:
                low = middle + 1
            else:
                high = middle
        return low

    def _edge(self, index: int) -> tuple[float, float]:
        """Left and right of a character, asked for once."""
        known = self._edges.get(index)
        if known is None:
            at = index if self._same else self._index(index)
            pdfium.loose_box(self._page, at, self._place)
            left, _, right, _ = self._box.read()
            known = self._edges[index] = left, right
        return known


def _word_starts(text: str, start: int, end: int) -> list[int]:
    """Where spaces of `text[start:end]` end."""
    starts, at = [], start
    for word in text[start:end].split(" "):
        if word and at > start:
            starts.append(at)
        at += len(word) + 1
    if text[end - 1] == " ":
        starts.append(end)
    return starts


def gaps_between(boxes: list[Rectangle]) -> list[Gap]:
    """Wide gaps between texts that follow each other on one line; none where they are few."""
    gaps = []
    before: Rectangle | None = None
    for box in boxes:
        if box[2] - box[0] <= 0 or box[3] - box[1] <= 0:
            continue
        if before is not None and box[0] - before[2] > _GAP * _LEAST_HEIGHT:
            height = min(box[3], before[3]) - max(box[1], before[1])
            tall = max(box[3] - box[1], before[3] - before[1], _LEAST_HEIGHT)
            if height > 0 and _GAP * tall < box[0] - before[2]:
                gaps.append(
                    (before[2], box[0], (max(box[1], before[1]) + min(box[3], before[3])) / 2)
                )
        before = box
    return gaps if len(gaps) >= _FEWEST_GAPS else []


def _text(page: Any) -> str:
    """All text of a page; one character of the string for each in PDFium's own."""
    count = raw.FPDFText_CountChars(page)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    written = raw.FPDFText_GetText(page, 0, count, buffer)
    return bytes(memoryview(buffer)[: max(0, written - 1)]).decode("utf-16-le", "replace")


@lru_cache(maxsize=1024)
def _marks(name: bytes) -> int:
    """What the name of a font says of its weight and its width."""
    return (_IS_BOLD if _BOLD.search(name) else 0) | (_IS_MONO if _MONO.search(name) else 0)


def median(values: Iterable[float]) -> float:
    """The middle one of some numbers; that of the library loads fractions and decimals."""
    ranked = sorted(values)
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


def _plain(text: str) -> str:
    if not text.isascii():
        text = _LIGATURE.sub(lambda m: _LIGATURES[m[0]], text)
    return " ".join(text.split())


def _turn(line: Line, turn: int, area: Rectangle) -> None:
    """Moves the box of a line to where it is on the page as it is shown."""
    x0, y0, x1, y1 = area
    left, bottom, right, top = line.left, line.bottom, line.right, line.top
    if turn == 0:
        box = (left - x0, bottom - y0, right - x0, top - y0)
    elif turn == 1:
        box = (bottom - y0, x1 - right, top - y0, x1 - left)
    elif turn == 2:
        box = (x1 - right, y1 - top, x1 - left, y1 - bottom)
    else:
        box = (y1 - top, left - x0, y1 - bottom, right - x0)
    line.left, line.bottom, line.right, line.top = box
    line.upright = not line.upright if turn in (1, 3) else line.upright
