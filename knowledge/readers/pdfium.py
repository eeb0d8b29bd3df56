"""PDFium's functions that are called hundreds of times a page, with as little round each call as can be.

The usual bindings make an object of every pointer and check the type of every argument, which takes
longer than the call itself. The functions of the first kind check nothing: they take a `Handle`,
whole numbers, and places where PDFium writes (`Numbers.places`), and nothing else.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

raw = pypdfium2.raw
_INT, _POINTER, _FLOAT = ctypes.c_int, ctypes.c_void_p, ctypes.c_float


class Handle(ctypes.c_void_p):
    """A pointer to something of PDFium's, as it is handed from call to call."""


def _quick(function: Any, result: Any = _INT) -> Callable[..., Any]:
    """A function whose arguments are not checked; this process has no other thread to wait."""
    return ctypes.PYFUNCTYPE(result)(_address(function))


def _bare(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    return ctypes.CFUNCTYPE(result, *arguments)(_address(function))


def _address(function: Any) -> int:
    return ctypes.cast(function, _POINTER).value or 0


page_object = _quick(raw.FPDFPage_GetObject, Handle)
mode_of = _quick(raw.FPDFTextObj_GetTextRenderMode)
fill_colour = _quick(raw.FPDFPageObj_GetFillColor)
stroke_colour = _quick(raw.FPDFPageObj_GetStrokeColor)
bounds = _quick(raw.FPDFPageObj_GetBounds)
clip_path = _quick(raw.FPDFPageObj_GetClipPath, Handle)
count_clips = _quick(raw.FPDFClipPath_CountPaths)
kind_of = _quick(raw.FPDFPageObj_GetType)
draw_mode = _quick(raw.FPDFPath_GetDrawMode)
loose_box = _quick(raw.FPDFText_GetLooseCharBox)
text_matrix = _quick(raw.FPDFText_GetMatrix)
font_size = _quick(raw.FPDFText_GetFontSize, ctypes.c_double)
font_info = _quick(raw.FPDFText_GetFontInfo, ctypes.c_ulong)  # takes the length as a `c_ulong`
char_index = _quick(raw.FPDFText_GetCharIndexFromTextIndex)

form_object = _bare(raw.FPDFFormObj_GetObject, Handle, _POINTER, ctypes.c_ulong)
count_marks = _bare(raw.FPDFPageObj_CountMarks, _INT, _POINTER)
switch = _bare(raw.FPDFPageObj_SetIsActive, _INT, _POINTER, _INT)
matrix_of = _bare(raw.FPDFPageObj_GetMatrix, _INT, _POINTER, _POINTER)
object_font_size = _bare(raw.FPDFTextObj_GetFontSize, _INT, _POINTER, _POINTER)
count_in_form = _bare(raw.FPDFFormObj_CountObjects, _INT, _POINTER)
mark_of = _bare(raw.FPDFPageObj_GetMark, _POINTER, _POINTER, ctypes.c_ulong)
mark_name = _bare(raw.FPDFPageObjMark_GetName, _INT, _POINTER, _POINTER, ctypes.c_ulong, _POINTER)
object_text = _bare(
    raw.FPDFTextObj_GetText, ctypes.c_ulong, _POINTER, _POINTER, _POINTER, ctypes.c_ulong
)


def handle_of(pointer: Any) -> Handle:
    """A pointer of the usual bindings as a handle."""
    return Handle(ctypes.cast(pointer, _POINTER).value)


class Numbers:
    """A row of numbers that PDFium writes: where it writes each, and all of them as they are now."""

    __slots__ = ("places", "read")

    def __init__(self, kind: Any, count: int = 4) -> None:
        buffer = (kind * count)()
        step = ctypes.sizeof(kind)
        self.places = tuple(ctypes.byref(buffer, i * step) for i in range(count))
        # Reading the whole row at once takes a fifth of the time of reading each number.
        self.read: Callable[[], list[Any]] = memoryview(buffer).cast("B").cast(kind._type_).tolist
