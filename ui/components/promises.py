"""What a group said it would fix in one version, and what became of it in a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reviewer.domain.comparison import Change, Comparison, PointChange
from reviewer.domain.course import Response
from reviewer.domain.finding import Finding
from reviewer.domain.review import Review
from ui.components.compared import SHAPES
from ui.markup import joined, piece, role_mark
from ui.words import Words

_DONE = (Change.FIXED, Change.NO_LONGER_RAISED, Change.NO_LONGER_APPLIES)
_BETTER = (*_DONE, Change.BETTER)


@dataclass(frozen=True)
class Promise:
    """A finding that was to be fixed, with the points it stands for as they are now."""

    finding: Finding
    points: tuple[PointChange, ...]

    @property
    def done(self) -> int:
        """How many of its points are raised no more."""
        return sum(1 for point in self.points if point.change in _DONE)

    @property
    def change(self) -> Change | None:
        """One word for all of them; None where the later review says nothing of them."""
        if not self.points:
            return None
        if self.done == len(self.points):
            return min((p.change for p in self.points), key=_DONE.index)
        if any(point.change in _BETTER for point in self.points):
            return Change.BETTER
        worse = any(point.change is Change.WORSE for point in self.points)
        return Change.WORSE if worse else Change.STILL_THERE


def promises(
    old: Review, answers: Sequence[Response], comparison: Comparison
) -> tuple[Promise, ...]:
    """The findings answered with “will fix”, in the order of the review."""
    meant = {answer.finding for answer in answers if answer.choice == "will_fix"}
    every = (f for f in old.findings if f.id in meant)
    return tuple(Promise(finding, _points(finding, comparison)) for finding in every)


def _points(finding: Finding, comparison: Comparison) -> tuple[PointChange, ...]:
    """The points of its checks; where a check has several places, those of the finding's own."""
    if not finding.check:
        return tuple(p for p in comparison.points if p.check is None and p.title == finding.title)
    checks = finding.checks or (finding.check,)
    spans = {evidence.span for evidence in finding.evidence}
    found: list[PointChange] = []
    for check in checks:
        own = [p for p in comparison.points if p.check == check and p.change is not Change.NEW]
        there = [p for p in own if p.place and p.place == finding.node]
        quoted = [p for p in own if spans & {quote.span for quote in p.was}]
        found += there or quoted or own
    return tuple(found)


def promised(found: Sequence[Promise], titles: dict[str, str], words: Words) -> Markup:
    """A line a promise, with the new words that settle it where there are any."""
    return joined(_line(promise, titles, words) for promise in found)


def _line(promise: Promise, titles: dict[str, str], words: Words) -> Markup:
    finding, change = promise.finding, promise.change
    told = words(f"change.{change.value}") if change else words("revise.not_told")
    if len(promise.points) > 1 and change is Change.BETTER:
        told = words("revise.done_of", n=promise.done, of=len(promise.points))
    quotes = [quote for point in promise.points for quote in point.quotes[:1]][:2]
    return piece(
        '<div class="dr-point"><p><b class="dr-{change}">{shape} {told}</b> · {title}</p>'
        '<p class="dr-soft">{role}</p>{quotes}</div>',
        change=change.value if change else "none",
        shape=SHAPES.get(change, "=") if change else "–",
        told=told,
        title=finding.title,
        role=role_mark(finding.role, titles.get(finding.role, finding.role)),
        quotes=joined(
            piece(
                '<blockquote><span class="dr-soft">{label}</span> “{text}”</blockquote>',
                label=words("revise.now"),
                text=quote.text,
            )
            for quote in quotes
        ),
    )
