"""Makes a text plain: one kind of line end, composed letters, nothing invisible."""

from __future__ import annotations

import re
import unicodedata

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
# Zero-width and direction-changing characters hide text from the reader's eye; the joiners
# U+200C and U+200D are letters' business in Persian, Hindi and emoji and stay.
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)
_MOST_LINES = 50_000
_LINE_ENDS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")


def normalise(text: str) -> tuple[str, list[str]]:
    """The text that spans point into, and warnings about what was taken out."""
    text = _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    text = _CONTROL.sub("", text)
    text, hidden = _INVISIBLE.subn("", text)
    text = unicodedata.normalize("NFC", text)
    warnings = []
    if hidden > 20:
        warnings.append(f"{hidden} invisible characters were removed before reading.")
    lines = text.split("\n", _MOST_LINES)
    if len(lines) > _MOST_LINES and lines.pop():
        text = "\n".join(lines)
        warnings.append(f"Only the first {_MOST_LINES:,} lines were read.")
    return text, warnings
