"""The scores of the roles over the versions of a design, a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from reviewer.domain.review import Review
from ui.look import role_colour
from ui.markup import joined, piece, role_mark
from ui.words import Words

_WIDTH: Final = 180
_HEIGHT: Final = 34
_EDGE: Final = 5
_BEST: Final = 5.0


def score_lines(reviews: Sequence[Review], titles: Mapping[str, str], words: Words) -> Markup:
    """For each role its scores from the oldest review to the newest."""
    roles = dict.fromkeys(report.role for review in reviews for report in review.roles)
    rows = []
    for role in roles:
        scores = [_score(review, role) for review in reviews]
        if any(score is not None for score in scores):
            rows.append(_row(role, scores, titles, words))
    return piece('<div class="dr-lines">{rows}</div>', rows=joined(rows))


def _score(review: Review, role: str) -> float | None:
    return next((report.score for report in review.roles if report.role == role), None)


def _row(
    role: str, scores: Sequence[float | None], titles: Mapping[str, str], words: Words
) -> Markup:
    told = " → ".join("–" if score is None else f"{score:.1f}" for score in _ends(scores))
    every = ", ".join(
        words("board.not_scored") if score is None else f"{score:.1f}" for score in scores
    )
    title = titles.get(role, role)
    return piece(
        '<span class="dr-label">{label}</span>{line}<span class="dr-value">{told}</span>',
        label=role_mark(role, title),
        line=_line(role, scores, f"{title}: {every}"),
        told=told,
    )


def _ends(scores: Sequence[float | None]) -> tuple[float | None, ...]:
    return (scores[0], scores[-1]) if len(scores) > 1 else (scores[0],)


def _line(role: str, scores: Sequence[float | None], told: str) -> Markup:
    """A gap where a role was not scored; a dot at each version."""
    step = (_WIDTH - 2 * _EDGE) / max(len(scores) - 1, 1)
    dots = [
        (round(_EDGE + step * place, 1), _y(score))
        for place, score in enumerate(scores)
        if score is not None
    ]
    path = " ".join(f"{x},{y}" for x, y in dots)
    circles = joined(piece('<circle cx="{x}" cy="{y}" r="3.2"/>', x=x, y=y) for x, y in dots)
    return piece(
        '<svg class="dr-line" viewBox="0 0 {w} {h}" role="img" aria-label="{told}" '
        'style="--role:{colour}"><polyline points="{path}"/>{circles}</svg>',
        w=_WIDTH,
        h=_HEIGHT,
        told=told,
        colour=role_colour(role),
        path=path,
        circles=circles,
    )


def _y(score: float) -> float:
    return round(_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * score / _BEST, 1)
