"""The scores of the roles over the versions of a design, a row of columns each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from reviewer.domain.review import Review
from ui.look import role_colour
from ui.markup import joined, piece, role_mark
from ui.words import Words

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
    none = words("board.not_scored")
    title = titles.get(role, role)
    every = ", ".join(none if score is None else f"{score:.1f}" for score in scores)
    ends = (scores[0], scores[-1]) if len(scores) > 1 else (scores[0],)
    return piece(
        '<span class="dr-label">{label}</span><span class="dr-columns" role="img" '
        'aria-label="{every}" style="--role:{colour}">{columns}</span>'
        '<span class="dr-value">{told}</span>',
        label=role_mark(role, title),
        every=f"{title}: {every}",
        colour=role_colour(role),
        columns=joined(_column(score) for score in scores),
        told=" → ".join("–" if score is None else f"{score:.1f}" for score in ends),
    )


def _column(score: float | None) -> Markup:
    """A role that was not scored has an empty place."""
    share = 0 if score is None else round(100 * score / _BEST)
    return piece('<span><i style="height:{share}%"></i></span>', share=share)
