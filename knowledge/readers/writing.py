"""Writes blocks one after the other into one text, keeping the place of each."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from knowledge.limits import Limits
from knowledge.readers.source import Refusal

if TYPE_CHECKING:
    from knowledge.document_types import BlockKind

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Zero-width, direction-changing and tag characters; the joiners U+200C and U+200D are part of
# words in Persian and Hindi and of emoji, and stay.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_TAGS = re.compile("[\U000e0020-\U000e007e]")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_ODD = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]")
FENCES = ("```", "~~~")  # what people type round code; its language decides how it is read
_SAYING = re.compile(r"[^\W_]")
_TIGHT = ("list_item", "table_row", "code")
_LONGEST_HEADING = 300


class Writer:
    """Collects the blocks of one document and the text that they are places in."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.blocks: list[list[Any]] = []
        self.paths: list[list[str]] = [[]]
        self.hidden: Counter[tuple[str, int | None]] = Counter()
        self._parts: list[str] = []
        self._length = 0
        self._above: list[tuple[int, str]] = []
        self._before: BlockKind | None = None

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._parts)

    def heading(self, text: str, level: int, page: int | None = None) -> None:
        """A heading; the blocks after it stand under it."""
        text = one_line(self.seen(text, page))
        if not says_something(text) or len(text) > _LONGEST_HEADING:
            self.add("paragraph", text, page)
            return
        level = max(1, min(6, level))
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        self._path()
        self._append("heading", text, page, level)
        self._above.append((level, text))
        self._path()

    def section(self, title: str, level: int) -> None:
        """Headings above this place that stand nowhere in the text (an untitled slide)."""
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        if title:
            self._above.append((level, title))
        self._path()

    def add(
        self, kind: BlockKind, text: str, page: int | None = None, *, continued: bool = False
    ) -> None:
        """A block of any other kind; the lines of code stay lines, other text is one line."""
        text = self.seen(text, page)
        text = text.strip("\n") if kind == "code" else one_line(text)
        if says_something(text) or text.startswith(FENCES):
            self._append(kind, text, page, continued=continued)

    def row(
        self, cells: Sequence[str], header: Sequence[str] = (), page: int | None = None
    ) -> None:
        """A table row; each cell is said with the name of its column where there is one."""
        cells = tuple(one_line(self.seen(c, page)) for c in cells)
        if not any(says_something(c) for c in cells):
            return
        header = tuple(header)
        if header and len(header) == len(cells):
            text = " | ".join(
                f"{h}: {c}" if h and c != h else c for h, c in zip(header, cells, strict=True) if c
            )
        else:
            header, text = (), " | ".join(c for c in cells if c)
        self._append("table_row", text, page, cells=cells, header=header)

    def hide(self, text: str, reason: str, page: int | None = None) -> None:
        """Text that is left out because nobody can see it."""
        if says_something(text):
            self.hidden[reason, page] += len(one_line(text))

    def seen(self, text: str, page: int | None = None) -> str:
        """The text without characters that show nothing."""
        if text.isascii() and text.isprintable():
            return text
        if text.isprintable() and not _ODD.search(text):
            return unicodedata.normalize("NFC", text)
        smuggled = _TAGS.findall(text)
        if len(smuggled) > 8:  # the flags of England, Scotland and Wales have five or six
            self.hidden["written in invisible Unicode characters", page] += len(smuggled)
        text = _CONTROL.sub("", text)
        text = _INVISIBLE.sub("", text)
        return unicodedata.normalize("NFC", text)

    def _path(self) -> None:
        path = [title for _, title in self._above]
        if self.paths[-1] != path:
            self.paths.append(path)

    def _append(
        self,
        kind: BlockKind,
        text: str,
        page: int | None,
        level: int = 0,
        **more: Any,
    ) -> None:
        gap = "\n\n"
        if not self._parts:
            gap = ""
        elif more.get("continued"):
            gap = " "
        elif kind in _TIGHT and kind == self._before:
            gap = "\n"
        start = self._length + len(gap)
        self._parts += (gap, text)
        self._length = start + len(text)
        self._before = kind
        if self._length > self.limits.text:
            raise _too_long(self.limits)
        if len(self.blocks) >= self.limits.blocks:
            raise Refusal(
                f"has more than {self.limits.blocks:,} paragraphs and rows: split it into parts."
            )
        place = len(self.paths) - 1
        self.blocks.append([kind, level, page, place, start, self._length, more or None])


def one_line(text: str) -> str:
    """The text on one line, every run of white space one space."""
    return " ".join(text.split())


def spaced(text: str) -> str:
    """The text with one space for every run of spaces, its lines kept."""
    return "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return text[:1].isalnum() or _SAYING.search(text) is not None


def check_length(text: str, limits: Limits) -> None:
    """Refuse a text that is too long, before any work is done on it."""
    if len(text) > limits.text:
        raise _too_long(limits)


def _too_long(limits: Limits) -> Refusal:
    return Refusal(f"has more than {limits.text:,} characters of text: split it into parts.")
