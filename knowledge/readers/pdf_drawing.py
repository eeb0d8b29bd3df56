"""Draws a PDF page small, to see whether a text shows on it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from knowledge.readers.pdfium import Handle, raw, switch

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top

_PIXELS_A_POINT = 1.0
_MOST_PIXELS = 2_000_000
_NOTICED = 10  # of 255
_INK = 40


def drawn_area(page: Any) -> Rectangle:
    """The part of a page that is shown: its crop box within its media box."""
    box = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
    return (box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top))


class Drawing:
    """A page drawn small, to look at the pixels in a box."""

    def __init__(self, page: Any, area: Rectangle) -> None:
        self._page = page
        self._area = area
        width, height = area[2] - area[0], area[3] - area[1]
        scale = _PIXELS_A_POINT
        if width * height * scale * scale > _MOST_PIXELS:
            scale = (_MOST_PIXELS / (width * height)) ** 0.5
        self._scale = scale
        self._stride = 0
        self._turn = raw.FPDFPage_GetRotation(page)
        turned = self._turn in (1, 3)
        shown = (height, width) if turned else (width, height)
        self._size = (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale)))

    def _draw(self) -> bytes:
        """All pixels, three bytes each, row by row."""
        width, height = self._size
        bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, None, 0)
        if not bitmap:
            raise MemoryError
        try:
            raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            raw.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, width, height, 0, 0)
            self._stride = raw.FPDFBitmap_GetStride(bitmap)
            return ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), self._stride * height)
        finally:
            raw.FPDFBitmap_Destroy(bitmap)

    def seen(self, pointers: Sequence[Handle], boxes: Sequence[Rectangle]) -> list[bool]:
        """For each text, whether a pixel of its box changes when the texts are not drawn."""
        drawn = self._draw()
        for pointer in pointers:
            switch(pointer, 0)
        bare = self._draw()
        for pointer in pointers:
            switch(pointer, 1)
        return [any(_differ(drawn[row], bare[row]) for row in self._rows(box)) for box in boxes]

    def ink(self, boxes: Sequence[Rectangle]) -> list[bool]:
        """For each box, whether the page is uneven there, as where something is printed."""
        drawn = self._draw()
        return [self._is_uneven([drawn[row] for row in self._rows(box)]) for box in boxes]

    def _is_uneven(self, rows: Sequence[bytes]) -> bool:
        parts = [row for row in rows if row]
        return bool(parts) and max(map(max, parts)) - min(map(min, parts)) > _INK

    def _rows(self, box: Rectangle) -> list[slice]:
        """Where the pixels of a box are, row by row."""
        left, bottom, right, top = box
        x0, y0, x1, y1 = self._area
        a, b, c, d = left - x0, y1 - top, right - x0, y1 - bottom
        if self._turn == 1:
            a, b, c, d = (y1 - y0) - d, a, (y1 - y0) - b, c
        elif self._turn == 2:
            a, b, c, d = (x1 - x0) - c, (y1 - y0) - d, (x1 - x0) - a, (y1 - y0) - b
        elif self._turn == 3:
            a, b, c, d = b, (x1 - x0) - c, d, (x1 - x0) - a
        width, height = self._size
        first, last = (max(0, min(width, int(x * self._scale) + n)) for x, n in ((a, -1), (c, 2)))
        upper, lower = (max(0, min(height, int(y * self._scale) + n)) for y, n in ((b, -1), (d, 2)))
        return [
            slice(y * self._stride + 3 * first, y * self._stride + 3 * last)
            for y in range(upper, lower)
        ]


def _differ(one: bytes, other: bytes) -> bool:
    return one != other and any(
        abs(a - b) > _NOTICED for a, b in zip(one, other, strict=True) if a != b
    )
