"""What the styles of a Word file mean: headings, lists, code, and text that cannot be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_VAL = f"{W}val"
_OFF = ("0", "false", "off", "none")
_SMALLEST = 4  # half points: text of two points is a grey line
_CODE = re.compile(r"\b(?:code|preformatted|macro text|verbatim|source|listing)\b")
_MOST_ABOVE = 20


@dataclass(frozen=True)
class Style:
    """What a style, with those that it is based on, says about text."""

    name: str = ""
    level: int = 0
    is_list: bool = False
    vanish: bool | None = None
    colour: str = ""
    shade: str = ""
    size: int | None = None

    @property
    def is_contents(self) -> bool:
        """Whether it belongs to a table of contents."""
        return re.match(r"toc \d|table of figures|index \d", self.name) is not None

    @property
    def is_code(self) -> bool:
        """Whether its text is to keep its lines."""
        return _CODE.search(self.name) is not None


class Styles:
    """All styles of a document; `default` is that of a paragraph that names none."""

    def __init__(self, root: Any) -> None:
        self._elements: dict[str, Any] = {}
        self._found: dict[str, Style] = {}
        self.default = ""
        self.usual = Style()
        self.table_shades: set[str] = set()
        if root is None:
            return
        if (defaults := root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")) is not None:
            self.usual = with_run(self.usual, defaults)
        for style in root.iter(f"{W}style"):
            name = style.get(f"{W}styleId") or ""
            self._elements[name] = style
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true"):
                self.default = name
            if next(style.iter(f"{W}shd"), None) is not None:
                self.table_shades.add(name)

    def get(self, name: str) -> Style:
        """A style by its id."""
        name = name or self.default
        if name not in self._found:
            self._found[name] = self._read(name)
        return self._found[name]

    def _read(self, name: str) -> Style:
        chain: list[Any] = []
        while name in self._elements and len(chain) < _MOST_ABOVE:
            chain.append(self._elements[name])
            name = value(chain[-1], f"{W}basedOn")
        style = self.usual
        for element in reversed(chain):
            style = _with_element(style, element)
        return style


def _with_element(style: Style, element: Any) -> Style:
    name = value(element, f"{W}name").lower()
    level = style.level
    if heading := re.fullmatch(r"heading (\d)", name):
        level = int(heading[1])
    elif name == "title":
        level = 1
    elif (outline := value(element, f"{W}pPr/{W}outlineLvl")).isdigit():
        level = int(outline) + 1 if int(outline) < 9 else 0
    numbered = element.find(f"{W}pPr/{W}numPr") is not None
    style = replace(
        style,
        name=name,
        level=level,
        is_list=not level and (style.is_list or numbered or name.startswith("list")),
        shade=shade_of(element.find(f"{W}pPr")) or style.shade,
    )
    properties = element.find(f"{W}rPr")
    return style if properties is None else with_run(style, properties)


def with_run(style: Style, properties: Any) -> Style:
    """The style under the properties of a run."""
    vanish = style.vanish
    for name in ("vanish", "specVanish"):
        if (found := properties.find(f"{W}{name}")) is not None:
            vanish = is_on(found)
    size = value(properties, f"{W}sz")
    colour = value(properties, f"{W}color").upper()
    if (fill := properties.find(f"{W14}textFill")) is not None and _is_clear(fill):
        vanish = True
    highlight = value(properties, f"{W}highlight")
    shade = shade_of(properties) or ("" if highlight in ("", "none", "white") else "HIGHLIGHT")
    return replace(
        style,
        vanish=vanish,
        size=int(size) if size.isdigit() else style.size,
        colour=colour or style.colour,
        shade=shade or style.shade,
    )


def _is_clear(fill: Any) -> bool:
    alphas = [int(a.get(f"{W14}val") or 0) for a in fill.iter(f"{W14}alpha")]
    return fill.find(f"{W14}noFill") is not None or any(a > 95_000 for a in alphas)


def shade_of(properties: Any) -> str:
    """The colour behind the text where the properties state one, as six digits or a name."""
    shade = properties.find(f"{W}shd") if properties is not None else None
    if shade is None:
        return ""
    fill = (shade.get(f"{W}fill") or "").upper()
    pattern = (shade.get(_VAL) or "clear").lower()
    if pattern not in ("clear", "nil") and (shade.get(f"{W}color") or "auto") != "auto":
        return "PATTERN"
    return "" if fill in ("", "AUTO") else fill


def hidden_reason(style: Style, behind: str) -> str:
    """Why text cannot be seen that has this style before a ground of this colour, or ""."""
    if style.vanish:
        return "marked as hidden"
    if style.size is not None and style.size <= _SMALLEST:
        return "in a font of no size"
    ground = style.shade or behind or "FFFFFF"
    if is_near(style.colour or "000000", ground):
        return "in the colour of the background"
    return ""


def is_near(one: str, other: str) -> bool:
    """Whether two colours, as six digits, cannot be told apart."""
    if not re.fullmatch("[0-9A-F]{6}", one) or not re.fullmatch("[0-9A-F]{6}", other):
        return False
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (0, 2, 4))
    return max(abs(a - b) for a, b in pairs) < 16


def value(element: Any, path: str) -> str:
    """The `val` of a child, or ""."""
    found = element.find(path)
    return (found.get(_VAL) or "") if found is not None else ""


def is_on(element: Any) -> bool:
    """Whether a switch is there and on."""
    return element is not None and element.get(_VAL) not in _OFF
