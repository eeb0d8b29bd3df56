"""A class at a glance, from rows only: no review is read for it."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Text, case, cast, func, select

from reviewer.domain.course import JobState
from reviewer.store import tables as t
from reviewer.store.database import Database

_NONE: tuple[Any, ...] = (None,) * 6
_DONE = (JobState.COMPLETE.value, JobState.PARTIAL.value)


class GroupSummary(NamedTuple):
    """A line of the class: what a group handed in last, and its last review."""

    group: str
    name: str
    submission: int | None
    review: str | None
    state: JobState | None
    total: float | None
    levels: dict[str, float | None]
    cost: float | None


class Frequent(NamedTuple):
    """A check that the newest reviews of several groups have a finding for.

    `cited` counts the findings that cite a passage of the knowledge base.
    """

    check: str
    role: str
    criterion: str | None
    title: str
    groups: int
    cited: int


def class_summary(database: Database, course: str) -> tuple[GroupSummary, ...]:
    """For each group of a course what it handed in last, and its newest review."""
    groups = select(t.groups.c.id, t.groups.c.name).filter_by(course=course)
    numbers = (
        select(t.submissions.c.group, func.max(t.submissions.c.number))
        .where(t.submissions.c.group.in_(select(t.groups.c.id).filter_by(course=course)))
        .group_by(t.submissions.c.group)
    )
    newest = (
        select(func.max(t.reviews.c.seq))
        .where(t.reviews.c.course == course)
        .group_by(t.reviews.c.group)
    )
    reviews = select(
        *(t.reviews.c[name] for name in ("group", "id", "state", "total", "cost")),
        # As text: with thousands of groups, reading it is most of the work, and this way of
        # reading it takes a third of the time.
        cast(t.reviews.c.levels, Text),
    ).where(t.reviews.c.seq.in_(newest))
    with database.read() as connection:
        named = connection.execute(groups.order_by(t.groups.c.seq)).all()
        numbered = {row[0]: row[1] for row in connection.execute(numbers)}
        reviewed = {row[0]: row for row in connection.execute(reviews)}
    summaries = []
    for group, name in named:
        _, key, state, total, cost, levels = reviewed.get(group, _NONE)
        known = None if state is None else JobState(state)
        read = from_json(levels) if levels else {}
        number = numbered.get(group)
        summaries.append(GroupSummary(group, name, number, key, known, total, read, cost))
    return tuple(summaries)


def frequent(database: Database, course: str, limit: int = 20) -> tuple[Frequent, ...]:
    """The checks with findings in the newest finished review of most groups of a course."""
    done = t.reviews.c.state.in_(_DONE)
    newest = (
        select(func.max(t.reviews.c.seq))
        .where(t.reviews.c.course == course, done)
        .group_by(t.reviews.c.group)
    )
    cited = func.sum(case((t.findings.c.cited, 1), else_=0))
    groups = func.count(t.reviews.c.group.distinct())
    query = (
        select(
            t.findings.c.check,
            func.min(t.findings.c.role).label("role"),
            func.min(t.findings.c.criterion).label("criterion"),
            func.min(t.findings.c.title).label("title"),
            groups.label("groups"),
            cited.label("cited"),
        )
        .join(t.reviews, t.reviews.c.id == t.findings.c.review)
        .where(t.reviews.c.seq.in_(newest))
        .where(t.findings.c.part == "finding", t.findings.c.check.is_not(None))
        .group_by(t.findings.c.check)
        .order_by(groups.desc(), t.findings.c.check)
    )
    rows = database.rows(query.limit(limit))
    return tuple(Frequent(**row._mapping) for row in rows)


def uncited(database: Database, reviews: int = 200) -> dict[str, int]:
    """By check how many findings of the newest reviews cite no passage, of all courses."""
    done = t.reviews.c.state.in_(_DONE)
    newest = select(t.reviews.c.id).where(done).order_by(t.reviews.c.seq.desc()).limit(reviews)
    ids = [row.id for row in database.rows(newest)]
    query = (
        select(t.findings.c.check, func.count().label("findings"))
        .where(t.findings.c.review.in_(ids), t.findings.c.part == "finding")
        .where(t.findings.c.check.is_not(None), t.findings.c.cited.is_(False))
        .group_by(t.findings.c.check)
        .order_by(func.count().desc(), t.findings.c.check)
    )
    return {str(row.check): int(row.findings) for row in database.rows(query)}
