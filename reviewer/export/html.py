"""A review as one self-contained HTML page: no script from elsewhere, nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reviewer.domain.design import Design, Span
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.export.markdown import score_line
from reviewer.export.palette import ROLE_COLOURS
from reviewer.export.pictures import freshness_waterfall, role_bars, utilisation_bars

_TEMPLATES = Path(__file__).with_name("assets")


@dataclass(frozen=True)
class Block:
    """A section of the design as the page shows it: its heading and its lines."""

    title: str
    level: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Line:
    """A span and the numbers of the findings that quote it."""

    span: Span
    marks: tuple[int, ...]


def to_html(review: Review, questionnaire: Questionnaire) -> str:
    """The page. Everything from the design, a document or a model is escaped by the template."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    numbers = {f.id: n for n, f in enumerate(review.findings, start=1)}
    page = environment.get_template("review.html.j2")
    return page.render(
        review=review,
        questionnaire=questionnaire,
        titles={role.id: role.title for role in questionnaire.roles},
        criteria={c.id: c for c in questionnaire.criteria},
        colours=ROLE_COLOURS,
        numbers=numbers,
        by_id={f.id: f for f in (*review.findings, *review.strengths)},
        blocks=design_blocks(review.design, review.findings, numbers),
        score=score_line(review),
        style=Markup((_TEMPLATES / "review.css").read_text(encoding="utf-8")),
        bars=Markup(role_bars(review, questionnaire)),
        load=Markup(utilisation_bars(review.analysis)),
        waterfall=Markup(freshness_waterfall(review.analysis)),
        level_words=level_words,
    )


def design_blocks(
    design: Design, findings: Sequence[Finding], numbers: dict[str, int]
) -> tuple[Block, ...]:
    """The design by section, each line with the numbers of the findings that quote it."""
    marks: dict[str, list[int]] = {}
    for finding in findings:
        for evidence in finding.evidence:
            marks.setdefault(evidence.span, []).append(numbers[finding.id])
    sections = {s.id: s for s in design.sections}
    grouped: dict[str, list[Line]] = {}
    for span in design.spans:
        if span.kind != "heading":
            line = Line(span, tuple(sorted(set(marks.get(span.id, ())))))
            grouped.setdefault(span.section, []).append(line)
    return tuple(
        Block(
            title=sections[name].title if name in sections else name,
            level=min(sections[name].level if name in sections else 2, 4),
            lines=tuple(lines),
        )
        for name, lines in grouped.items()
    )


def level_words(levels: Sequence[str], level: float | None) -> tuple[str, str]:
    """The descriptor of a level, and that of the next one (empty at the top)."""
    if level is None:
        return "", levels[1]
    reached = int(level)
    return levels[reached], levels[reached + 1] if reached < 5 else ""
