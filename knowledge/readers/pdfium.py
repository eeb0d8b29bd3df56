"""PDFium's functions that are called hundreds of times a page, with numbers for pointers.

The usual bindings make an object of every pointer and check the type of every argument, which takes
as long as the call itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

raw = pypdfium2.raw
_INT, _POINTER, _FLOAT = ctypes.c_int, ctypes.c_void_p, ctypes.c_float


def _bare(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    address = ctypes.cast(function, _POINTER).value
    return ctypes.CFUNCTYPE(result, *arguments)(address or 0)


def _four(function: Any) -> Callable[..., Any]:
    """A function that writes four numbers."""
    return _bare(function, _INT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER)


page_object = _bare(raw.FPDFPage_GetObject, _POINTER, _POINTER, _INT)
form_object = _bare(raw.FPDFFormObj_GetObject, _POINTER, _POINTER, ctypes.c_ulong)
kind_of = _bare(raw.FPDFPageObj_GetType, _INT, _POINTER)
mode_of = _bare(raw.FPDFTextObj_GetTextRenderMode, _INT, _POINTER)
fill_colour = _four(raw.FPDFPageObj_GetFillColor)
stroke_colour = _four(raw.FPDFPageObj_GetStrokeColor)
bounds = _four(raw.FPDFPageObj_GetBounds)
clip_path = _bare(raw.FPDFPageObj_GetClipPath, _POINTER, _POINTER)
count_clips = _bare(raw.FPDFClipPath_CountPaths, _INT, _POINTER)
count_marks = _bare(raw.FPDFPageObj_CountMarks, _INT, _POINTER)
switch = _bare(raw.FPDFPageObj_SetIsActive, _INT, _POINTER, _INT)
matrix_of = _bare(raw.FPDFPageObj_GetMatrix, _INT, _POINTER, _POINTER)
object_font_size = _bare(raw.FPDFTextObj_GetFontSize, _INT, _POINTER, _POINTER)
draw_mode = _bare(raw.FPDFPath_GetDrawMode, _INT, _POINTER, _POINTER, _POINTER)
count_in_form = _bare(raw.FPDFFormObj_CountObjects, _INT, _POINTER)
mark_of = _bare(raw.FPDFPageObj_GetMark, _POINTER, _POINTER, ctypes.c_ulong)
mark_name = _bare(raw.FPDFPageObjMark_GetName, _INT, _POINTER, _POINTER, ctypes.c_ulong, _POINTER)
object_text = _bare(
    raw.FPDFTextObj_GetText, ctypes.c_ulong, _POINTER, _POINTER, _POINTER, ctypes.c_ulong
)

loose_box = _bare(raw.FPDFText_GetLooseCharBox, _INT, _POINTER, _INT, _POINTER)
text_matrix = _bare(raw.FPDFText_GetMatrix, _INT, _POINTER, _INT, _POINTER)
font_size = _bare(raw.FPDFText_GetFontSize, ctypes.c_double, _POINTER, _INT)
font_info = _bare(
    raw.FPDFText_GetFontInfo, ctypes.c_ulong, _POINTER, _INT, _POINTER, ctypes.c_ulong, _POINTER
)
char_index = _bare(raw.FPDFText_GetCharIndexFromTextIndex, _INT, _POINTER, _INT)


def address_of(pointer: Any) -> int:
    """A pointer of the usual bindings as a number."""
    return ctypes.cast(pointer, _POINTER).value or 0


class Numbers:
    """Four numbers that PDFium writes, and where it writes them."""

    __slots__ = ("places", "values")

    def __init__(self, kind: Any) -> None:
        self.values = (kind * 4)()
        start, step = ctypes.addressof(self.values), ctypes.sizeof(kind)
        self.places = tuple(start + i * step for i in range(4))


class Matrix:
    """A transformation (a, b, c, d, e, f) that PDFium writes."""

    __slots__ = ("place", "values")

    def __init__(self) -> None:
        self.values = (_FLOAT * 6)()
        self.place = ctypes.addressof(self.values)
