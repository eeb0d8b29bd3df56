"""How far each role of a review is, and what it answered: nothing is asked for twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from reviewer.domain.course import RoleRun
from reviewer.domain.review import Usage
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held
from reviewer.store.rows import NOTHING, run_of, usage_of, usage_values


class Runs:
    """The roles of reviews. What is saved first, stays: saving again changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self, review: str, data: dict[str, Any]) -> None:
        """Keeps what all roles are given; a second time changes nothing. Raises `NotFound`."""
        with self._database.write() as connection:
            held(connection, t.reviews, review, "review")
            known = select(t.preparations.c.review).filter_by(review=review)
            if connection.execute(known).first() is None:
                values = {"review": review, "data": data}
                connection.execute(insert(t.preparations).values(values))

    def prepared(self, review: str) -> dict[str, Any] | None:
        """What `prepare` kept."""
        row = self._database.first(select(t.preparations.c.data).filter_by(review=review))
        return None if row is None else dict(row.data)

    def start(self, review: str, role: str) -> None:
        """Notes that a role is asked; one that has answered stays done. Raises `NotFound`."""
        with self._database.write() as connection:
            known = _run(connection, review, role)
            if known is None:
                _insert(connection, review, role, {"state": "running", "started": now()})
            elif known.state != "done":
                values = {"state": "running", "reason": "", "finished": None, "started": now()}
                _update(connection, review, role, values)

    def save(
        self,
        review: str,
        role: str,
        *,
        answer: dict[str, Any],
        grounded: dict[str, Any],
        usage: Usage,
    ) -> None:
        """Keeps what a role answered; the first answer stays. Raises `NotFound`."""
        values = {
            "state": "done",
            "reason": "",
            "finished": now(),
            "answer": answer,
            "grounded": grounded,
            **usage_values(usage),
        }
        with self._database.write() as connection:
            known = _run(connection, review, role)
            if known is None:
                _insert(connection, review, role, values)
            elif known.state != "done":
                _update(connection, review, role, values)

    def fail(self, review: str, role: str, reason: str) -> None:
        """Notes why a role could not answer; one that has answered stays done."""
        values = {"state": "failed", "reason": reason, "finished": now()}
        with self._database.write() as connection:
            known = _run(connection, review, role)
            if known is None:
                _insert(connection, review, role, values)
            elif known.state != "done":
                _update(connection, review, role, values)

    def reset(self, review: str, role: str) -> None:
        """Puts a failed role back, to be asked again; an answer that was paid for stays."""
        with self._database.write() as connection:
            known = _run(connection, review, role)
            if known is not None and known.state != "done":
                values = {"state": "queued", "reason": "", "started": None, "finished": None}
                _update(connection, review, role, values)

    def of(self, review: str) -> tuple[RoleRun, ...]:
        """The roles of a review, with the findings of those that are done."""
        query = select(t.role_runs).filter_by(review=review).order_by(t.role_runs.c.role)
        return tuple(run_of(row) for row in self._database.rows(query))

    def answers(self, review: str) -> dict[str, dict[str, Any]]:
        """By role what was answered: `answer`, `grounded` and `usage`, of those that are done."""
        query = select(t.role_runs).filter_by(review=review, state="done")
        return {
            row.role: {"answer": row.answer, "grounded": row.grounded, "usage": usage_of(row)}
            for row in self._database.rows(query.order_by(t.role_runs.c.role))
        }


def _run(connection: Connection, review: str, role: str) -> Row[Any] | None:
    """The row of a role. The review's row is locked, so nobody else makes one meanwhile."""
    held(connection, t.reviews, review, "review")
    query = select(t.role_runs.c.state).filter_by(review=review, role=role)
    return connection.execute(query).first()


def _insert(connection: Connection, review: str, role: str, values: dict[str, Any]) -> None:
    fixed = {"review": review, "role": role, "reason": "", **NOTHING}
    connection.execute(insert(t.role_runs).values({**fixed, **values}))


def _update(connection: Connection, review: str, role: str, values: dict[str, Any]) -> None:
    connection.execute(update(t.role_runs).filter_by(review=review, role=role).values(values))
