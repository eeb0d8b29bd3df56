"""A comparison: what changed from one review of a design to the next, by check."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from reviewer.domain.design import Frozen
from reviewer.domain.finding import Severity
from reviewer.domain.questionnaire import Verdict


class Change(StrEnum):
    """What became of a point.

    `fixed` is raised no more and has a quote of new text; `no_longer_raised` is raised no more,
    without one. `better` was raised or open and is less so; `worse` the other way round. `new` was
    not raised before.
    """

    FIXED = "fixed"
    BETTER = "better"
    STILL_THERE = "still_there"
    WORSE = "worse"
    NEW = "new"
    NO_LONGER_RAISED = "no_longer_raised"
    NO_LONGER_APPLIES = "no_longer_applies"
    UNCHANGED = "unchanged"


class Quote(Frozen):
    """A span of one of the two designs: `text[start:end] == text` of that design."""

    span: str
    section: str
    text: str
    start: int
    end: int


class PointChange(Frozen):
    """One point, by its check and place; `check` is None for a finding of a model's own.

    `quotes` are of the new design and stand nowhere in the old one; `was` quotes the old design.
    `place` is the map node or the section that the point is about, "" for the design as a whole.
    """

    change: Change
    check: str | None
    role: str
    title: str
    place: str = ""
    old: Verdict | None = None
    new: Verdict | None = None
    severity: Severity | None = None
    was: tuple[Quote, ...] = ()
    quotes: tuple[Quote, ...] = ()


class CriterionChange(Frozen):
    """A criterion's levels (0-5) and lower ends in both reviews; None where it is not scored."""

    id: str
    title: str
    role: str
    old: float | None
    new: float | None
    change: float | None
    low_change: float


class TextChange(Frozen):
    """A statement that was added, removed or edited."""

    kind: Literal["added", "removed", "edited"]
    old: Quote | None = None
    new: Quote | None = None


class Side(Frozen):
    """One of the two reviews."""

    title: str
    source: str
    model: str
    total: float | None
    status: Literal["complete", "partial"]


class Comparison(Frozen):
    """Two reviews, point by point. `change` is the new total less the old one.

    `notes` say what limits the comparison. `text_unchanged` is true where nothing but looks changed.
    """

    old: Side
    new: Side
    change: float | None
    text_unchanged: bool
    points: tuple[PointChange, ...]
    criteria: tuple[CriterionChange, ...]
    text: tuple[TextChange, ...]
    notes: tuple[str, ...] = ()

    def of(self, change: Change) -> tuple[PointChange, ...]:
        """The points of which that became."""
        return tuple(p for p in self.points if p.change is change)
