"""The way from a file or a text to a design."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Literal

from reviewer.domain.design import Design
from reviewer.domain.questionnaire import LessonTask
from reviewer.errors import UnreadableDesign
from reviewer.intake.assemble import number
from reviewer.intake.markdown import read_markdown
from reviewer.intake.normalise import normalise

Kind = Literal["markdown", "text", "yaml"]


def read_design(path: Path, tasks: Sequence[LessonTask] = ()) -> Design:
    """Read a design file. Raises the `InputError` family with one clear sentence."""
    return design_from_text(path.read_text(encoding="utf-8"), path.name, tasks)


def design_from_text(
    text: str, source: str, tasks: Sequence[LessonTask] = (), kind: Kind = "markdown"
) -> Design:
    """Make a design of a text; `source` is a file's name, its folders are dropped."""
    source = PurePath(source.replace("\\", "/")).name
    plain, warnings = normalise(text)
    reading = read_markdown(plain)
    title = reading.title or _first_title(reading.pieces) or PurePath(source).stem
    sections, spans, more = number(reading, title, tasks)
    if not spans:
        raise UnreadableDesign(f"{source} holds no text that could be reviewed.")
    return Design(
        title=title,
        source=source,
        text=reading.text,
        sections=sections,
        spans=spans,
        warnings=(*warnings, *reading.warnings, *more),
    )


def _first_title(pieces: Sequence[object]) -> str:
    from_heading = [p for p in pieces if getattr(p, "level", 0) == 1]
    return getattr(from_heading[0], "title", "") if from_heading else ""
