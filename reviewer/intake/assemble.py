"""Pieces to a design: numbered spans, sections with unique ids, the lesson's task of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from reviewer.domain.design import Section, Span
from reviewer.domain.questionnaire import LessonTask
from reviewer.intake.pieces import Piece, Reading

MOST_SPANS = 20_000


def number(
    reading: Reading, title: str, tasks: Sequence[LessonTask]
) -> tuple[tuple[Section, ...], tuple[Span, ...], list[str]]:
    """Sections (which part the text: each ends where the next begins), spans, and warnings.

    A section's `start` is that of its heading's line; text before the first heading is a section
    of its own. A heading's section takes the task of the section above it where its own words
    name none.
    """
    pieces = reading.pieces[:MOST_SPANS]
    warnings = []
    if len(reading.pieces) > MOST_SPANS:
        warnings.append(f"Only the first {MOST_SPANS:,} statements of the text are reviewed.")
    outline = _Outline(reading.text, tasks)
    spans = []
    for index, piece in enumerate(pieces, 1):
        if piece.level or outline.names_a_task(piece):
            outline.open(piece)
        elif not outline.sections:
            outline.preamble(title if not any(p.level for p in pieces) else "Introduction")
        spans.append(
            Span(
                id=f"S{index}",
                section=outline.sections[-1].id,
                kind=piece.kind,
                text=reading.text[piece.start : piece.end],
                start=piece.start,
                end=piece.end,
            )
        )
    return outline.closed(), tuple(spans), warnings


class _Outline:
    """The sections so far."""

    def __init__(self, text: str, tasks: Sequence[LessonTask]) -> None:
        self.text = text
        self.tasks = tuple(tasks)
        self.sections: list[Section] = []
        self.above: list[Section] = []
        self.used: set[str] = set()
        self.copies: dict[str, int] = {}
        self.heading_level = 1

    def preamble(self, title: str) -> None:
        self._add(title or "Introduction", 1, 0, None)
        self.above = []

    def names_a_task(self, piece: Piece) -> bool:
        """Whether a bold line on its own is one of the lesson's tasks, so worth a section."""
        return bool(piece.title and self.sections and task_of(piece.title, self.tasks))

    def open(self, piece: Piece) -> None:
        if piece.level:
            self.heading_level = piece.level
        level = piece.level or self.heading_level + 1
        while self.above and self.above[-1].level >= level:
            self.above.pop()
        start = self.text.rfind("\n", 0, piece.start) + 1
        if self.sections and start <= self.sections[-1].start:
            start = piece.start
        self._add(piece.title, level, start, piece.task)

    def _add(self, title: str, level: int, start: int, task: str | None) -> None:
        task = task or task_of(title, self.tasks)
        if task is None and self.above:
            task = self.above[-1].task
        section = Section(
            id=self._unique(title),
            title=title,
            level=level,
            path=tuple(s.title for s in self.above),
            task=task,
            start=start,
            end=len(self.text),
        )
        if self.sections:
            self.sections[-1] = self.sections[-1].model_copy(update={"end": start})
        self.sections.append(section)
        self.above.append(section)

    def _unique(self, title: str) -> str:
        name, copy = title, self.copies.get(title, 1)
        while name in self.used:
            copy += 1
            name = f"{title} ({copy})"
        self.copies[title] = copy
        self.used.add(name)
        return name

    def closed(self) -> tuple[Section, ...]:
        return tuple(self.sections)


def task_of(title: str, tasks: tuple[LessonTask, ...]) -> str | None:
    """The task whose heading words say most of the title; the earlier task on a tie."""
    best, best_score = None, 0
    for task in tasks:
        score = sum(len(m[0]) for m in (p.search(title) for p in _patterns(task)) if m)
        if score > best_score:
            best, best_score = task.id, score
    return best


@lru_cache(maxsize=64)
def _patterns(task: LessonTask) -> tuple[re.Pattern[str], ...]:
    """Heading words: any case, from the start of a word; `*` is any ending, a space any gap."""
    patterns = []
    for term in task.headings or (task.title,):
        words = re.escape(term.strip().rstrip("*")).replace(r"\ ", r"[\s-]+")
        ending = r"\w*" if term.strip().endswith("*") else r"(?:s|es)?\b"
        patterns.append(re.compile(rf"\b{words}{ending}", re.IGNORECASE))
    return tuple(patterns)
