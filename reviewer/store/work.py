"""What workers read and write of reviews under way: few transactions, each whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reviewer.domain.course import JobState
from reviewer.domain.review import Usage
from reviewer.store import tables as t
from reviewer.store import work_tables as w
from reviewer.store.columns import now
from reviewer.store.database import Database, held
from reviewer.store.rows import NOTHING, put_rows, usage_of, usage_values

_CHUNK = 500
_OPEN = (JobState.QUEUED.value, JobState.RUNNING.value)


@dataclass(frozen=True)
class Answered:
    """What a role has answered already, as plain data."""

    answer: dict[str, Any]
    grounded: dict[str, Any]
    usage: Usage


@dataclass(frozen=True)
class Begun:
    """A review that a worker has taken up, with everything that is known of it."""

    id: str
    model: str
    panel: str
    submission: str
    design: bytes
    prepared: dict[str, Any] | None
    answers: dict[str, Answered]
    started: bool  # it had been taken up before


@dataclass(frozen=True)
class CallRow:
    """A call of a model, to be noted with the answer that it brought."""

    role: str
    messages_sha256: str
    model: str
    usage: Usage
    seconds: float
    status: str
    prompt: str | None = None
    answer: str | None = None
    at: Any = field(default_factory=now)


@dataclass(frozen=True)
class Saving:
    """What is kept of a review at one time: by role an answer, or why there is none (a text).

    With it the calls that it took, and the roles that are asked `then`.
    """

    review: str
    answers: Mapping[str, Answered | str]
    calls: Sequence[CallRow] = ()
    then: Sequence[str] = ()


class Work:
    """Reviews as workers see them; `keep_texts` says whether prompts and answers are kept."""

    def __init__(self, database: Database, *, keep_texts: bool) -> None:
        self._database = database
        self.keep_texts = keep_texts

    def begin(self, review: str, roles: Mapping[str, Sequence[str]]) -> Begun | None:
        """Takes a review up; None where there is nothing left to do, or it was called off.

        `roles` are those asked first, by panel: where all is prepared, they count as asked now.
        """
        asked = (
            select(
                *(t.reviews.c[name] for name in ("state", "model", "panel", "submission")),
                t.reviews.c.started,
                t.submissions.c.design,
                t.preparations.c.data,
            )
            .join(t.submissions, t.submissions.c.id == t.reviews.c.submission)
            .outerjoin(t.preparations, t.preparations.c.review == t.reviews.c.id)
            .where(t.reviews.c.id == review)
        )
        answered = select(t.role_runs).filter_by(review=review, state="done")
        with self._database.write() as connection:
            row = connection.execute(asked.with_for_update(of=t.reviews)).first()
            if row is None or row.state not in _OPEN:
                return None
            values: dict[str, Any] = {
                "state": JobState.RUNNING.value,
                "reason": "",
                "finished": None,
            }
            if row.started is None:
                values["started"] = now()
            connection.execute(update(t.reviews).filter_by(id=review).values(values))
            known = connection.execute(answered).all() if row.started else []
            if row.data is not None:
                _start(connection, ((review, role) for role in roles[row.panel]))
        return Begun(
            id=review,
            model=row.model,
            panel=row.panel,
            submission=row.submission,
            design=row.design,
            prepared=row.data,
            answers={run.role: _answered(run) for run in known},
            started=row.started is not None,
        )

    def earlier(self, review: str) -> str | None:
        """The last review by the same model that the group had finished before it asked for this."""
        this = t.reviews.alias()
        query = (
            select(t.reviews.c.id)
            .join(this, (this.c.group == t.reviews.c.group) & (this.c.model == t.reviews.c.model))
            .where(this.c.id == review, t.reviews.c.seq < this.c.seq)
            .where(t.reviews.c.state.in_(("complete", "partial")))
            .order_by(t.reviews.c.seq.desc())
        )
        row = self._database.first(query.limit(1))
        return None if row is None else str(row.id)

    def prepare(
        self,
        review: str,
        data: dict[str, Any],
        passages: Mapping[str, str],
        roles: Sequence[str] = (),
    ) -> None:
        """Keeps what all roles are given, with the passages that it names, by their hashes.

        These roles count as asked from now on.
        """
        rows = [{"hash": key, "text": text.encode()} for key, text in passages.items()]
        with self._database.write() as connection:
            _put(connection, w.offered_passages, ["hash"], rows)
            _put(connection, t.preparations, ["review"], [{"review": review, "data": data}])
            _start(connection, ((review, role) for role in roles))

    def passages(self, keys: Sequence[str]) -> dict[str, str]:
        """The passages with these hashes."""
        found = {}
        for start in range(0, len(keys), _CHUNK):
            some = w.offered_passages.c.hash.in_(keys[start : start + _CHUNK])
            rows = self._database.rows(select(w.offered_passages).where(some))
            found.update({row.hash: bytes(row.text).decode() for row in rows})
        return found

    def save(self, savings: Sequence[Saving]) -> dict[tuple[str, str], Answered]:
        """Keeps what roles of any reviews have answered, all of it or nothing.

        The first answer stays: where another worker was faster, its answer is returned, by review
        and role.
        """
        wanted: dict[tuple[str, str], Answered | str] = {}
        for saving in savings:
            for role, answered in saving.answers.items():
                wanted.setdefault((saving.review, role), answered)
        with self._database.write() as connection:
            put: set[tuple[str, str]] = set()
            for kind in (Answered, str):  # their rows have different columns
                some = {of: a for of, a in wanted.items() if isinstance(a, kind)}
                put |= _put_runs(connection, {of: _run_values(a) for of, a in some.items()})
            _start(connection, ((s.review, role) for s in savings for role in s.then))
            self._note(connection, savings)
        late = [of for of in wanted if of not in put]
        return {
            (review, role): answered
            for review, role in late
            for answered in self.answers(review, [role]).values()
        }

    def answers(self, review: str, roles: Sequence[str]) -> dict[str, Answered]:
        """What these roles of a review have answered."""
        query = select(t.role_runs).filter_by(review=review, state="done")
        rows = self._database.rows(query.where(t.role_runs.c.role.in_(roles)))
        return {run.role: _answered(run) for run in rows}

    def let_go(self, review: str, state: JobState, reason: str, calls: Sequence[CallRow]) -> None:
        """A review that stops unfinished: roles that were being asked are to be asked again."""
        runs = update(t.role_runs).filter_by(review=review, state="running")
        with self._database.write() as connection:
            held(connection, t.reviews, review, "review")
            connection.execute(runs.values(state="queued", started=None))
            values = {
                "state": state.value,
                "reason": reason,
                "finished": now() if state.over else None,
            }
            change = update(t.reviews).filter_by(id=review)
            connection.execute(change.where(t.reviews.c.state.in_(_OPEN)).values(values))
            self._note(connection, [Saving(review, {}, calls)])

    def open(self, limit: int) -> tuple[tuple[str, int], ...]:
        """Ids and priorities of reviews that are queued or under way, the most urgent first."""
        query = (
            select(t.reviews.c.id, t.reviews.c.priority)
            .where(t.reviews.c.state.in_(_OPEN))
            .order_by(t.reviews.c.priority, t.reviews.c.seq)
            .limit(limit)
        )
        return tuple((row.id, row.priority) for row in self._database.rows(query))

    def states(self, reviews: Sequence[str]) -> dict[str, JobState]:
        """The states of these reviews; one that was deleted is left out."""
        query = select(t.reviews.c.id, t.reviews.c.state).where(t.reviews.c.id.in_(reviews))
        return {row.id: JobState(row.state) for row in self._database.rows(query)}

    def again(self, review: str, roles: Sequence[str]) -> None:
        """Queues a review anew; these roles are asked once more, the others keep their answers."""
        with self._database.write() as connection:
            held(connection, t.reviews, review, "review")
            forget = delete(t.role_runs).filter_by(review=review)
            connection.execute(forget.where(t.role_runs.c.role.in_(roles)))
            values = {"state": JobState.QUEUED.value, "reason": "", "finished": None}
            connection.execute(update(t.reviews).filter_by(id=review).values(values))

    def wake(self, model: str | None = None, limit: int | None = None) -> tuple[str, ...]:
        """Queues reviews that are paused, of one model or all; their ids."""
        query = select(t.reviews.c.id).filter_by(state=JobState.PAUSED.value)
        if model is not None:
            query = query.filter_by(model=model)
        query = query.order_by(t.reviews.c.priority, t.reviews.c.seq).limit(limit)
        with self._database.write() as connection:
            ids = tuple(connection.execute(query).scalars())
            values = {"state": JobState.QUEUED.value, "reason": ""}
            change = update(t.reviews).where(t.reviews.c.id.in_(ids))
            connection.execute(change.filter_by(state=JobState.PAUSED.value).values(values))
        return ids

    def paused(self) -> tuple[str, ...]:
        """The models whose reviews are paused."""
        query = select(t.reviews.c.model).filter_by(state=JobState.PAUSED.value).distinct()
        return tuple(row.model for row in self._database.rows(query))

    def arrive(self, worker: str, host: str) -> None:
        """Notes that a worker is there."""
        row = {"id": worker, "host": host, "beat": 0, "started": now()}
        with self._database.write() as connection:
            connection.execute(delete(w.workers).filter_by(id=worker))
            connection.execute(insert(w.workers).values(row))

    def beat(self, worker: str) -> dict[str, int]:
        """Notes that a worker lives; the beats of all workers, by id.

        A worker that is not among them was taken for dead, and others have taken over its work.
        """
        count = update(w.workers).filter_by(id=worker).values(beat=w.workers.c.beat + 1)
        with self._database.write() as connection:
            connection.execute(count)
            rows = connection.execute(select(w.workers.c.id, w.workers.c.beat)).all()
        return {row.id: row.beat for row in rows}

    def leave(self, workers: Iterable[str]) -> None:
        """Notes that workers are gone."""
        with self._database.write() as connection:
            connection.execute(delete(w.workers).where(w.workers.c.id.in_(list(workers))))

    def _note(self, connection: Connection, savings: Sequence[Saving]) -> None:
        rows = [
            {
                "review": saving.review,
                "role": call.role,
                "messages_sha256": call.messages_sha256,
                "model": call.model,
                "seconds": call.seconds,
                "status": call.status,
                "at": call.at,
                "prompt": call.prompt,
                "answer": call.answer,
                **usage_values(call.usage),
            }
            for saving in savings
            for call in saving.calls
        ]
        if rows:
            put_rows(connection, t.calls, rows)


def _put(connection: Connection, table: Table, key: list[str], rows: list[dict[str, Any]]) -> None:
    """Inserts rows that are not there yet."""
    if rows:
        made = _dialect(connection).insert(table).on_conflict_do_nothing(index_elements=key)
        connection.execute(made, rows)


def _start(connection: Connection, asked: Iterable[tuple[str, str]]) -> None:
    """Notes that roles are asked; one that has answered stays done."""
    values = {"state": "running", "reason": "", "started": now(), "finished": None}
    _put_runs(connection, dict.fromkeys(asked, values))


def _put_runs(
    connection: Connection, runs: Mapping[tuple[str, str], dict[str, Any]]
) -> set[tuple[str, str]]:
    """Inserts or changes rows of roles, all in one statement; those that were put.

    All have values for the same columns. One that is done stays as it is.
    """
    if not runs:
        return set()
    made = _dialect(connection).insert(t.role_runs)
    values = {name: made.excluded[name] for name in next(iter(runs.values()))}
    kept = t.role_runs.c.state != "done"
    changed = made.on_conflict_do_update(
        index_elements=["review", "role"], set_=values, where=kept
    ).returning(t.role_runs.c.review, t.role_runs.c.role)
    # In one order everywhere, so that two workers never wait for each other's rows.
    rows = [
        {"review": review, "role": role, **NOTHING, **run}
        for (review, role), run in sorted(runs.items(), key=lambda item: item[0])
    ]
    return {(row.review, row.role) for row in connection.execute(changed, rows)}


def _run_values(answered: Answered | str) -> dict[str, Any]:
    if isinstance(answered, str):
        return {"state": "failed", "reason": answered, "finished": now()}
    return {
        "state": "done",
        "reason": "",
        "finished": now(),
        "answer": answered.answer,
        "grounded": answered.grounded,
        **usage_values(answered.usage),
    }


def _answered(row: Any) -> Answered:
    return Answered(row.answer or {}, row.grounded, usage_of(row))


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite
