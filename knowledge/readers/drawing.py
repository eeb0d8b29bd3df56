"""Shapes on a slide: where they are, what they are filled with, which colours names stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
UNKNOWN = "?"
_SHAPES = tuple(f"{P}{n}" for n in ("sp", "graphicFrame", "pic", "cxnSp", "contentPart"))
_ROLES = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}


@dataclass(frozen=True)
class Box:
    """A rectangle in EMU."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether they have an area in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Whether the other lies within this one."""
        slack = 0.02 * max(other.right - other.left, other.bottom - other.top)
        return (
            self.left <= other.left + slack
            and self.right >= other.right - slack
            and self.top <= other.top + slack
            and self.bottom >= other.bottom - slack
        )


@dataclass(frozen=True)
class Shape:
    """A shape, its place where it is known, and whether it or its group is hidden."""

    element: Any
    box: Box | None
    hidden: bool
    placeholder: str
    index: str

    @property
    def fill(self) -> Any:
        """The element that says what it is filled with, or `None`."""
        properties = self.element.find(f"{P}spPr")
        if properties is None:
            return None
        for child in properties:
            if child.tag in {f"{A}{n}Fill" for n in ("solid", "grad", "blip", "patt", "no", "grp")}:
                return child
        return None


Scale = tuple[float, float, float, float]
_ONE: Scale = (1.0, 0.0, 1.0, 0.0)


def shapes_of(tree: Any, scale: Scale = _ONE, hidden: bool = False) -> Iterator[Shape]:
    """All shapes in z-order, those in groups at their places on the slide."""
    for element in tree:
        if element.tag == f"{P}grpSp":
            inner = _group_scale(element, scale)
            yield from shapes_of(element, inner, hidden or _is_hidden(element))
        elif element.tag == f"{MC}AlternateContent":
            choices = [c for c in element if isinstance(c.tag, str) and len(c)]
            if choices:
                yield from shapes_of(choices[0], scale, hidden)
        elif element.tag in _SHAPES:
            mark = next(element.iter(f"{P}ph"), None)
            yield Shape(
                element,
                _box(element, scale),
                hidden or _is_hidden(element),
                "" if mark is None else mark.get("type") or "body",
                "" if mark is None else mark.get("idx") or "0",
            )


def _is_hidden(element: Any) -> bool:
    properties = next(element.iter(f"{P}cNvPr"), None)
    return properties is not None and properties.get("hidden") in ("1", "true")


def _numbers(element: Any, *names: str) -> list[float] | None:
    if element is None:
        return None
    try:
        return [float(element.get(n) or 0) for n in names]
    except ValueError:
        return None


def _box(element: Any, scale: Scale) -> Box | None:
    place = element.find(f"{P}spPr/{A}xfrm")
    if place is None:
        place = element.find(f"{P}xfrm")
    if place is None:
        return None
    offset = _numbers(place.find(f"{A}off"), "x", "y")
    extent = _numbers(place.find(f"{A}ext"), "cx", "cy")
    if offset is None or extent is None:
        return None
    fx, dx, fy, dy = scale
    left, top = offset[0] * fx + dx, offset[1] * fy + dy
    return Box(left, top, left + extent[0] * abs(fx), top + extent[1] * abs(fy))


def _group_scale(group: Any, scale: Scale) -> Scale:
    place = group.find(f"{P}grpSpPr/{A}xfrm")
    if place is None:
        return scale
    offset, extent = (
        _numbers(place.find(f"{A}off"), "x", "y"),
        _numbers(place.find(f"{A}ext"), "cx", "cy"),
    )
    inner = _numbers(place.find(f"{A}chOff"), "x", "y")
    size = _numbers(place.find(f"{A}chExt"), "cx", "cy")
    if offset is None or extent is None or inner is None or size is None:
        return scale
    gx = extent[0] / size[0] if size[0] else 1.0
    gy = extent[1] / size[1] if size[1] else 1.0
    fx, dx, fy, dy = scale
    return (
        fx * gx,
        (offset[0] - inner[0] * gx) * fx + dx,
        fy * gy,
        (offset[1] - inner[1] * gy) * fy + dy,
    )


class Palette:
    """What the theme's colour names stand for; six digits, or `UNKNOWN`."""

    def __init__(self, theme: Any, mapping: Mapping[str, str] | None = None) -> None:
        self._roles = {**_ROLES, **(mapping or {})}
        self._colours: dict[str, str] = {}
        scheme = next(theme.iter(f"{A}clrScheme"), None) if theme is not None else None
        for entry in scheme if scheme is not None else ():
            if isinstance(entry.tag, str):
                self._colours[entry.tag.removeprefix(A)] = self.colour(entry)

    def colour(self, fill: Any) -> str:
        """The colour in an element like `solidFill`; "CLEAR" where it is transparent."""
        for child in fill:
            if not isinstance(child.tag, str):
                continue
            alphas = [_numbers(a, "val") or [0.0] for a in child.iter(f"{A}alpha")]
            if any(a[0] < 5_000 for a in alphas):
                return "CLEAR"
            name = child.tag.removeprefix(A)
            value = (child.get("val") or "").upper()
            changed = any(m.tag != f"{A}alpha" for m in child)
            if name == "srgbClr":
                return UNKNOWN if changed else value
            if name == "sysClr":
                return (child.get("lastClr") or UNKNOWN).upper()
            if name == "schemeClr" and not changed:
                role = child.get("val") or ""
                return self._colours.get(self._roles.get(role, role), UNKNOWN)
            if name == "prstClr":
                return {"white": "FFFFFF", "black": "000000"}.get(child.get("val") or "", UNKNOWN)
        return UNKNOWN
