"""The report of an evaluation as Markdown tables, for documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.domain.evaluation import Measure, Report
from reviewer.export.evaluation import (
    BY_SHAPE,
    GROUPED,
    GROUPS,
    SPLITS,
    counted,
    in_words,
    lines_of,
    members_of,
    splits_of,
)


def to_tables(reports: Sequence[Report]) -> str:
    """The tables of the first report, and all runs side by side where there are more."""
    report = reports[0]
    splits = splits_of(report)
    blocks = [_figures(report, splits)]
    blocks += [_grouped(report, group) for group in GROUPS]
    blocks += [_members(report, m) for m in report.measures if m.id in BY_SHAPE]
    if len(reports) > 1:
        blocks.append(_side_by_side(reports))
    blocks.append(
        f"{len(report.cases)} designs, part {report.part}, {report.reviews + report.reused} "
        f"reviews, version {report.reviewer.version}. In brackets: 95 % bootstrap intervals over "
        "designs."
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _figures(report: Report, splits: Sequence[str]) -> str:
    rows = [
        [_strong(m), *(in_words(report.figure(m.id, s), m) for s in splits),
         counted(report.figure(m.id))]
        for m in report.measures
        if report.figure(m.id)
    ]  # fmt: skip
    return _table(["", *(SPLITS[s] for s in splits), "n"], rows)


def _strong(measure: Measure) -> str:
    return f"**{measure.title}**" if measure.main else measure.title


def _grouped(report: Report, group: str) -> str:
    shown = [m for m in report.measures if m.id in GROUPED]
    splits = [s for s in splits_of(report) if s and report.figure(shown[0].id, s)]
    members = members_of(report, group, GROUPED)
    if not members or not splits:
        return ""
    heads = [f"{m.id}, {SPLITS[s]}" for m in shown for s in splits]
    rows = []
    for member in members:
        found = [(report.figure(m.id, s, group, member), m) for m in shown for s in splits]
        rows.append([member.replace("_", " "), *(in_words(f, m, bare=True) for f, m in found)])
    return _table([group, *heads], rows)


def _members(report: Report, measure: Measure) -> str:
    rows = []
    for member in members_of(report, "shape", (measure.id,)):
        figure = report.figure(measure.id, "", "shape", member)
        rows.append([member.replace("_", " "), in_words(figure, measure), counted(figure)])
    return _table([measure.title, "", "n"], rows) if rows else ""


def _side_by_side(reports: Sequence[Report]) -> str:
    rows = [
        [m.title, SPLITS[s], *(in_words(r.figure(m.id, s), m, bare=True) for r in reports)]
        for m, s in lines_of(reports)
    ]
    return _table(["", "", *(r.reviewer.name for r in reports)], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_lines(heads, rows))


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
