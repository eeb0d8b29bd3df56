"""How a document is set: the size and distance of its lines, its headings, its words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.readers.pdf_page import HYPHEN, Line, PageText

LARGER = 1.13  # than the text: what headings are
LONGEST_HEADING = 120
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass
class Typeset:
    """How the text of the document is set."""

    size: float
    leading: float
    levels: dict[float, int]
    words: Counter[str]


def typeset(pages: Sequence[PageText]) -> Typeset:
    """What most of the document is set in."""
    letters: Counter[float] = Counter()
    distances: Counter[float] = Counter()
    words: Counter[str] = Counter()
    hyphens = any(line.text.endswith(HYPHEN) for page in pages for line in page.lines)
    for page in pages:
        before: Line | None = None
        for line in page.lines:
            letters[round(line.size, 1)] += len(line.text)
            if before is not None and abs(before.size - line.size) < 0.3:
                step = round(before.bottom - line.bottom, 1)
                if 0.5 * line.size < step < 3 * line.size:
                    distances[step] += 1
            before = line
            if hyphens:
                words.update(_WORD.findall(line.text.casefold()))
    size = letters.most_common(1)[0][0] if letters else 10.0
    leading = distances.most_common(1)[0][0] if distances else 1.25 * size
    return Typeset(size, leading, _levels(pages, size), words)


def _levels(pages: Sequence[PageText], body: float) -> dict[float, int]:
    """The level of each size in which headings are set, the largest first."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            if line.size >= body * LARGER and len(line.text) <= LONGEST_HEADING:
                sizes[round(line.size)] += 1
    return {size: min(5, rank) for rank, size in enumerate(sorted(sizes, reverse=True)[:8], 1)}


def columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """For each line, the left and right edge of the run of text that it stands in."""
    edges: list[tuple[float, float]] = []
    run: list[Line] = []
    left = right = 0.0
    for line in lines:
        before = run[-1] if run else None
        if before is not None and not (
            line.left < right
            and left < line.right
            and line.middle < before.middle
            and abs(line.size - before.size) < 0.1 * before.size
        ):
            edges += [(left, right)] * len(run)
            run = []
        left = min(left, line.left) if run else line.left
        right = max(right, line.right) if run else line.right
        run.append(line)
    return edges + [(left, right)] * len(run)
