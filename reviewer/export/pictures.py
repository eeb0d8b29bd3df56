"""Small SVG pictures for a report: levels by role, load by node, the path of a record's age."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.export.palette import FAILS, HOLDS, ROLE_COLOURS

_WIDTH = 560
_LABEL = 190
_ROW = 30


def role_bars(review: Review, questionnaire: Questionnaire) -> str:
    """A bar a role from 0 to 5; a role without a level has a dashed line."""
    scores = {report.role: report.score for report in review.roles}
    rows = [
        _bar(
            i,
            role.title if role.id != "chair" else "The design as a whole",
            scores.get(role.id),
            5.0,
            ROLE_COLOURS.get(role.id, "#4a5568"),
            "not scored" if scores.get(role.id) is None else f"{scores[role.id]:.1f} of 5",
        )
        for i, role in enumerate(questionnaire.roles)
    ]
    return _svg(rows, "Level of each role from 0 to 5")


def utilisation_bars(analysis: Analysis) -> str:
    """Utilisation at peak by node; empty where no load could be computed."""
    facts = [f for f in analysis.named("capacity.peak") if isinstance(f.value, (int, float))]
    facts.sort(key=lambda f: -float(f.value or 0))
    rows = [
        _bar(
            i,
            f.node or f.name,
            float(f.value or 0),
            max(1.0, float(facts[0].value or 0)),
            FAILS if f.holds is False else HOLDS,
            f"{float(f.value or 0):.0%}",
        )
        for i, f in enumerate(facts[:10])
    ]
    return _svg(rows, "Utilisation of each node at peak") if rows else ""


def freshness_waterfall(analysis: Analysis) -> str:
    """How each hop adds to the worst-case age of data; empty where it could not be computed."""
    stages = [f for f in analysis.named("freshness.stage") if isinstance(f.value, (int, float))]
    rows, reached = [], 0.0
    whole = sum(float(f.value or 0) for f in stages)
    for i, fact in enumerate(stages[:12]):
        value = float(fact.value or 0)
        rows.append(_step(i, _name(fact), reached / whole, value / whole, duration(value)))
        reached += value
    return _svg(rows, "How each hop adds to the age of data") if whole else ""


def duration(seconds: float) -> str:
    """A duration in the unit that reads best."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1000:.3g} ms"


def _name(fact: Fact) -> str:
    return fact.node or fact.id


def _bar(row: int, label: str, value: float | None, top: float, colour: str, told: str) -> str:
    if value is None:
        y = row * _ROW + 15
        dashes = (
            f'<line x1="{_LABEL}" x2="{_WIDTH - 80}" y1="{y}" y2="{y}" stroke="#9aa3af" '
            'stroke-dasharray="3 4"/>'
        )
        return _label(row, label) + dashes + _value(row, 0.0, told)
    share = min(value / top, 1.0)
    return _label(row, label) + _rectangle(row, 0.0, share, colour) + _value(row, share, told)


def _step(row: int, label: str, start: float, share: float, told: str) -> str:
    drawn = _rectangle(row, start, share, ROLE_COLOURS["latency"])
    return _label(row, label) + drawn + _value(row, start + share, told)


def _label(row: int, label: str) -> str:
    short = label if len(label) <= 26 else label[:25] + "…"
    return f'<text x="{_LABEL - 10}" y="{row * _ROW + 19}" text-anchor="end">{escape(short)}</text>'


def _rectangle(row: int, start: float, share: float, colour: str) -> str:
    room = _WIDTH - _LABEL - 80
    x, width = _LABEL + start * room, max(share * room, 2.0)
    return (
        f'<rect x="{x:.1f}" y="{row * _ROW + 7}" width="{width:.1f}" height="16" rx="3" '
        f'fill="{colour}"/>'
    )


def _value(row: int, share: float, told: str) -> str:
    x = _LABEL + share * (_WIDTH - _LABEL - 80) + 8
    return f'<text x="{x:.1f}" y="{row * _ROW + 19}" class="value">{escape(told)}</text>'


def _svg(rows: Sequence[str], title: str) -> str:
    height = len(rows) * _ROW + 4
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" class="chart" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{"".join(rows)}</svg>'
    )
