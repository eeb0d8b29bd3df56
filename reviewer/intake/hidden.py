"""Finds what a rendered page would not show: HTML comments and hidden elements."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

Range = tuple[int, int]

_OPENING = re.compile(r"<!--|<([a-zA-Z][a-zA-Z0-9]*)\b[^<>]{0,2000}>")
_NEVER_SHOWN = {"script", "style", "template", "head"}
_VOID = {"img", "br", "hr", "input", "meta", "link", "source", "col", "area", "wbr"}
_HIDING = re.compile(
    r"""\shidden(?=[\s>=/])|display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])
    |font-size\s*:\s*0(?![.\d])
    |\A(?!.*background).*[\s"';]color\s*[:=]\s*["']?(?:white\b|\#fff(?:fff)?\b)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<[!?][^<>]{0,2000}>")


def hidden_ranges(text: str, code: Sequence[Range]) -> list[Range]:
    """Ranges that a reader of the rendered page cannot see, in order; `code` is always shown."""
    found: list[Range] = []
    position = 0
    starts = [start for start, _ in code]
    last_comment_end = text.rfind("-->")
    while (match := _OPENING.search(text, position)) is not None:
        position = match.end()
        block = bisect_right(starts, match.start()) - 1
        if block >= 0 and match.start() < code[block][1]:
            position = max(position, code[block][1])
            continue
        if _in_code_span(text, match.start()):
            continue
        end = _end(text, match, last_comment_end)
        if end is not None:
            found.append((match.start(), end))
            position = max(end, match.end())
    return found


def _in_code_span(text: str, position: int) -> bool:
    line = max(text.rfind("\n", 0, position) + 1, position - 2000)
    return text.count("`", line, position) % 2 == 1


def _end(text: str, match: re.Match[str], last_comment_end: int) -> int | None:
    """Where the hidden thing that begins at `match` ends; `None` if it is not hidden."""
    if match[0] == "<!--":
        if match.start() < last_comment_end:
            return text.find("-->", match.start() + 2) + 3
        line = text[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
        # Left open at the start of a line, it hides the rest of the page; elsewhere it is text.
        return len(text) if not line.strip() else None
    tag = match[1].lower()
    if tag in _VOID or match[0].endswith("/>"):
        return None
    if tag not in _NEVER_SHOWN and not _HIDING.search(match[0]):
        return None
    depth = 1
    for inner in re.compile(rf"<(/?){tag}\b", re.IGNORECASE).finditer(text, match.end()):
        depth += -1 if inner[1] else 1
        if depth == 0:
            close = text.find(">", inner.end())
            return close + 1 if close >= 0 else len(text)
    return len(text)


def shown_ranges(start: int, end: int, hidden: Sequence[Range]) -> Iterator[Range]:
    """`start` to `end` without the hidden ranges."""
    index = max(0, bisect_right(hidden, (start, -1)) - 1)
    while index < len(hidden) and hidden[index][0] < end:
        left, right = hidden[index]
        if right > start:
            if left > start:
                yield start, left
            start = max(start, right)
        index += 1
    if start < end:
        yield start, end


def tag_ranges(text: str, start: int, end: int) -> list[Range]:
    """Ranges of the HTML tags in `text[start:end]`."""
    return [(m.start(), m.end()) for m in _TAG.finditer(text, start, end)]
