"""What people answer: a group to a finding of its review, a person to the post of a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from reviewer.domain.course import Reflection, Response
from reviewer.errors import DraftConflict, InputError
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held, missing, new_id

Choice = Literal["will_fix", "disagree", "ask"]
_CHOICES = ("will_fix", "disagree", "ask")


class Responses:
    """Groups' answers to findings; the last one counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, review: str, finding: str, choice: Choice, text: str = "", by: str | None = None
    ) -> Response:
        """Keeps an answer. Raises `NotFound` for a review without this finding."""
        if choice not in _CHOICES:
            raise InputError(f"An answer to a finding is one of: {', '.join(_CHOICES)}.")
        key = {"review": review, "finding": finding}
        values = {"choice": choice, "text": text, "by": by, "updated": now()}
        with self._database.write() as connection:
            held(connection, t.reviews, review, "review")
            if connection.execute(select(t.findings.c.position).filter_by(**key)).first() is None:
                raise missing("finding", finding)
            if connection.execute(select(t.responses.c.choice).filter_by(**key)).first():
                connection.execute(update(t.responses).filter_by(**key).values(values))
            else:
                connection.execute(insert(t.responses).values({**key, **values}))
            return _response(connection.execute(select(t.responses).filter_by(**key)).one())

    def of(self, review: str) -> tuple[Response, ...]:
        """The answers to a review, by finding."""
        query = select(t.responses).filter_by(review=review).order_by(t.responses.c.finding)
        return tuple(_response(row) for row in self._database.rows(query))


class Reflections:
    """What each person is asked about a review, and writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self,
        review: str,
        person: str,
        *,
        prompts: Sequence[dict[str, Any]] | None = None,
        reply: str | None = None,
        base: int | None = None,
    ) -> Reflection:
        """Keeps prompts or a reply, or both; what is left out stays.

        Raises:
            DraftConflict: `base` is given, and is not the number of the last change: the reply was
                changed elsewhere (in another window) meanwhile.
            NotFound: there is no such review or person.
        """
        key = {"review": review, "person": person}
        with self._database.write() as connection:
            held(connection, t.reviews, review, "review")
            held(connection, t.people, person, "person")
            row = _reflection_row(connection, key)
            if row is None:
                made = {"id": new_id("n"), "prompts": [], "reply": "", "revision": 0}
                values = {**key, **made, "updated": now()}
                connection.execute(insert(t.reflections).values(values))
            elif base is not None and base != row.revision and reply not in (None, row.reply):
                raise DraftConflict(
                    "This reply was changed elsewhere meanwhile.",
                    mine={"reply": reply},
                    theirs={"reply": row.reply},
                    revisions={"reply": row.revision},
                )
            changed: dict[str, Any] = {"revision": (row.revision if row else 0) + 1}
            if prompts is not None:
                changed["prompts"] = list(prompts)
            if reply is not None:
                changed["reply"] = reply
            change = update(t.reflections).filter_by(**key).values(**changed, updated=now())
            connection.execute(change)
            after = _reflection_row(connection, key)
        if after is None:
            raise missing("reflection", review)
        return _reflection(after)

    def get(self, review: str, person: str) -> Reflection | None:
        """A person's reflection on a review, if there is one."""
        row = self._database.first(select(t.reflections).filter_by(review=review, person=person))
        return None if row is None else _reflection(row)

    def of(self, review: str) -> tuple[Reflection, ...]:
        """All reflections on a review."""
        query = select(t.reflections).filter_by(review=review).order_by(t.reflections.c.seq)
        return tuple(_reflection(row) for row in self._database.rows(query))


def _reflection_row(connection: Connection, key: dict[str, str]) -> Row[Any] | None:
    return connection.execute(select(t.reflections).filter_by(**key)).first()


def _response(row: Row[Any]) -> Response:
    return Response(**{name: row._mapping[name] for name in Response.model_fields})


def _reflection(row: Row[Any]) -> Reflection:
    values = {name: row._mapping[name] for name in Reflection.model_fields if name != "prompts"}
    return Reflection(**values, prompts=tuple(row.prompts))
