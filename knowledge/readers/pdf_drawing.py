"""Draws a PDF page small, to see whether a text shows on it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

raw = pypdfium2.raw
Rectangle = tuple[float, float, float, float]  # left, bottom, right, top

_PIXELS_A_POINT = 1.0
_MOST_PIXELS = 2_000_000
_NOTICED = 10  # of 255
_INK = 40.0


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
        self._turn = raw.FPDFPage_GetRotation(page)
        turned = self._turn in (1, 3)
        shown = (height, width) if turned else (width, height)
        self._size = (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale)))

    def _draw(self) -> NDArray[np.int16]:
        width, height = self._size
        bitmap = raw.FPDFBitmap_CreateEx(width, height, 2, None, 0)  # 2: three bytes a pixel
        if not bitmap:
            raise MemoryError
        try:
            raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            raw.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, width, height, 0, 0)
            stride = raw.FPDFBitmap_GetStride(bitmap)
            data = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
        finally:
            raw.FPDFBitmap_Destroy(bitmap)
        pixels = np.frombuffer(data, np.uint8).reshape(height, stride)[:, : width * 3]
        return pixels.reshape(height, width, 3).astype(np.int16)

    def seen(self, pointers: Sequence[Any], boxes: Sequence[Rectangle]) -> list[bool]:
        """For each text, whether a pixel of its box changes when the texts are not drawn."""
        with_text = self._draw()
        for pointer in pointers:
            raw.FPDFPageObj_SetIsActive(pointer, False)
        without = self._draw()
        for pointer in pointers:
            raw.FPDFPageObj_SetIsActive(pointer, True)
        changed = np.abs(with_text - without).max(axis=2) > _NOTICED
        return [bool(self._part(changed, box).any()) for box in boxes]

    def ink(self, boxes: Sequence[Rectangle]) -> list[bool]:
        """For each box, whether the page is uneven there, as where something is printed."""
        grey = self._draw().mean(axis=2)
        return [
            part.size > 0 and float(part.max() - part.min()) > _INK
            for part in (self._part(grey, box) for box in boxes)
        ]

    def _part(self, pixels: NDArray[Any], box: Rectangle) -> NDArray[Any]:
        left, bottom, right, top = box
        x0, y0, x1, y1 = self._area
        a, b, c, d = left - x0, y1 - top, right - x0, y1 - bottom
        if self._turn == 1:
            a, b, c, d = (y1 - y0) - d, a, (y1 - y0) - b, c
        elif self._turn == 2:
            a, b, c, d = (x1 - x0) - c, (y1 - y0) - d, (x1 - x0) - a, (y1 - y0) - b
        elif self._turn == 3:
            a, b, c, d = b, (x1 - x0) - c, d, (x1 - x0) - a
        s = self._scale
        rows = slice(max(0, int(b * s) - 1), max(0, int(d * s) + 2))
        return pixels[rows, max(0, int(a * s) - 1) : max(0, int(c * s) + 2)]
