"""What stands on many pages and belongs to none: running heads, feet and page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from knowledge.readers.pdf_page import Line, PageText, median

_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxl]{1,7})\s*(?:(?:/|of|von)\s*\d{1,4})?\s*[-–—|]?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_NUMBERS = re.compile(r"\d{1,5}")
_LARGER = 1.15
_APART = 1.6
_MOST_PAGES = 0.7
_EDGE = 3
_MARGIN = 0.12  # of the page's height, at its head and its foot
_SLACK = 3.0
_LONGEST = 140


def without_furniture(pages: Sequence[PageText]) -> None:
    """Take running heads and feet and page numbers out of the pages."""
    edges = {page.number: _edge_lines(page) for page in pages}
    repeated = _repeated(pages, edges)
    offset = _offset(pages, edges)
    for page in pages:
        gone = {
            id(line)
            for line in edges[page.number]
            if (
                (line.text.casefold(), _is_head(line, page)) in repeated
                and (len(pages) > 2 or _is_apart(line, page))
            )
            or (_key(line, page) in repeated and _is_apart(line, page))
            or _is_page_number(line, page)
            or (_says_page(line, page, offset) and _is_apart(line, page))
        }
        page.lines = [
            line
            for line in page.lines
            if id(line) not in gone and (line.upright or not _is_in_margin(line, page))
        ]


def _edge_lines(page: PageText) -> list[Line]:
    """The lines in the margins at the head and the foot, and the outermost line of each."""
    lines = sorted(
        (line for line in page.lines if line.upright), key=lambda line: line.bottom + line.top
    )
    margin = _MARGIN * page.height
    edge = {id(line): line for line in (*lines[:1], *lines[-1:])}
    for line in (*lines[:_EDGE], *lines[-_EDGE:]):
        if not margin < line.middle < page.height - margin:
            edge[id(line)] = line
    return [line for line in edge.values() if len(line.text) <= _LONGEST]


def _is_head(line: Line, page: PageText) -> bool:
    return line.middle > page.height / 2


def _is_apart(line: Line, page: PageText) -> bool:
    """Whether it is no heading and stands further from the text than the lines of the text."""
    if line.size > _LARGER * median(other.size for other in page.lines):
        return False
    inward = [
        line.bottom - o.bottom if _is_head(line, page) else o.bottom - line.bottom
        for o in page.lines
        if o is not line and o.upright
    ]
    nearest = min((step for step in inward if step > 1), default=page.height)
    return nearest > _APART * max(line.size, 1)


def _key(line: Line, page: PageText) -> tuple[str, bool]:
    return _DIGITS.sub("#", line.text.casefold()), _is_head(line, page)


def _repeated(pages: Sequence[PageText], edges: dict[int, list[Line]]) -> set[tuple[str, bool]]:
    """Lines that stand at the same height of several pages, the same or counting with them."""
    places: dict[tuple[str, bool], dict[int, tuple[float, str]]] = defaultdict(dict)
    for page in pages:
        for line in edges[page.number]:
            head = _is_head(line, page)
            place = (page.height - line.middle if head else line.middle, line.text)
            for key in {(line.text.casefold(), head), _key(line, page)}:
                places[key][page.number] = place
    found = set()
    for key, at in places.items():
        heights = sorted(height for height, _ in at.values())
        near = sum(abs(height - heights[len(heights) // 2]) <= _SLACK for height in heights)
        if (near >= 3 or near == 2 == len(pages)) and ("#" not in key[0] or _counts(at)):
            found.add(key)
    return found


def _counts(at: dict[int, tuple[float, str]]) -> bool:
    """Whether a number in the line grows with the pages."""
    steps: Counter[int] = Counter()
    for page, (_, text) in at.items():
        steps.update({int(n) - page for n in _NUMBERS.findall(text)[:8]})
    return bool(steps) and steps.most_common(1)[0][1] >= _MOST_PAGES * len(at)


def _offset(pages: Sequence[PageText], edges: dict[int, list[Line]]) -> int | None:
    """What the printed page numbers are ahead of the pages themselves, where most pages agree."""
    ahead: Counter[int] = Counter()
    for page in pages:
        numbers = {n for line in edges[page.number] for n in _numbers_at_ends(line)}
        ahead.update({n - page.number for n in numbers})
    if not ahead:
        return None
    offset, count = ahead.most_common(1)[0]
    return offset if count >= 3 and count * 2 >= len(pages) else None


def _numbers_at_ends(line: Line) -> list[int]:
    words = line.text.split()
    return [int(w) for w in {words[0], words[-1]} if w.isdecimal() and len(w) <= 5]


def _says_page(line: Line, page: PageText, offset: int | None) -> bool:
    return offset is not None and page.number + offset in _numbers_at_ends(line)


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
