"""Small bar pictures for a report, drawn with styles so that they fit any width."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.export.palette import FAILS, HOLDS, ROLE_COLOURS

_MOST_ROWS = 12
_VISIBLE = 0.01  # smaller shares of the whole are not drawn


def role_bars(review: Review, questionnaire: Questionnaire) -> str:
    """A bar a role from 0 to 5; a role without a level has none."""
    scores = {report.role: report.score for report in review.roles}
    rows = []
    for role in questionnaire.roles:
        score = scores.get(role.id)
        told = "not scored" if score is None else f"{score:.1f} of 5"
        colour = ROLE_COLOURS.get(role.id, ROLE_COLOURS["chair"])
        rows.append(_row(role.title, 0.0, (score or 0.0) / 5, colour, told))
    return _chart(rows, "Level of each role from 0 to 5")


def utilisation_bars(analysis: Analysis) -> str:
    """Utilisation at peak by node, the fullest first; empty where no load could be computed."""
    facts = sorted(analysis.named("capacity.peak"), key=lambda f: -_number(f))[:_MOST_ROWS]
    top = max([1.0, *(_number(f) for f in facts)])
    rows = [
        _row(
            f.node or f.id,
            0.0,
            _number(f) / top,
            FAILS if f.holds is False else HOLDS,
            f"{_number(f):.0%}",
        )
        for f in facts
    ]
    return _chart(rows, "Utilisation of each node at peak") if rows else ""


def freshness_waterfall(analysis: Analysis) -> str:
    """How each hop adds to the worst-case age of data; empty where it could not be computed."""
    stages = [f for f in analysis.named("freshness.stage") if _number(f) >= _VISIBLE][:_MOST_ROWS]
    rows, reached = [], 0.0
    for fact in stages:
        share = _number(fact)
        told = f"{share:.0%}"
        rows.append(_row(fact.node or fact.id, reached, share, ROLE_COLOURS["latency"], told))
        reached += share
    return _chart(rows, "How each hop adds to the age of data") if rows else ""


def _number(fact: Fact) -> float:
    return float(fact.value) if isinstance(fact.value, (int, float)) else 0.0


def _row(label: str, start: float, share: float, colour: str, told: str) -> str:
    drawn = (
        f'<i style="margin-left:{100 * start:.1f}%;width:{100 * min(share, 1):.1f}%;'
        f'background:{colour}"></i>'
    )
    return f"<span>{escape(label)}</span><b>{drawn}</b><span>{escape(told)}</span>"


def _chart(rows: Sequence[str], title: str) -> str:
    return f'<div class="chart" role="img" aria-label="{escape(title)}">{"".join(rows)}</div>'
