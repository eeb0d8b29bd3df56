"""Reviews: asked for, under way, finished, and found again."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, delete, func, insert, select, update

from knowledge.records import tables as k
from reviewer.domain.course import JobState, ReviewJob
from reviewer.domain.review import Review
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held, missing, new_id
from reviewer.store.finished import citation_rows, finding_rows, levels_of
from reviewer.store.overview import Frequent, GroupSummary, class_summary, frequent, uncited
from reviewer.store.rows import NOTHING, job_of, put_rows, run_of, usage_values

_BATCH_NAME = 200
_AGAIN = (JobState.FAILED, JobState.CANCELLED)


class Order(TypedDict, total=False):
    """How a review is asked for: lower `priority` first (10), in which batch, and by whom."""

    priority: int
    batch: str | None
    by: str | None


class Reviews:
    """The reviews of all groups. A review belongs to one group and is never shown to another."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def request(
        self,
        submission: str,
        *,
        key: str,
        model: str,
        panel: str = "roles",
        **order: Unpack[Order],
    ) -> tuple[ReviewJob, bool]:
        """Asks for a review; True where there is something to do.

        Within a group the same `key` is the same review: one that is queued, under way or done is
        returned as it is; one that failed or was cancelled is queued again, with what its roles
        had already answered. Raises `NotFound` for an unknown submission.
        """
        batch, priority = order.get("batch"), order.get("priority", 10)
        named = None if batch is None else batch[:_BATCH_NAME]
        with self._database.write() as connection:
            handed_in = connection.execute(
                select(t.submissions.c.group).filter_by(id=submission)
            ).scalar()
            if handed_in is None:
                raise missing("submission", submission)
            group = held(connection, t.groups, handed_in, "group")
            query = select(t.reviews).filter_by(group=group.id, key=key)
            known = connection.execute(query).first()
            if known is None:
                review = new_id("r")
                values: dict[str, Any] = {
                    "id": review,
                    "course": group.course,
                    "group": group.id,
                    "submission": submission,
                    "model": model,
                    "panel": panel,
                    "key": key,
                    "state": JobState.QUEUED.value,
                    "priority": priority,
                    "batch": named,
                    "reason": "",
                    "levels": {},
                    "by": order.get("by"),
                    "created": now(),
                    **NOTHING,
                }
                connection.execute(insert(t.reviews).values(values))
            else:
                review = known.id
                if JobState(known.state) in _AGAIN:
                    again = {"state": JobState.QUEUED.value, "reason": "", "priority": priority}
                    change = update(t.reviews).filter_by(id=review)
                    connection.execute(change.values(**again, batch=named, finished=None))
            row = connection.execute(_jobs().where(t.reviews.c.id == review)).one()
        return job_of(row), known is None or JobState(known.state) in _AGAIN

    def job(self, key: str) -> ReviewJob:
        """The review with this id and how far each role is. Raises `NotFound`."""
        roles = select(t.role_runs).filter_by(review=key).order_by(t.role_runs.c.role)
        with self._database.read() as connection:
            row = connection.execute(_jobs().where(t.reviews.c.id == key)).first()
            if row is None:
                raise missing("review", key)
            return job_of(row, tuple(run_of(run) for run in connection.execute(roles)))

    def jobs(
        self, *, state: JobState | None = None, limit: int = 50, offset: int = 0, **of: str | None
    ) -> tuple[ReviewJob, ...]:
        """Reviews, the newest first, without their roles.

        Args:
            state: only those in this state.
            limit: at most this many.
            offset: leave out this many at first.
            of: only those of this `course`, `group`, `batch` or `submission`.
        """
        query = _chosen(_jobs(), state, of).order_by(t.reviews.c.seq.desc())
        return tuple(job_of(row) for row in self._database.rows(query.limit(limit).offset(offset)))

    def count(self, *, state: JobState | None = None, **of: str | None) -> int:
        """How many reviews there are; the arguments are those of `jobs`."""
        query = _chosen(select(func.count()).select_from(t.reviews), state, of)
        return int(self._database.rows(query)[0][0])

    def latest(self, group: str) -> ReviewJob | None:
        """The newest review of a group."""
        return next(iter(self.jobs(group=group, limit=1)), None)

    def history(self, group: str) -> tuple[ReviewJob, ...]:
        """All reviews of a group, the newest first."""
        query = _chosen(_jobs(), None, {"group": group}).order_by(t.reviews.c.seq.desc())
        return tuple(job_of(row) for row in self._database.rows(query))

    def class_summary(self, course: str) -> tuple[GroupSummary, ...]:
        """For each group of a course what it handed in last, and its newest review."""
        return class_summary(self._database, course)

    def frequent(self, course: str, limit: int = 20) -> tuple[Frequent, ...]:
        """The checks with findings in the newest finished review of most groups of a course."""
        return frequent(self._database, course, limit)

    def uncited(self, reviews: int = 200) -> dict[str, int]:
        """By check how many findings of the newest reviews cite no passage, of all courses."""
        return uncited(self._database, reviews)

    def set_state(self, key: str, state: JobState, reason: str = "") -> bool:
        """Notes where a review stands; the first `running` is its start. Raises `NotFound`.

        What is over (complete, partial, failed, cancelled) stays so until it is queued again: so
        that a worker that is late does not bring back what was cancelled. False where the state
        was kept for that reason.
        """
        with self._database.write() as connection:
            row = held(connection, t.reviews, key, "review")
            if JobState(row.state).over and state is not JobState.QUEUED:
                return False
            values: dict[str, Any] = {"state": state.value, "reason": reason}
            if state is JobState.RUNNING and row.started is None:
                values["started"] = now()
            values["finished"] = now() if state.over else None
            connection.execute(update(t.reviews).filter_by(id=key).values(values))
        return True

    def finish(self, key: str, review: Review) -> bool:
        """Keeps a finished review. Raises `NotFound`.

        A review that is over is left as it is, so a second time changes nothing (False); one that
        was finished in part and queued again gets its new result.
        """
        with self._database.write() as connection:
            row = held(connection, t.reviews, key, "review")
            if JobState(row.state).over:
                return False
            before = connection.execute(delete(t.bodies).filter_by(review=key))
            for table in (t.findings, t.citations) if before.rowcount else ():
                connection.execute(delete(table).filter_by(review=key))
            body = {"review": key, "body": review.model_dump_json().encode()}
            connection.execute(insert(t.bodies).values(body))
            if found := finding_rows(key, row.course, review):
                put_rows(connection, t.findings, found)
            if cited := citation_rows(key, review):
                put_rows(connection, t.citations, cited)
            values = {
                "state": review.manifest.status,
                "reason": "",
                "total": review.rubric.total,
                "levels": levels_of(review),
                "finished": now(),
                **usage_values(review.manifest.usage),
            }
            connection.execute(update(t.reviews).filter_by(id=key).values(values))
        return True

    def open(self, key: str, *, group: str | None = None) -> Review:
        """A finished review, exactly as it was kept.

        Raises `NotFound` where there is none, or where it is another group's than `group`.
        """
        query = (
            select(t.bodies.c.body, t.reviews.c.group, t.reviews.c.state)
            .select_from(t.reviews)
            .outerjoin(t.bodies, t.bodies.c.review == t.reviews.c.id)
            .where(t.reviews.c.id == key)
        )
        row = self._database.first(query)
        if row is None or (group is not None and row.group != group):
            raise missing("review", key)
        if row.body is None:
            raise missing("finished review", key)
        return Review.model_validate_json(row.body)

    def removed_sources(self, key: str) -> tuple[str, ...]:
        """Sources that a review cites and that the knowledge base no longer has.

        A knowledge base that was never opened here has not lost any.
        """
        query = (
            select(t.citations.c.source)
            .outerjoin(k.sources, k.sources.c.id == t.citations.c.source)
            .where(t.citations.c.review == key, k.sources.c.id.is_(None))
            .order_by(t.citations.c.source)
        )
        query = query.where(select(k.collections.c.id).exists())
        return tuple(str(row.source) for row in self._database.rows(query))


def _jobs() -> Select[Any]:
    return select(t.reviews, t.submissions.c.number, t.submissions.c.title).join(
        t.submissions, t.submissions.c.id == t.reviews.c.submission
    )


def _chosen(query: Select[Any], state: JobState | None, of: dict[str, str | None]) -> Select[Any]:
    known = ("course", "group", "batch", "submission")
    if unknown := [name for name in of if name not in known]:
        raise TypeError(f"reviews are not chosen by {unknown[0]}")
    if state is not None:
        query = query.where(t.reviews.c.state == state.value)
    return query.where(*(t.reviews.c[name] == key for name, key in of.items() if key is not None))
