"""What stands on many pages and belongs to none: running heads, feet and page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from knowledge.readers.pdf_page import Line, PageText

_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxl]{1,7})\s*(?:(?:/|of|von)\s*\d{1,4})?\s*[-–—|]?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+|\b[ivxl]{1,6}\b")
_EDGE = 3
_MARGIN = 0.12  # of the page's height, at its head and its foot
_SLACK = 3.0
_LONGEST = 140


def without_furniture(pages: Sequence[PageText]) -> None:
    """Take running heads and feet and page numbers out of the pages."""
    edges = {page.number: _edge_lines(page) for page in pages}
    repeated = _repeated(pages, edges)
    for page in pages:
        gone = {
            id(line)
            for line in edges[page.number]
            if _key(line, page) in repeated or _is_page_number(line, page)
        }
        if gone:
            page.lines = [line for line in page.lines if id(line) not in gone]
        page.lines = [line for line in page.lines if line.upright or not _is_in_margin(line, page)]


def _edge_lines(page: PageText) -> list[Line]:
    """The lines nearest to the head and the foot of the page, within its margins."""
    lines = sorted((line for line in page.lines if line.upright), key=lambda line: line.middle)
    edge = {id(line): line for line in (*lines[:_EDGE], *lines[-_EDGE:])}
    return [line for line in edge.values() if len(line.text) <= _LONGEST]


def _key(line: Line, page: PageText) -> tuple[str, bool]:
    return _DIGITS.sub("#", line.text.casefold()), line.middle > page.height / 2


def _repeated(pages: Sequence[PageText], edges: dict[int, list[Line]]) -> set[tuple[str, bool]]:
    """Lines that say the same at the same height of several pages."""
    heights: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for page in pages:
        for key, line in {_key(line, page): line for line in edges[page.number]}.items():
            heights[key].append(line.middle if not key[1] else page.height - line.middle)
    found = set()
    for key, places in heights.items():
        near = sum(abs(p - sorted(places)[len(places) // 2]) <= _SLACK for p in places)
        if near >= 3 or (near == 2 == len(pages)):
            found.add(key)
    return found


def _is_page_number(line: Line, page: PageText) -> bool:
    if _PAGE_NUMBER.fullmatch(line.text) is None:
        return False
    others = [other for other in page.lines if other is not line and other.upright]
    if not others:
        return True
    lowest = all(line.bottom <= o.bottom + _SLACK for o in others)
    highest = all(line.top >= o.top - _SLACK for o in others)
    return lowest or highest


def _is_in_margin(line: Line, page: PageText) -> bool:
    """Whether text that runs up or down stands beside the text of the page, like a stamp."""
    return line.right < _MARGIN * page.width or line.left > (1 - _MARGIN) * page.width
