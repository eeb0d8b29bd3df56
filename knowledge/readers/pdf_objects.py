"""What a PDF page is made of, as far as it bears on what can be seen of its text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from knowledge.readers import pdfium
from knowledge.readers.pdf_drawing import Rectangle

Colour = tuple[int, int, int]

_PATH, _IMAGE, _SHADING, _FORM = 2, 3, 4, 5
_STROKED = (1, 5)
_NOWHERE: Rectangle = (0.0, 0.0, 0.0, 0.0)
_THIN = 2.0
_MOST_OBJECTS = 60_000
_MOST_FORMS = 8
_CUT = 100
_LAYER = "OC".encode("utf-16-le")


@dataclass(slots=True)
class Text:
    """A text object: how it is drawn, where, after how many other texts, cut out how often."""

    pointer: pdfium.Handle
    mode: int
    colour: tuple[int, int, int, int]
    box: Rectangle
    order: int
    clips: int


@dataclass(slots=True)
class Cover:
    """An area that is painted after `order` texts; its colour where it has one."""

    box: Rectangle
    colour: Colour | None
    order: int


@dataclass
class Objects:
    """The texts and painted areas of a page, and the share of it that pictures cover.

    `strange`: there are layers, whose effect is not told from the objects alone.
    """

    texts: list[Text] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    pictures: float = 0.0
    strange: bool = False


class Scanner:
    """Looks through pages; its buffers are made once, since each page has hundreds of objects."""

    def __init__(self, has_layers: bool) -> None:
        self._has_layers = has_layers
        self._floats = pdfium.Numbers(ctypes.c_float)
        self._ints = pdfium.Numbers(ctypes.c_uint)
        self._matrix = pdfium.Numbers(ctypes.c_float, 6)

    def scan(self, page: Any, area: Rectangle) -> Objects:
        """All text objects, and what may lie under or over them."""
        found = Objects()
        count = pdfium.raw.FPDFPage_CountObjects(page)
        self._walk(pdfium.handle_of(page), count, pdfium.page_object, found, 0)
        size = (area[2] - area[0]) * (area[3] - area[1])
        found.pictures = found.pictures / size if size > 0 else 0.0
        return found

    def _walk(
        self,
        holder: pdfium.Handle,
        count: int,
        get: Callable[..., Any],
        found: Objects,
        depth: int,
    ) -> None:
        mode_of, clip_path, count_clips = pdfium.mode_of, pdfium.clip_path, pdfium.count_clips
        bounds, fill = pdfium.bounds, pdfium.fill_colour
        corners, channels = self._floats.places, self._ints.places
        read_box, read_colour = self._floats.read, self._ints.read
        texts = found.texts
        for index in range(min(count, _MOST_OBJECTS)):
            pointer = get(holder, index)
            mode = mode_of(pointer)
            if mode >= 0:  # only text has a mode
                # As `_colour` and `_box`, without the calls: a page has hundreds of texts.
                if mode in _STROKED or not fill(pointer, *channels):
                    colour = self._colour(pointer, mode)
                else:
                    red, green, blue, alpha = read_colour()
                    colour = (red, green, blue, alpha)
                if bounds(pointer, *corners):
                    left, bottom, right, top = read_box()
                    box = (left, bottom, right, top)
                else:
                    box = _NOWHERE
                clips = count_clips(clip_path(pointer))
                texts.append(Text(pointer, mode, colour, box, len(texts), clips))
                if self._has_layers and not found.strange:
                    found.strange = self._in_layer(pointer)
                continue
            kind = pdfium.kind_of(pointer)
            if kind == _FORM:
                self._form(pointer, found, depth)
            elif kind in (_PATH, _IMAGE, _SHADING):
                self._cover(pointer, kind, found)

    def _form(self, pointer: pdfium.Handle, found: Objects, depth: int) -> None:
        """A form has coordinates of its own, and shows nothing outside its box."""
        if depth >= _MOST_FORMS:
            return
        texts, covers = len(found.texts), len(found.covers)
        count = pdfium.count_in_form(pointer)
        self._walk(pointer, count, pdfium.form_object, found, depth + 1)
        box = self._box(pointer)
        if len(found.texts) == texts:
            del found.covers[covers:]
            found.covers.append(Cover(box, None, texts))
            return
        if not pdfium.matrix_of(pointer, self._matrix.places[0]):
            return
        matrix = self._matrix.read()
        for cover in found.covers[covers:]:
            cover.box = _moved(cover.box, matrix)
        for text in found.texts[texts:]:
            text.box = _moved(text.box, matrix)
            if not _meet(text.box, box):
                text.clips += _CUT

    def _cover(self, pointer: pdfium.Handle, kind: int, found: Objects) -> None:
        box = self._box(pointer)
        width, height = box[2] - box[0], box[3] - box[1]
        if width < _THIN or height < _THIN:
            return
        colour: Colour | None = None
        if kind == _PATH:
            filled, stroked, _, _ = self._ints.places
            if not pdfium.draw_mode(pointer, filled, stroked) or not self._ints.read()[0]:
                return
            red, green, blue, alpha = self._colour(pointer, 0)
            if alpha < 10:
                return
            colour = (red, green, blue)
        elif kind == _IMAGE:
            found.pictures += width * height
        found.covers.append(Cover(box, colour, len(found.texts)))

    def _box(self, pointer: pdfium.Handle) -> Rectangle:
        if not pdfium.bounds(pointer, *self._floats.places):
            return _NOWHERE
        a, b, c, d = self._floats.read()
        return (a, b, c, d)

    def _colour(self, pointer: pdfium.Handle, mode: int) -> tuple[int, int, int, int]:
        get = pdfium.stroke_colour if mode in _STROKED else pdfium.fill_colour
        if not get(pointer, *self._ints.places):
            return (0, 0, 0, 255)
        a, b, c, d = self._ints.read()
        return (a, b, c, d)

    def _in_layer(self, pointer: pdfium.Handle) -> bool:
        count = pdfium.count_marks(pointer)
        if count <= 0:
            return False
        buffer, length = (ctypes.c_ushort * 16)(), ctypes.c_ulong()
        for index in range(min(8, count)):
            mark = pdfium.mark_of(pointer, index)
            known = pdfium.mark_name(mark, ctypes.addressof(buffer), 32, ctypes.addressof(length))
            if known and bytes(buffer)[: max(0, length.value - 2)] == _LAYER:
                return True
        return False


def _moved(box: Rectangle, matrix: Sequence[float]) -> Rectangle:
    a, b, c, d, e, f = matrix
    points = [(x * a + y * c + e, x * b + y * d + f) for x in box[::2] for y in box[1::2]]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs), min(ys), max(xs), max(ys))


def _meet(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
