"""Lines of a PDF to headings, paragraphs, list items and table rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from knowledge.readers.pdf_page import HYPHEN, Line, PageText, median
from knowledge.readers.pdf_tables import aligned, table_at
from knowledge.readers.pdf_type import LARGER, LONGEST_HEADING, Typeset, columns, typeset
from knowledge.readers.tables import write_rows
from knowledge.readers.text import MARKER
from knowledge.readers.writing import FENCES, Writer, says_something

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,3})\.?\s+[^\W\d_]")
_CAPTION = re.compile(r"(?:figure|fig\.|table|listing|algorithm)\s*\d+\s*[:.]", re.IGNORECASE)
_ENDS = (".", "!", "?", ":", ";", "…", '."', ".”", ".)")
_COMPOUND = 4  # letters of each part of a word that may be written with a hyphen
_GAP = 1.35  # of the usual distance of lines: a wider one parts paragraphs
_INDENT = 0.8
_SHORT = 0.88
_DOTS = re.compile(r"(?:\s*\.){4,}")
_ENTRY = re.compile(r"(?:\s?[.·…]){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})?$")
_FEWEST_ENTRIES = 4


@dataclass
class _Open:
    """The block that is being put together."""

    kind: str = "paragraph"
    level: int = 0
    lines: list[Line] = field(default_factory=list)


def write_pages(pages: Sequence[PageText], writer: Writer) -> None:
    """Write the blocks of all pages."""
    composer = _Composer(typeset(pages), writer)
    for page in pages:
        composer.page(_without_contents(page))
    composer.close()


def _without_contents(page: PageText) -> PageText:
    """The page without the lines of a table of contents, which lead to a number with dots."""
    entries = {id(line) for line in page.lines if _has_dots(line.text) and _ENTRY.search(line.text)}
    if len(entries) >= _FEWEST_ENTRIES:
        page.lines = [line for line in page.lines if id(line) not in entries]
    return page


def _has_dots(text: str) -> bool:
    return "..." in text or ". . ." in text or "\u2026" in text


class _Composer:
    def __init__(self, kind: Typeset, writer: Writer) -> None:
        self.type = kind
        self.writer = writer
        self.open = _Open()
        self.first = True
        self.in_fence = False
        self.columns: list[tuple[float, float]] = []
        self.joins = False

    def page(self, page: PageText) -> None:
        """All blocks of a page; a paragraph ends with it, though its sentence may go on."""
        lines = page.lines
        self.columns = columns(lines)
        goes_on = self._goes_on(lines)
        self.close()
        self.joins = goes_on
        index = 0
        while index < len(lines):
            rows = table_at(lines, index)
            if rows:
                self.close()
                write_rows(self.writer, aligned(lines[index : index + rows]), 0, page.number)
                self.first = False
                index += rows
                continue
            self._line(lines, index)
            index += 1

    def _goes_on(self, following: Sequence[Line]) -> bool:
        """Whether the open paragraph goes on in the first line of the next page."""
        if not self.open.lines or self.open.kind == "heading" or not following:
            return False
        end = self.open.lines[-1].text
        return end.endswith(HYPHEN) or (not end.endswith(_ENDS) and following[0].text[:1].islower())

    def _line(self, lines: Sequence[Line], index: int) -> None:
        line = lines[index]
        fence = line.text.startswith(FENCES)
        if fence or self.in_fence or (line.mono and not line.cells):
            self.in_fence ^= fence
            self._code(line)
            return
        before = lines[index - 1] if index else None
        following = lines[index + 1] if index + 1 < len(lines) else None
        column = self.columns[index]
        level = self._level(line, before, following)
        if level and self.open.kind == "heading" and self._same_heading(line):
            self.open.lines.append(line)
            return
        if level:
            self._begin("heading", line, level)
        elif self._begins(line, before, column):
            item = MARKER.match(line.text) is not None
            kind = "caption" if _CAPTION.match(line.text) else "list_item" if item else "paragraph"
            self._begin(kind, line)
        else:
            self.open.lines.append(line)

    def _code(self, line: Line) -> None:
        """Lines in a typewriter's font stay lines."""
        last = self.open.lines[-1] if self.open.lines else None
        near = last is not None and 0 < last.bottom - line.bottom < 3.2 * line.size
        if (self.open.kind == "code" and near) or (
            last is not None and near and self.open.kind == "paragraph" and _is_within(line, last)
        ):
            self.open.lines.append(line)
        else:
            self._begin("code", line)

    def _begin(self, kind: str, line: Line, level: int = 0) -> None:
        self.close()
        self.open = _Open(kind, level, [line])

    def _same_heading(self, line: Line) -> bool:
        last = self.open.lines[-1]
        return (
            abs(last.size - line.size) < 0.5
            and last.bold == line.bold
            and 0 < last.bottom - line.bottom < 2.0 * max(line.size, 1)
            and len(self.open.lines) < 4
            and _NUMBERED.match(line.text) is None
            and (line.size > self.type.size * LARGER or not last.text.endswith(_ENDS))
        )

    def _begins(self, line: Line, before: Line | None, column: tuple[float, float]) -> bool:
        """Whether a line begins a new block."""
        if not self.open.lines or before is None or self.open.kind in ("heading", "code"):
            return not (self.joins and before is None and bool(self.open.lines))
        last = self.open.lines[-1]
        if last.text.endswith(HYPHEN):
            return False
        if MARKER.match(line.text) and (
            last.text.endswith(_ENDS)
            or self.open.kind == "list_item"
            or last.right < column[1] - 20
            or line.left != last.left
        ):
            return True
        step = last.bottom - line.bottom
        if step < -line.size:  # at the head of the next column
            return last.text.endswith(_ENDS) or not line.text[:1].islower()
        if step > _GAP * max(self.type.leading, 1.0 * line.size):
            return True
        if abs(last.size - line.size) > 0.12 * max(last.size, line.size) and len(line.text) > 3:
            return step > 0.5 * line.size
        ended = last.text.endswith(_ENDS)
        if (
            self.open.kind != "list_item"
            and line.left - column[0] > _INDENT * line.size
            and len(self.open.lines) >= 1
        ):
            indented = line.left - last.left > _INDENT * line.size
            if indented and (ended or len(self.open.lines) > 1):
                return True
        if self.open.kind == "list_item" and line.left < self.open.lines[0].left - 1:
            return True
        width = column[1] - column[0]
        return ended and last.right < column[0] + _SHORT * width

    def _level(self, line: Line, before: Line | None, following: Line | None) -> int:
        """The level of a line that is a heading, 0 for any other line."""
        text = line.text
        if (
            len(text) > LONGEST_HEADING
            or text[-1] == HYPHEN
            or (text[-1] in ".,;" and not line.bold)
            or not says_something(text)
        ):
            return 0
        if (_has_dots(text) and _DOTS.search(text)) or (line.cells and len(line.cells) > 2):
            return 0
        number = _NUMBERED.match(text)
        if text[-1] in ".,;" and not number:
            return 0
        larger = line.size >= self.type.size * LARGER
        if larger and sum(c.isalpha() for c in text) >= 3:
            level = self.type.levels.get(round(line.size), 1)
            return min(6, max(level, number[1].count(".") + 1)) if number else level
        apart = before is None or abs(before.bottom - line.bottom) > 1.15 * self.type.leading
        if (
            line.bold
            and line.size >= 0.9 * self.type.size
            and self._is_alone(line, before, following)
        ):
            base = 1 + max(self.type.levels.values(), default=0)
            return min(6, (number[1].count(".") + 2) if number else max(2, base))
        return self._level_by_words(line, before, following, apart)

    def _is_alone(self, line: Line, before: Line | None, following: Line | None) -> bool:
        if line.text[0].islower() or (MARKER.match(line.text) and not _NUMBERED.match(line.text)):
            return False
        near = (o for o in (before, following) if o is not None)
        return not all(
            o.bold and abs(o.bottom - line.bottom) < 1.6 * self.type.leading for o in near
        ) or (before is None and following is None)

    def _level_by_words(
        self, line: Line, before: Line | None, following: Line | None, apart: bool
    ) -> int:
        """Headings in the size of the text: by place, number or capitals."""
        text = line.text
        lower = following is not None and following.text[:1].islower()
        if lower or text[-1] in ":!?-" or line.size < 0.9 * self.type.size:
            return 0
        first = self.first and not self.open.lines
        if first and len(text) <= 90 and text[0].isalpha():
            return 1
        few = len(text) <= 80 and len(text.split()) <= 10
        done = (
            before is None
            or not self.open.lines
            or self.open.lines[-1].text.endswith(_ENDS)
            or apart
            or self.open.kind in ("heading", "list_item")
        )
        number = _NUMBERED.match(text)
        if number and few and done and not self._in_list(line, number[1], following):
            return min(6, number[1].count(".") + 2)
        capitals = few and text.isupper() and not text[-1].isdigit()
        if capitals and sum(map(str.isalpha, text)) >= 4:
            return 2
        if not (apart and done) or following is None or len(text) > 60 or not text[0].isupper():
            return 0
        return 2 if len(text.split()) <= 8 and len(following.text) > 60 else 0

    def _in_list(self, line: Line, number: str, following: Line | None) -> bool:
        """Whether a numbered line is an item: the next number follows at once."""
        if "." in number or following is None or not number.isdigit():
            return False
        goes_on = re.match(r"(\d{1,2})[.)]?\s", following.text)
        return goes_on is not None and int(goes_on[1]) == int(number) + 1

    def close(self) -> None:
        """Write the open block."""
        done, self.open = self.open, _Open()
        if not done.lines:
            return
        self.first = False
        page = done.lines[0].page
        joins, self.joins = self.joins, False
        if done.kind == "code":
            self.writer.add("code", _code_text(done.lines), page)
            return
        text = self._text([line.text for line in done.lines])
        if done.kind == "heading":
            self.writer.heading(text, done.level, page)
        elif done.kind == "list_item":
            marker = MARKER.match(text)
            self.writer.add("list_item", text[marker.end() :] if marker else text, page)
        elif done.kind == "caption":
            self.writer.add("caption", text, page)
        else:
            self.writer.add("paragraph", text, page, continued=joins)

    def _text(self, lines: Sequence[str]) -> str:
        """The lines as one, words that were broken at a line's end put together again."""
        text = ""
        for line in lines:
            if text.endswith(HYPHEN):
                text = self._mended(text[:-1], line)
            elif text.endswith("-") and text[-2:-1].isalpha() and line[:1].isalpha():
                text = self._mended(text[:-1], line) if line[:1].islower() else text + line
            else:
                text = f"{text} {line}" if text else line
        return text[:-1] + "-" if text.endswith(HYPHEN) else text

    def _mended(self, text: str, line: str) -> str:
        """Without the hyphen, unless the document writes the word with one elsewhere.

        A word that is nowhere else keeps it where both parts are longer words of the document.
        """
        head = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*\Z", text[-80:])
        tail = re.match(r"[^\W\d_]+", line)
        if head is None or tail is None:
            return f"{text}-{line}"
        one, other = head[0].casefold(), tail[0].casefold()
        whole, parted = self.type.words[one + other], self.type.words[f"{one}-{other}"]
        keep = parted > whole or (tail[0][0].isupper() and not head[0].isupper())
        if whole == parted == 0 and min(len(one), len(other)) >= _COMPOUND:
            # Each part was counted once for this place.
            keep = keep or min(self.type.words[one], self.type.words[other]) > 1
        return f"{text}-{line}" if keep else text + line


def _is_within(line: Line, last: Line) -> bool:
    """Whether a line in a typewriter's font is part of a paragraph: a long name in it."""
    return not last.text.endswith(_ENDS) and last.bottom - line.bottom < 1.4 * max(
        line.size, last.size
    )


def _code_text(lines: Sequence[Line]) -> str:
    """The lines, indented as on the page and parted where they stand apart."""
    widths = [(line.right - line.left) / len(line.text) for line in lines if len(line.text) > 2]
    width = median(widths) if widths else 6.0
    margin = min(line.left for line in lines)
    leading = median([a.bottom - b.bottom for a, b in pairwise(lines)] or [12.0])
    text = ""
    for index, line in enumerate(lines):
        indent = " " * min(60, round((line.left - margin) / width)) if width > 0 else ""
        if index:
            step = lines[index - 1].bottom - line.bottom
            text += "\n\n" if step > 1.6 * leading else "\n"
        text += indent + line.text.replace(HYPHEN, "-")
    return text
