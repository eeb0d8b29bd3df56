"""A batch as a table: CSV for a spreadsheet, HTML for reading, a view for the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reviewer.domain.batch import BatchReport, BatchRow
from reviewer.domain.questionnaire import Criterion, Questionnaire
from reviewer.export.palette import ROLE_COLOURS

_ASSETS = Path(__file__).with_name("assets")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIXED = ("group", "file", "state", "total")
_LAST = ("findings", "first priority", "cost", "tokens", "same text as", "reason", "review")


def to_csv(report: BatchReport, questionnaire: Questionnaire) -> str:
    """One row a hand-in; a text that a spreadsheet would take for a formula is quoted as text."""
    criteria = questionnaire.criteria
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*_FIXED, *(c.id for c in criteria), *_LAST])
    for row in report.rows:
        writer.writerow([_safe(value) for value in _values(row, criteria)])
    return file.getvalue()


def to_class_html(report: BatchReport, questionnaire: Questionnaire) -> str:
    """The table as a page, with levels as shades and a link to each review."""
    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("class.html.j2").render(
        report=report,
        criteria=questionnaire.criteria,
        colours=ROLE_COLOURS,
        means=_means(report.rows, questionnaire.criteria),
        style=Markup((_ASSETS / "review.css").read_text(encoding="utf-8")),
        link=lambda row: f"{quote(row.folder)}/review.html" if row.folder else "",
    )


def batch_view(report: BatchReport) -> RenderableType:
    """What became of each hand-in, failures last with their reasons."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("group", "state", "total", "findings", "cost", "first"):
        table.add_column(name, justify="right" if name in ("total", "findings", "cost") else "left")
    for row in report.rows:
        if row.state not in ("failed", "cancelled"):
            table.add_row(*(Text(cell) for cell in _cells(row)))
    lost = [row for row in report.rows if row.state in ("failed", "cancelled")]
    parts: list[RenderableType] = [table]
    parts += [Text(f"{row.group}: {row.state}. {row.reason}", style="red") for row in lost]
    if report.stopped:
        parts.append(Text(report.stopped, style="bold red"))
    parts.append(Text(_sum(report), style="bold"))
    return Group(*parts)


def _values(row: BatchRow, criteria: Sequence[Criterion]) -> list[str]:
    levels = [row.levels.get(c.id) for c in criteria]
    return [
        row.group,
        row.file,
        row.state,
        _number(row.total),
        *(_number(level) for level in levels),
        str(row.findings),
        row.priorities[0] if row.priorities else "",
        "" if row.cost is None else f"{row.cost:.4f}",
        str(row.tokens),
        ", ".join(row.same_as),
        row.reason,
        f"{row.folder}/review.html" if row.folder else "",
    ]


def _cells(row: BatchRow) -> list[str]:
    total = "not scored" if row.total is None else f"{row.total:.0f}"
    cost = "known" if row.known else "" if row.cost is None else f"{row.cost:.3f}"
    shown = row.state in ("complete", "partial")
    note = row.priorities[0] if row.priorities else row.reason
    return [row.group, row.state, total if shown else "", str(row.findings) if shown else "",
            cost, note]  # fmt: skip


def _sum(report: BatchReport) -> str:
    cost = "" if report.cost is None else f", cost {report.cost:.3f}"
    done = report.count("complete", "partial")
    return f"{done} of {len(report.rows)} reviewed in {report.seconds:.0f} s{cost}."


def _means(rows: Sequence[BatchRow], criteria: Sequence[Criterion]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for criterion in criteria:
        levels = [level for row in rows if (level := row.levels.get(criterion.id)) is not None]
        means[criterion.id] = sum(levels) / len(levels) if levels else None
    return means


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
