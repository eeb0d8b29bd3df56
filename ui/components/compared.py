"""Two reviews side by side: point by point, statement by statement, and the score over versions."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from reviewer.domain.comparison import Change, Comparison, PointChange, Quote, TextChange
from reviewer.domain.course import ReviewJob
from reviewer.domain.questionnaire import Questionnaire
from ui.markup import joined, piece, role_mark
from ui.words import Words

SHOWN: Final = (
    Change.WORSE,
    Change.NEW,
    Change.STILL_THERE,
    Change.BETTER,
    Change.FIXED,
    Change.NO_LONGER_RAISED,
    Change.NO_LONGER_APPLIES,
)
SHAPES: Final = {
    Change.FIXED: "✓",
    Change.BETTER: "↗",
    Change.STILL_THERE: "=",
    Change.WORSE: "↘",
    Change.NEW: "+",
    Change.NO_LONGER_RAISED: "–",
    Change.NO_LONGER_APPLIES: "–",
}


def counts(comparison: Comparison, words: Words) -> Markup:
    """How many points became what."""
    return piece(
        '<div class="dr-counts">{all}</div>',
        all=joined(
            piece(
                '<span class="dr-count dr-{change}"><b>{shape} {n}</b> {word}</span>',
                change=change.value,
                shape=SHAPES[change],
                n=len(comparison.of(change)),
                word=words(f"change.{change.value}"),
            )
            for change in SHOWN
            if comparison.of(change)
        ),
    )


def history(jobs: Sequence[ReviewJob], words: Words) -> Markup:
    """The totals of the versions, the oldest first, as bars."""
    rows = [
        piece(
            '<span class="dr-label">{label}</span><span class="dr-track"><i style="width:{share}%">'
            '</i></span><span class="dr-value">{value}</span>',
            label=words("review.of_version", number=job.number, model=job.model),
            share=f"{job.total or 0:.0f}",
            value=words("board.not_scored") if job.total is None else f"{job.total:.0f}",
        )
        for job in reversed(jobs)
    ]
    return piece(
        '<div class="dr-bars" role="img" aria-label="{label}">{rows}</div>',
        label=words("revise.history"),
        rows=joined(rows),
    )


def points(found: Sequence[PointChange], asked: Questionnaire, words: Words) -> Markup:
    """Points with what the two designs say of them."""
    titles = {role.id: role.title for role in asked.roles} | words.under("role")
    return joined(_point(point, titles.get(point.role, point.role), words) for point in found)


def _point(point: PointChange, role: str, words: Words) -> Markup:
    quotes = [
        *(_quote(words("revise.was"), quote) for quote in point.was[:2]),
        *(_quote(words("revise.now"), quote) for quote in point.quotes[:2]),
    ]
    place = piece(" · {place}", place=point.place) if point.place else Markup()
    return piece(
        '<div class="dr-point"><p><b class="dr-{change}">{shape}</b> {title}</p>'
        '<p class="dr-soft">{role}{place}</p>{quotes}</div>',
        change=point.change.value,
        shape=SHAPES.get(point.change, "="),
        title=point.title,
        role=role_mark(point.role, role),
        place=place,
        quotes=joined(quotes),
    )


def _quote(label: str, quote: Quote) -> Markup:
    return piece(
        '<blockquote><span class="dr-soft">{label}</span> “{text}”</blockquote>',
        label=label,
        text=quote.text,
    )


def text_changes(changes: Sequence[TextChange], words: Words) -> Markup:
    """Statements that were added, removed or edited; within an edited one the words that changed."""
    return joined(
        piece(
            '<div class="dr-diff"><span class="dr-soft">{kind}</span><div>{old}</div><div>{new}</div></div>',
            kind=words(f"revise.{change.kind}"),
            old=_side(change, old=True),
            new=_side(change, old=False),
        )
        for change in changes
    )


def _side(change: TextChange, *, old: bool) -> Markup:
    mine, other = (change.old, change.new) if old else (change.new, change.old)
    if mine is None:
        return Markup()
    tag = "del" if old else "ins"
    if other is None:
        return piece(f"<{tag}>{{text}}</{tag}>", text=mine.text)
    ours, theirs = mine.text.split(), other.text.split()
    parts = []
    for kind, a1, a2, _, _ in difflib.SequenceMatcher(None, ours, theirs, False).get_opcodes():
        form = "{text}" if kind == "equal" else f"<{tag}>{{text}}</{tag}>"
        if a2 > a1:
            parts.append(piece(form, text=" ".join(ours[a1:a2])))
    return joined(parts, " ")
