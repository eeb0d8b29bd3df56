"""Colours as style sheets write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
# Colours closer than this (largest difference of a channel, 0-255) cannot be told apart.
_TOO_CLOSE = 16
_COLOURS: Mapping[str, Colour] = {
    "white": WHITE, "black": BLACK, "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192),
    "yellow": (255, 255, 0), "orange": (255, 165, 0), "navy": (0, 0, 128),
    "snow": (255, 250, 250), "ivory": (255, 255, 240), "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255), "floralwhite": (255, 250, 240), "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211), "azure": (240, 255, 255), "mintcream": (245, 255, 250),
}  # fmt: skip


def colour_of(value: str) -> tuple[Colour | None, bool]:
    """A colour, or `None` where it is not known; and whether it is transparent."""
    value = value.strip().lower()
    if value in _COLOURS:
        return _COLOURS[value], False
    if value == "transparent":
        return None, True
    if re.fullmatch(r"#?[0-9a-f]{3,8}", value) and (value[0] == "#" or len(value) == 6):
        return _hexadecimal(value.lstrip("#"))
    match = re.match(r"rgba?\(([^()]*)\)", value)
    if match is None:
        return (
            (WHITE, False)
            if re.match(r"hsla?\([^,/]+[, ]+[^,/]+[, ]+(100|9[6-9])%", value)
            else (None, False)
        )
    numbers = re.findall(r"[\d.]+%?", match[1])
    if len(numbers) < 3:
        return None, False
    r, g, b = (_channel(n) for n in numbers[:3])
    alpha = _number(numbers[3]) if len(numbers) > 3 else 1.0
    return (r, g, b), (alpha or 0) < 0.05


def _channel(value: str) -> int:
    number = _number(value) or 0
    return min(255, round(number * 2.55 if value.endswith("%") else number))


def _hexadecimal(digits: str) -> tuple[Colour | None, bool]:
    if len(digits) in (3, 4):
        digits = "".join(d * 2 for d in digits)
    if len(digits) not in (6, 8):
        return None, False
    r, g, b = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return (r, g, b), len(digits) == 8 and int(digits[6:], 16) < 13


def are_close(one: Colour, other: Colour) -> bool:
    """Whether nobody can tell the two apart."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < _TOO_CLOSE


def _number(value: str) -> float | None:
    match = re.match(r"-?(?:\d+\.?\d*|\.\d+)", value)
    return float(match[0]) if match else None
