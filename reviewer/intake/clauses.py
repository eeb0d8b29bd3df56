"""Clauses of a sentence and cells of a table row: the smallest text that a quantity belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.domain.design import Span

_CUT = re.compile(
    r"(?:;|\.(?=\s)|(?<!\d),(?!\d)(?=\s)|(?<=\d),(?=\s)|\s[–—-]\s|[()]"
    r"|\b(?:while|whereas|but|although|though|because|so that|so|since|and then)\b)"
)
_AND = re.compile(r"\s(?:and|plus|or)\s")
_OPTION = re.compile(
    r"\b(?:option|alternative|approach|on-?prem\w*|cloud|batch|streaming|hybrid|edge|centrali[sz]ed|"
    r"lambda|kappa|before|after|today|current|proposed|ours|criterion|dimension|trade-?off|pros|cons)\b",
    re.IGNORECASE,
)

_NUMBER = re.compile(r"[^\W\d_]{0,5}[-. #]?\d{1,4}(?:[.-]\d{1,3})*[a-z]?\.?|#", re.UNICODE)
_SENTENCE = 6  # words from which a cell is read as a sentence


@dataclass(frozen=True)
class Clause:
    """`text` of a clause and where it starts in its span; `topic` has the head of its row too."""

    text: str
    start: int
    topic: str
    sentence: str


def clause_at(sentence: str, start: int, end: int, starts: Sequence[int]) -> Clause:
    """The clause around `sentence[start:end]`; `starts` are the places of all its quantities.

    An `and` cuts only where both sides have a quantity of their own.
    """
    left, right = 0, len(sentence)
    for cut in _CUT.finditer(sentence):
        if cut.end() <= start:
            left = cut.end()
        elif cut.start() >= end:
            right = cut.start()
            break
    for cut in _AND.finditer(sentence, left, right):
        before = any(left <= s < cut.start() for s in starts)
        after = any(cut.end() <= s < right for s in starts)
        if not (before and after):
            continue
        if cut.end() <= start:
            left = cut.end()
        elif cut.start() >= end:
            right = cut.start()
            break
    text = sentence[left:right]
    return Clause(text, left, text, sentence)


@dataclass(frozen=True)
class Table:
    """The head of a table: one title a column."""

    titles: tuple[str, ...]

    @property
    def compares(self) -> bool:
        """Whether its columns set options beside each other, so that no cell is the design's."""
        options = sum(bool(_OPTION.search(title)) for title in self.titles)
        return options >= 2 or (
            len(self.titles) > 2 and options >= 1 and bool(_OPTION.search(self.titles[0]))
        )


def cells(row: str) -> list[tuple[int, str]]:
    """Cells of a table row with where each starts."""
    found, start = [], 0
    for part in row.split("|"):
        lead = len(part) - len(part.lstrip())
        if part.strip():
            found.append((start + lead, part.strip()))
        elif found:
            found.append((start, ""))
        start += len(part) + 1
    return found


def table_of(spans: Sequence[Span], index: int) -> Table | None:
    """The head of the table that a row stands in: the nearest heading with columns above it."""
    for before in range(index - 1, max(-1, index - 60), -1):
        span = spans[before]
        if span.kind == "heading" and "|" in span.text:
            return Table(tuple(cell for _, cell in cells(span.text)))
        if span.kind != "row":
            return None
    return None


def row_clause(
    row: str, start: int, end: int, table: Table | None, starts: Sequence[int]
) -> Clause:
    """The cell around `start` read with its column's title and the row's first cell.

    A cell that holds sentences is cut into clauses like any sentence, and is its own topic; a first
    cell that only numbers the row (`S6`, `REQ-12`) says nothing of what the row is about.
    """
    parts = cells(row)
    column = max((i for i, (at, _) in enumerate(parts) if at <= start), default=0)
    at, text = parts[column]
    head = parts[0][1] if column and not _NUMBER.fullmatch(parts[0][1]) else ""
    title = table.titles[column] if table and column < len(table.titles) else ""
    lead = f"{head} {title}: "
    if len(text.split()) < _SENTENCE:
        topic = f"{head} {title}" if head else f"{title} {text}"
        return Clause(lead + text, at - len(lead), topic, row)
    inside = [s - at for s in starts if at <= s < at + len(text)]
    part = clause_at(text, start - at, end - at, inside)
    return Clause(lead + part.text, at + part.start - len(lead), f"{head} {part.text}", text)
