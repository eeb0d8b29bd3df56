"""Plain text to blocks: paragraphs, list items, and headings told by their looks."""

from __future__ import annotations

import re

from knowledge.first_bytes import decoded
from knowledge.readers.source import Facts, Source
from knowledge.readers.writing import Writer, check_length, says_something

NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?[ \t]+(?=[^\W\d_])")
MARKER = re.compile(r"(?:[-*+•◦▪‣●○■□–—∗]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])[ \t]+(?=\S)")
_RULE = re.compile(r"[=\-~_*#]{3,}")
_HASHES = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_LONGEST = 90


def read(source: Source, writer: Writer) -> Facts:
    """Read a text file; an empty line ends a paragraph, a form feed a page."""
    text, warning = decoded(source.data)
    check_length(text, source.limits)
    source.announce(1 + len(text) // 3_000)
    pages = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text).rstrip("\f\n").split("\f")
    for number, page in enumerate(pages, 1):
        _page(page, writer, number if len(pages) > 1 else None)
    facts = Facts(pages=len(pages) if len(pages) > 1 else 0)
    if warning:
        facts.warnings.append(warning)
    return facts


def _page(page: str, writer: Writer, number: int | None) -> None:
    for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", page):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        lines = _headed(lines, writer, number)
        item: list[str] = []
        is_item = False
        for line in lines:
            if _RULE.fullmatch(line):
                continue
            marker = MARKER.match(line)
            if marker and item:
                writer.add("list_item" if is_item else "paragraph", " ".join(item), number)
                item = []
            if not item:
                is_item = marker is not None
            item.append(line[marker.end() :] if marker else line)
        writer.add("list_item" if is_item else "paragraph", mended(item), number)


def _headed(lines: list[str], writer: Writer, number: int | None) -> list[str]:
    """Writes the heading that a paragraph may begin with; the lines after it."""
    if not lines:
        return lines
    first, following = lines[0], lines[1] if len(lines) > 1 else ""
    level, used = 0, 1
    if hashes := _HASHES.match(first):
        level, first = len(hashes[1]), first[hashes.end() :].rstrip("# ")
    elif following and set(following) in ({"="}, {"-"}) and len(following) >= 3:
        level, used = (1 if following[0] == "=" else 2), 2
    elif len(lines) == 1:
        level = heading_level(first)
    if not level or len(first) > _LONGEST:
        return lines
    writer.heading(first, level, number)
    return lines[used:]


def heading_level(line: str) -> int:
    """Level of a line that stands alone, by its number or its capitals; 0 for any other line."""
    if len(line) > _LONGEST or not says_something(line) or line[-1] in ".,;:!?":
        return 0
    few = len(line.split()) <= 10
    if (number := NUMBERED.match(line)) and few:
        return min(6, number[1].count(".") + 2)
    letters = [c for c in line if c.isalpha()]
    return 2 if few and len(letters) >= 4 and line.isupper() else 0


def mended(lines: list[str]) -> str:
    """Lines joined to one, words that were broken at a line's end put together again."""
    text = ""
    for line in lines:
        if text.endswith("-") and len(text) > 1 and text[-2].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text
