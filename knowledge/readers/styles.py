"""Whether an HTML element can be seen: its attributes, its styles, what it inherits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from knowledge.readers.colours import BLACK, WHITE, Colour, are_close, colour_of

_TINY = 1.0
_FAR = -500.0
_MOST_RULES = 4_000
_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_SIMPLE = re.compile(r"(?P<tag>[a-z][a-z0-9]*|\*)?(?P<rest>(?:[.#][\w-]+)*)", re.IGNORECASE)
_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|ex|ch|%|vw|vh|in|cm|mm)?")
_PIXELS = {"pt": 1.33, "em": 16, "rem": 16, "ex": 8, "ch": 8, "vw": 13, "vh": 8, "in": 96, "cm": 38}


@dataclass(frozen=True)
class Look:
    """What an element inherits; `hidden` says why it cannot be seen. `back` is None for pictures."""

    colour: Colour = BLACK
    back: Colour | None = WHITE
    size: float = 16.0
    hidden: str = ""
    invisible: bool = False

    def reason(self) -> str:
        """Why text in this element cannot be seen, or nothing."""
        if self.hidden:
            return self.hidden
        if self.invisible:
            return "with visibility:hidden"
        if self.size <= _TINY:
            return "in a font of no size"
        if self.back is not None and are_close(self.colour, self.back):
            return "in the colour of the background"
        return ""


class Sheet:
    """The rules of a page's own style elements that bear on visibility."""

    def __init__(self, sources: list[str]) -> None:
        self._rules: dict[str, list[tuple[list[str], dict[str, str]]]] = {}
        self._count = 0
        for source in sources:
            for selectors, body in _rules(_COMMENT.sub(" ", source)):
                self._add(selectors, declarations(body))

    def _add(self, selectors: str, style: dict[str, str]) -> None:
        if not style.keys() & _RELEVANT or self._count >= _MOST_RULES:
            return
        for selector in selectors.split(","):
            parts = selector.replace(">", " ").split()
            if parts and all(_SIMPLE.fullmatch(p) for p in parts):
                self._count += 1
                self._rules.setdefault(_key(parts[-1]), []).append((parts, style))

    def style_of(self, element: Any) -> dict[str, str]:
        """Declarations of the rules that match, the element's own last."""
        style: dict[str, str] = {}
        if self._rules:
            keys = [element.tag, "*", *("." + c for c in (element.get("class") or "").split())]
            if name := element.get("id"):
                keys.append("#" + name)
            for key in keys:
                for parts, body in self._rules.get(key, ()):
                    if _matches(element, parts):
                        style.update(body)
        if own := element.get("style"):
            style.update(declarations(own))
        return style


_RELEVANT = frozenset(
    [
        "display",
        "visibility",
        "opacity",
        "font-size",
        "font",
        "color",
        "background",
        "background-color",
        "position",
        "left",
        "top",
        "right",
        "bottom",
        "text-indent",
        "clip",
        "clip-path",
        "transform",
        "width",
        "height",
        "overflow",
        "margin-left",
        "content-visibility",
        "max-height",
        "background-image",
    ]
)


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Selector and body of each rule; of media queries only those that are about screens."""
    position = 0
    while (opening := css.find("{", position)) >= 0:
        head = css[position:opening].rpartition(";")[2].strip()
        if head.startswith("@") and not head.startswith("@font-face"):
            end = _closing(css, opening)
            query = head.lower()
            if query.startswith("@media") and re.fullmatch(
                r"@media\s+(only\s+)?(screen|all)", query
            ):
                yield from _rules(css[opening + 1 : end])
            position = end + 1
            continue
        end = css.find("}", opening)
        end = end if end >= 0 else len(css)
        yield head, css[opening + 1 : end]
        position = end + 1


def _closing(css: str, opening: int) -> int:
    depth = 0
    for brace in re.compile("[{}]").finditer(css, opening):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(css)


def _key(compound: str) -> str:
    match = _SIMPLE.fullmatch(compound)
    rest = match["rest"] if match else ""
    if rest:
        last: str = re.findall(r"[.#][\w-]+", rest)[-1]
        return last
    return compound.lower()


def _matches(element: Any, parts: list[str]) -> bool:
    if not _fits(element, parts[-1]):
        return False
    above = element.getparent()
    for part in reversed(parts[:-1]):
        while above is not None and not _fits(above, part):
            above = above.getparent()
        if above is None:
            return False
        above = above.getparent()
    return True


def _fits(element: Any, compound: str) -> bool:
    match = _SIMPLE.fullmatch(compound)
    if match is None or not isinstance(element.tag, str):
        return False
    if match["tag"] and match["tag"] not in ("*", element.tag):
        return False
    classes = (element.get("class") or "").split()
    return all(
        name[1:] in classes if name[0] == "." else name[1:] == element.get("id")
        for name in re.findall(r"[.#][\w-]+", match["rest"])
    )


def declarations(style: str) -> dict[str, str]:
    """`a: b; c: d !important` as a dictionary."""
    pairs = (d.partition(":") for d in style.lower().split(";"))
    return {
        k.strip(): v.replace("!important", "").strip()
        for k, _, v in pairs
        if k.strip() and v.strip()
    }


def look_of(element: Any, above: Look, sheet: Sheet) -> Look:
    """How the element looks inside an element that looks like `above`."""
    style = sheet.style_of(element)
    look = _attributes(element, above)
    if not style:
        return look
    hidden = look.hidden or _hiding(style)
    size = _size(style, look.size)
    colour, clear = colour_of(style.get("color", ""))
    if clear:
        hidden = hidden or "in a transparent colour"
    invisible = look.invisible
    if "visibility" in style:
        invisible = style["visibility"] in ("hidden", "collapse")
    return replace(
        look,
        hidden=hidden,
        size=size,
        colour=colour or look.colour,
        back=_background(style, look.back),
        invisible=invisible,
    )


def _attributes(element: Any, above: Look) -> Look:
    look = above
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        look = replace(look, hidden=look.hidden or "with the attribute hidden")
    if (element.get("aria-hidden") or "").lower() == "true":
        look = replace(look, hidden=look.hidden or "with aria-hidden")
    if element.tag == "font" and (colour := colour_of(element.get("color") or "")[0]):
        look = replace(look, colour=colour)
    if back := colour_of(element.get("bgcolor") or "")[0]:
        look = replace(look, back=back)
    if element.tag == "dialog" and element.get("open") is None:
        look = replace(look, hidden=look.hidden or "in a closed dialog")
    return look


def _hiding(style: Mapping[str, str]) -> str:
    if style.get("display") == "none" or style.get("content-visibility") == "hidden":
        return "with display:none"
    opacity = _number(style.get("opacity", "1"))
    if opacity is not None and opacity < (5 if "%" in style.get("opacity", "") else 0.05):
        return "with opacity:0"
    if _off_screen(style):
        return "placed off the screen"
    if style.get("position") in ("absolute", "fixed") and re.match(
        r"rect\(\s*[01](px)?[\s,]+[01](px)?[\s,]+[01](px)?[\s,]+[01](px)?\s*\)",
        style.get("clip", ""),
    ):
        return "clipped away"
    if re.match(r"(inset\(\s*(100|[5-9]\d)%|circle\(\s*0)", style.get("clip-path", "")):
        return "clipped away"
    if re.search(r"scale[xy]?\(\s*0(\.0+)?\s*[,)]", style.get("transform", "")):
        return "scaled to nothing"
    if style.get("overflow", "").startswith(("hidden", "clip")):
        for side in ("width", "height", "max-height"):
            extent = _pixels(style.get(side, ""))
            if extent is not None and extent <= _TINY:
                return "clipped away"
    return ""


def _off_screen(style: Mapping[str, str]) -> bool:
    placed = style.get("position") in ("absolute", "fixed", "relative")
    sides = ("left", "top", "right", "bottom") if placed else ()
    for name in (*sides, "text-indent", "margin-left"):
        extent = _pixels(style.get(name, ""))
        if extent is not None and (extent <= _FAR or (placed and extent >= 10_000)):
            return True
    moved = re.search(r"translate[xy]?\(\s*(-\d+)(px|em|rem|vw|%)?", style.get("transform", ""))
    return moved is not None and (_pixels(moved[1] + (moved[2] or "px")) or 0) <= _FAR


def _size(style: Mapping[str, str], above: float) -> float:
    value = style.get("font-size", "")
    if not value and "font" in style:
        found = re.search(r"(?<![\w.-])(\d*\.?\d+(?:px|pt|em|rem|%)?)(?=[\s/])", style["font"])
        value = found[1] if found else ""
    match = _LENGTH.fullmatch(value)
    if match is None:
        return above
    number, unit = float(match[1]), match[2]
    if unit in ("em", "%"):
        return above * number / (100 if unit == "%" else 1)
    return number * _PIXELS.get(unit or "px", 1)


def _pixels(value: str) -> float | None:
    match = _LENGTH.match(value)
    if match is None:
        return None
    if match[2] == "%":  # of a width that is not known here: a screen's
        return float(match[1]) * 13
    return float(match[1]) * _PIXELS.get(match[2] or "px", 1)


def _number(value: str) -> float | None:
    match = _LENGTH.match(value)
    return float(match[1]) if match else None


def _background(style: Mapping[str, str], above: Colour | None) -> Colour | None:
    shorthand = style.get("background", "")
    image = style.get("background-image", "")
    if "url(" in shorthand or "gradient(" in shorthand + image or "url(" in image:
        return None
    for value in (style.get("background-color", ""), shorthand):
        colour, _ = colour_of(value)
        if colour is not None:
            return colour
        for word in value.split():
            if (colour := colour_of(word)[0]) is not None:
                return colour
        if value and "var(" in value:
            return None
    return above
