"""Text objects of a PDF page that nobody can see, found by their state and by drawing the page.

What is certain (drawn in no colour, outside the page, of no size) is told from the object. What
depends on the rest of the page (the colour of the ground, things painted over it, layers) is
drawn twice, with the text and without: where no pixel differs, the text cannot be seen.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

from knowledge.readers.pdf_drawing import Drawing, Rectangle, drawn_area

raw = pypdfium2.raw

_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5
_INVISIBLE, _CLIP = 3, 7
_STROKED = (1, 5)
_TINY = 1.2  # points; no letter is as low as this, though a dash may be
_TOO_CLOSE = 40  # of 255, in every channel: drawn to be sure
_HALF, _WHOLE = 0.4, 0.97
_LAYER = "OC".encode("utf-16-le")
_WHITE = (255, 255, 255)
_THIN = 2.0
_MOST_COVERS = 60
_MOST_OBJECTS = 60_000
_MOST_FORMS = 8
_SCAN = 0.5  # share of the page that a picture covers where the page is a scan


@dataclass(slots=True)
class _Text:
    pointer: Any
    mode: int
    colour: tuple[int, int, int, int]
    box: Rectangle
    order: int
    clips: int = 0


@dataclass(slots=True)
class _Cover:
    box: Rectangle
    colour: tuple[int, int, int] | None
    order: int


@dataclass
class Objects:
    """The objects of a page that matter for what can be seen."""

    texts: list[_Text] = field(default_factory=list)
    covers: list[_Cover] = field(default_factory=list)
    pictures: float = 0.0
    strange: bool = False

    def boxes(self) -> list[Rectangle]:
        """Where text is drawn, in the order in which it is drawn."""
        return [t.box for t in self.texts]


@dataclass
class Findings:
    """What of a page is hidden: the object and why; `is_scan` where text lies under a picture."""

    hidden: list[tuple[Any, str]] = field(default_factory=list)
    is_scan: bool = False


def _pointers(array: Any, kind: Any) -> list[Any]:
    """Pointers to the members of an array, made once."""
    start, step = ctypes.addressof(array), ctypes.sizeof(kind)
    return [ctypes.cast(start + i * step, ctypes.POINTER(kind)) for i in range(len(array))]


class Scanner:
    """Looks through pages; its buffers are made once, since each page has hundreds of objects."""

    def __init__(self, has_layers: bool) -> None:
        self._has_layers = has_layers
        self._floats = (ctypes.c_float * 4)()
        self._float_refs = _pointers(self._floats, ctypes.c_float)
        self._ints = (ctypes.c_uint * 4)()
        self._int_refs = _pointers(self._ints, ctypes.c_uint)

    def scan(self, page: Any, area: Rectangle) -> Objects:
        """All text objects, and what may lie under or over them."""
        found = Objects()
        self._walk(page, raw.FPDFPage_CountObjects(page), raw.FPDFPage_GetObject, found, 0)
        size = (area[2] - area[0]) * (area[3] - area[1])
        found.pictures = found.pictures / size if size > 0 else 0.0
        return found

    def _walk(self, holder: Any, count: int, get: Any, found: Objects, depth: int) -> None:
        kind_of, mode_of = raw.FPDFPageObj_GetType, raw.FPDFTextObj_GetTextRenderMode
        texts = found.texts
        for index in range(min(count, _MOST_OBJECTS)):
            pointer = get(holder, index)
            mode = mode_of(pointer)
            if mode >= 0:  # only text has a mode
                colour, box = self._colour(pointer, mode), self._box(pointer)
                clips = raw.FPDFClipPath_CountPaths(raw.FPDFPageObj_GetClipPath(pointer))
                texts.append(_Text(pointer, mode, colour, box, len(texts), clips))
                if self._has_layers and not found.strange:
                    found.strange = self._in_layer(pointer)
                continue
            kind = kind_of(pointer)
            if kind == _FORM:
                self._form(pointer, found, depth)
            elif kind in (_PATH, _IMAGE, _SHADING):
                self._cover(pointer, kind, found)

    def _form(self, pointer: Any, found: Objects, depth: int) -> None:
        """A form has coordinates of its own: its texts are known, but drawn to be judged."""
        if depth >= _MOST_FORMS:
            return
        before = len(found.texts)
        covers = len(found.covers)
        self._walk(
            pointer,
            raw.FPDFFormObj_CountObjects(pointer),
            raw.FPDFFormObj_GetObject,
            found,
            depth + 1,
        )
        del found.covers[covers:]
        box = self._box(pointer)
        if len(found.texts) == before:
            found.covers.append(_Cover(box, None, before))
            return
        found.strange = True
        matrix = raw.FS_MATRIX()
        if raw.FPDFPageObj_GetMatrix(pointer, ctypes.byref(matrix)):
            for text in found.texts[before:]:
                text.box = _moved(text.box, matrix)

    def _cover(self, pointer: Any, kind: int, found: Objects) -> None:
        box = self._box(pointer)
        width, height = box[2] - box[0], box[3] - box[1]
        if width < _THIN or height < _THIN:
            return
        colour: tuple[int, int, int] | None = None
        if kind == _PATH:
            filled, stroked = ctypes.c_int(), ctypes.c_int()
            raw.FPDFPath_GetDrawMode(pointer, ctypes.byref(filled), ctypes.byref(stroked))
            if not filled.value:
                return
            red, green, blue, alpha = self._colour(pointer, 0)
            if alpha < 10:
                return
            colour = (red, green, blue)
        elif kind == _IMAGE:
            found.pictures += width * height
        found.covers.append(_Cover(box, colour, len(found.texts)))

    def _box(self, pointer: Any) -> Rectangle:
        if not raw.FPDFPageObj_GetBounds(pointer, *self._float_refs):
            return (0.0, 0.0, 0.0, 0.0)
        a, b, c, d = self._floats
        return (a, b, c, d)

    def _colour(self, pointer: Any, mode: int) -> tuple[int, int, int, int]:
        get = raw.FPDFPageObj_GetStrokeColor if mode in _STROKED else raw.FPDFPageObj_GetFillColor
        if not get(pointer, *self._int_refs):
            return (0, 0, 0, 255)
        a, b, c, d = self._ints
        return (a, b, c, d)

    def _in_layer(self, pointer: Any) -> bool:
        buffer = (ctypes.c_ushort * 16)()
        length = ctypes.c_ulong()
        for index in range(min(8, raw.FPDFPageObj_CountMarks(pointer))):
            mark = raw.FPDFPageObj_GetMark(pointer, index)
            known = raw.FPDFPageObjMark_GetName(mark, buffer, 32, ctypes.byref(length))
            if known and bytes(buffer)[: max(0, length.value - 2)] == _LAYER:
                return True
        return False

    def judge(self, page: Any, found: Objects, area: Rectangle) -> Findings:
        """Which texts cannot be seen, and why."""
        findings = Findings()
        suspects: list[tuple[_Text, str]] = []
        layer: list[_Text] = []
        crowded = len(found.covers) > _MOST_COVERS
        usual = Counter(text.clips for text in found.texts).most_common(1)[0][0]
        for text in found.texts:
            if text.mode == _INVISIBLE:
                layer.append(text)
            elif reason := self._certain(text, area):
                findings.hidden.append((text.pointer, reason))
            elif text.clips > usual:  # cut out by an area of its own, which may miss it
                suspects.append((text, "that nothing shows"))
            elif not (found.covers or found.strange or _close(text.colour, _WHITE)):
                continue  # dark on paper: the usual case, kept short
            elif found.strange or crowded:
                suspects.append((text, "that nothing shows"))
            elif reason := _suspicious(text, found.covers):
                suspects.append((text, reason))
        if layer and found.pictures >= _SCAN:
            findings.is_scan = True
            self._check_scan(page, layer, findings)
        else:
            findings.hidden += [(t.pointer, "drawn invisibly") for t in layer]
        if suspects:
            drawn = Drawing(page, area)
            seen = drawn.seen([t.pointer for t, _ in suspects], [t.box for t, _ in suspects])
            findings.hidden += [
                (t.pointer, why)
                for (t, why), shows in zip(suspects, seen, strict=True)
                if not shows
            ]
        return findings

    def _certain(self, text: _Text, area: Rectangle) -> str:
        left, bottom, right, top = text.box
        if right < area[0] or left > area[2] or top < area[1] or bottom > area[3]:
            return "off the page"
        if text.mode == _CLIP:
            return "drawn invisibly"
        if text.colour[3] < 10:
            return "in a transparent colour"
        if top - bottom < _TINY and self._size(text.pointer) < _TINY:
            return "in a font of no size"
        return ""

    def _size(self, pointer: Any) -> float:
        """The size of the letters as drawn, in points."""
        size = ctypes.c_float()
        matrix = raw.FS_MATRIX()
        raw.FPDFTextObj_GetFontSize(pointer, ctypes.byref(size))
        raw.FPDFPageObj_GetMatrix(pointer, ctypes.byref(matrix))
        scale = max(abs(matrix.c) + abs(matrix.d), 0.0)
        return float(abs(size.value) * min(scale, abs(matrix.a) + abs(matrix.b)))

    def _check_scan(self, page: Any, layer: Sequence[_Text], findings: Findings) -> None:
        """The text of a scan lies where the picture has ink; other invisible text is hidden."""
        drawing = Drawing(page, drawn_area(page))
        for text, ink in zip(layer, drawing.ink([t.box for t in layer]), strict=True):
            if not ink:
                findings.hidden.append((text.pointer, "drawn invisibly"))


def _moved(box: Rectangle, m: Any) -> Rectangle:
    points = [
        (x * m.a + y * m.c + m.e, x * m.b + y * m.d + m.f) for x in box[::2] for y in box[1::2]
    ]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs), min(ys), max(xs), max(ys))


def _suspicious(text: _Text, covers: Sequence[_Cover]) -> str:
    """What may hide a text: its colour on its ground, or something painted later; or ""."""
    ground: tuple[int, int, int] | None = _WHITE
    for cover in covers:
        shared = _shared(text.box, cover.box)
        if not shared:
            continue
        if cover.order > text.order:
            if shared > _HALF:
                return "covered by other objects"
        elif cover.colour is None:
            ground = None
        elif shared > _WHOLE:
            ground = cover.colour
        elif ground is not None and not _close(ground, cover.colour):
            ground = None
    if ground is None or _close(ground, text.colour):
        return "in the colour of the background"
    return ""


def _shared(box: Rectangle, cover: Rectangle) -> float:
    """The share of a box that another one covers."""
    width = min(box[2], cover[2]) - max(box[0], cover[0])
    height = min(box[3], cover[3]) - max(box[1], cover[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = (box[2] - box[0]) * (box[3] - box[1])
    return width * height / area if area > 0 else 1.0


def _close(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return (
        abs(one[0] - other[0]) < _TOO_CLOSE
        and abs(one[1] - other[1]) < _TOO_CLOSE
        and abs(one[2] - other[2]) < _TOO_CLOSE
    )
