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

from knowledge.readers import pdfium
from knowledge.readers.pdf_drawing import Drawing, Rectangle
from knowledge.readers.pdf_objects import Colour, Cover, Objects, Text

_INVISIBLE, _CLIP = 3, 7
_TINY = 1.2  # points; no letter is as low as this, though a dash may be
_TOO_CLOSE = 40  # of 255, in every channel: drawn to be sure
_HALF, _WHOLE = 0.4, 0.97
_WHITE: Colour = (255, 255, 255)
_MOST_COVERS = 60
_BAND = 20.0  # points above and below a text, within which the next one may lie
_SCAN = 0.5  # share of the page that a picture covers where the page is a scan
_UNSHOWN = "that nothing shows"
_UNDRAWN = "drawn invisibly"


@dataclass
class Findings:
    """What of a page is hidden: the object and why; `is_scan` where text lies under a picture."""

    hidden: list[tuple[pdfium.Handle, str]] = field(default_factory=list)
    is_scan: bool = False


def judge(page: Any, found: Objects, area: Rectangle) -> Findings:
    """Which texts of a page cannot be seen, and why."""
    findings = Findings()
    layer = [text for text in found.texts if text.mode == _INVISIBLE]
    if layer and found.pictures >= _SCAN:
        findings.is_scan = True
        # The text of a scan lies where the picture has ink; other invisible text is hidden.
        inked = Drawing(page, area).ink([text.box for text in layer])
        layer = [text for text, ink in zip(layer, inked, strict=True) if not ink]
    findings.hidden += [(text.pointer, _UNDRAWN) for text in layer]
    suspects: list[tuple[Text, str]] = []
    ground = _Ground(found.covers)
    usual = Counter(text.clips for text in found.texts).most_common(1)[0][0]
    for text in found.texts:
        if text.mode == _INVISIBLE:
            continue
        if reason := _certain(text, area):
            findings.hidden.append((text.pointer, reason))
        elif reason := _possible(text, found, usual, ground):
            suspects.append((text, reason))
    if suspects:
        pointers, boxes = [t.pointer for t, _ in suspects], [t.box for t, _ in suspects]
        seen = Drawing(page, area).seen(pointers, boxes)
        findings.hidden += [
            (text.pointer, why)
            for (text, why), shows in zip(suspects, seen, strict=True)
            if not shows
        ]
    return findings


def _certain(text: Text, area: Rectangle) -> str:
    """Why a text cannot be seen whatever the rest of the page is, or ""."""
    left, bottom, right, top = text.box
    if right < area[0] or left > area[2] or top < area[1] or bottom > area[3]:
        return "off the page"
    if text.mode == _CLIP:
        return _UNDRAWN
    if text.colour[3] < 10:
        return "in a transparent colour"
    if top - bottom < _TINY and _size(text.pointer) < _TINY:
        return "in a font of no size"
    return ""


def _size(pointer: pdfium.Handle) -> float:
    """The size of the letters as drawn, in points."""
    size, matrix = ctypes.c_float(), pdfium.Numbers(ctypes.c_float, 6)
    pdfium.object_font_size(pointer, ctypes.addressof(size))
    pdfium.matrix_of(pointer, matrix.places[0])
    a, b, c, d, _, _ = matrix.read()
    return float(abs(size.value) * min(abs(a) + abs(b), abs(c) + abs(d)))


def _possible(text: Text, found: Objects, usual_clips: int, ground: _Ground) -> str:
    """Why a text may not be seen, or ""; dark text on bare paper is the usual case."""
    if text.clips > usual_clips:  # cut out by an area of its own, which may miss it
        return _UNSHOWN
    if found.strange or len(found.covers) > _MOST_COVERS:
        return _UNSHOWN
    if found.covers or _close(text.colour, _WHITE):
        return _suspicious(text, ground.near(text.box))
    return ""


class _Ground:
    """The painted areas at the height of a text; texts that follow each other share them."""

    def __init__(self, covers: Sequence[Cover]) -> None:
        self._covers = covers
        self._near: Sequence[Cover] = ()
        self._low, self._high = 1.0, 0.0

    def near(self, box: Rectangle) -> Sequence[Cover]:
        """Those that may share some height with a box, in the order in which they are painted."""
        low, high = box[1], box[3]
        if low < self._low or high > self._high:
            self._low, self._high = low - _BAND, high + _BAND
            low, high = self._low, self._high
            self._near = [c for c in self._covers if c.box[1] < high and c.box[3] > low]
        return self._near


def _suspicious(text: Text, covers: Sequence[Cover]) -> str:
    """What may hide a text: its colour on its ground, or something painted later; or ""."""
    ground: Colour | None = _WHITE
    left, bottom, right, top = text.box
    for cover in covers:
        box = cover.box
        if box[1] >= top or box[3] <= bottom or box[0] >= right or box[2] <= left:
            continue
        shared = _shared(text.box, box)
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
    left, bottom, right, top = box
    if cover[0] <= left < right <= cover[2] and cover[1] <= bottom < top <= cover[3]:
        return 1.0
    width = min(right, cover[2]) - max(left, cover[0])
    height = min(top, cover[3]) - max(bottom, cover[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = (right - left) * (top - bottom)
    return width * height / area if area > 0 else 1.0


def _close(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return (
        abs(one[0] - other[0]) < _TOO_CLOSE
        and abs(one[1] - other[1]) < _TOO_CLOSE
        and abs(one[2] - other[2]) < _TOO_CLOSE
    )
