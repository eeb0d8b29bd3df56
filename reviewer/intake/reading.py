"""The way from a file or a text to a design."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Literal

from reviewer.domain.design import DataFlow, Design, Requirement
from reviewer.domain.questionnaire import LessonTask
from reviewer.errors import UnreadableDesign
from reviewer.intake import statements
from reviewer.intake.assemble import number
from reviewer.intake.extract import extract
from reviewer.intake.files import FileKind, read_file
from reviewer.intake.language import language_of
from reviewer.intake.maps import map_in_text
from reviewer.intake.markdown import read_markdown
from reviewer.intake.normalise import normalise
from reviewer.intake.pieces import Reading
from reviewer.intake.plaintext import read_blocks, read_text
from reviewer.intake.yamlform import FormReading, read_form

Kind = Literal["markdown", "text", "yaml"]

MOST_TEXT = 2_000_000


def read_design(path: Path, tasks: Sequence[LessonTask] = ()) -> Design:
    """Read a design file: Markdown, plain text, YAML, DOCX or PDF.

    `tasks` are the lesson's tasks, whose heading words tell which section answers what. Raises
    `UnreadableDesign`, `DataFlowError` or another `InputError` with one clear sentence.
    """
    name = path.name
    content = read_file(path)
    if content.kind in (FileKind.DOCX, FileKind.PDF):
        blocks, title, warnings = extract(path)
        reading = read_blocks(blocks, title, warnings)
        return _design(reading, name, tasks, reading.warnings)
    kind: Kind = "markdown"
    if content.kind is FileKind.YAML:
        kind = "yaml"
    elif content.kind is FileKind.TEXT:
        kind = "text"
    design = design_from_text(content.text, name, tasks, kind)
    return design.model_copy(update={"warnings": (*content.warnings, *design.warnings)})


def design_from_text(
    text: str, source: str, tasks: Sequence[LessonTask] = (), kind: Kind = "markdown"
) -> Design:
    """Make a design of a text; of `source` only the file's name is kept."""
    source = PurePath(source.replace("\\", "/")).name or "design"
    if len(text) > MOST_TEXT:
        raise UnreadableDesign(
            f"{source} has {len(text) / 1e6:.0f} MB of text; at most {MOST_TEXT // 1_000_000} MB "
            "can be reviewed."
        )
    plain, warnings = normalise(text)
    if not plain.strip():
        raise UnreadableDesign(f"{source} is empty: there is no text to review.")
    if kind == "yaml":
        form = read_form(plain, source)
        return _design(form.reading, source, tasks, [*warnings, *form.reading.warnings], form)
    reading = read_markdown(plain) if kind == "markdown" else read_text(plain)
    return _design(reading, source, tasks, [*warnings, *reading.warnings])


def _design(
    reading: Reading,
    source: str,
    tasks: Sequence[LessonTask],
    warnings: Sequence[str],
    form: FormReading | None = None,
) -> Design:
    title = _title(reading, source)
    sections, spans, more = number(reading, title, tasks)
    if not spans:
        raise UnreadableDesign(f"{source} holds no text that could be reviewed.")
    requirements: tuple[Requirement, ...] = ()
    data_flow: DataFlow
    if form is not None:
        requirements = form.requirements(spans)
        data_flow = form.data_flow(spans)
    else:
        data_flow, problems = map_in_text(reading, spans, source)
        more += problems
    stated = {r.span for r in requirements}
    unread = [s for s in spans if s.id not in stated]
    requirements += statements.extract(unread, sections, data_flow)
    return Design(
        title=title,
        source=source,
        text=reading.text,
        language=(form.language if form else None) or language_of(spans),
        sections=sections,
        spans=spans,
        data_flow=data_flow,
        requirements=requirements,
        warnings=tuple(dict.fromkeys([*warnings, *more])),
        form=form.fields if form else {},
    )


def _title(reading: Reading, source: str) -> str:
    """The title that the document gives itself, else its first heading, else the file's name."""
    if reading.title:
        return reading.title
    headings = [p for p in reading.pieces if p.level]
    for piece in headings:
        if piece.level == 1 and piece.title:
            return piece.title
    first = reading.pieces[0] if reading.pieces else None
    if first and first.level and first.title and not reading.text[first.start].isdigit():
        return first.title
    return PurePath(source).stem or source
