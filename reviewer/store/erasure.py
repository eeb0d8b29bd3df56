"""Deleting for good: what a person, a group or a course left, or what is too old."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, String, Table, cast, delete, func, select, update

from reviewer.errors import InputError
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held, store_errors

ERASED = "erased"


@dataclass(frozen=True)
class Erased:
    """What was deleted.

    `rows` counts by table. `reviews` are the ids of reviews that are gone, for whoever keeps notes
    by their ids. `named_in` are submissions of the person's groups that have their name in the
    group's own text, which stays the group's. `overwritten` is False where other processes kept
    the database open so that deleted text may still stand in unused parts of the file.
    """

    rows: dict[str, int] = field(default_factory=dict)
    reviews: tuple[str, ...] = ()
    named_in: tuple[str, ...] = ()
    overwritten: bool = True


class Erasure:
    """Deletes, and sees to it that what was deleted cannot be read from the file either."""

    patience = 5.0  # seconds to wait for others who have the file open

    def __init__(self, database: Database) -> None:
        self._database = database

    def person(self, key: str) -> Erased:
        """Deletes a person: name, enrolments, replies, words in answers, and traces in the log.

        What they wrote with others stays their group's, without saying who wrote it; a group that
        was theirs alone goes with them. Raises `NotFound`.
        """
        with self._database.write() as connection:
            name = str(held(connection, t.people, key, "person").name)
            before = _counted(connection)
            theirs = select(t.members.c.group).filter_by(person=key)
            shared = _ids(connection, _of_several(theirs))
            alone = [group for group in _ids(connection, theirs) if group not in shared]
            reviews = _reviews(connection, t.reviews.c.group.in_(alone))
            named = _naming(connection, shared, name)
            connection.execute(delete(t.groups).where(t.groups.c.id.in_(alone)))
            connection.execute(update(t.responses).filter_by(by=key).values(text=""))
            connection.execute(delete(t.people).filter_by(id=key))
            _forget(connection, key)
            rows = _difference(before, _counted(connection))
        return Erased(rows, reviews, named, overwritten=self.overwrite())

    def group(self, key: str) -> Erased:
        """Deletes a group with all that it handed in and got back. Raises `NotFound`."""
        return self._whole(t.groups, key, "group")

    def course(self, key: str) -> Erased:
        """Deletes a course with its groups; people stay. Raises `NotFound`."""
        return self._whole(t.courses, key, "course")

    def older_than(self, days: int, at: datetime | None = None) -> Erased:
        """Deletes designs, reviews, drafts and replies that are older, and whom only they kept.

        Groups, courses and people that are older go when nothing of theirs is left.
        """
        if days < 1:
            raise InputError("The age from which on things are deleted is at least one day.")
        limit = (at or now()) - timedelta(days=days)
        with self._database.write() as connection:
            before = _counted(connection)
            old = select(t.submissions.c.id).where(t.submissions.c.created < limit)
            reviews = _reviews(
                connection, t.reviews.c.submission.in_(old) | (t.reviews.c.created < limit)
            )
            for column in (
                t.submissions.c.created,
                t.reviews.c.created,
                t.calls.c.at,
                t.drafts.c.updated,
                t.responses.c.updated,
                t.reflections.c.updated,
                t.audit.c.at,
            ):
                connection.execute(delete(column.table).where(column < limit))
            _empty_ones(connection, limit)
            rows = _difference(before, _counted(connection))
        return Erased(
            rows, reviews, overwritten=not (rows or self._unfinished()) or self.overwrite()
        )

    def _whole(self, table: Table, key: str, noun: str) -> Erased:
        with self._database.write() as connection:
            held(connection, table, key, noun)
            before = _counted(connection)
            reviews = _reviews(connection, t.reviews.c[noun] == key)
            connection.execute(delete(table).filter_by(id=key))
            rows = _difference(before, _counted(connection))
        return Erased(rows, reviews, overwritten=self.overwrite())

    def overwrite(self) -> bool:
        """Writes the database anew without its unused parts; False where others are in the way.

        Deleted text is overwritten at once, but rows that once stood elsewhere in the file may
        have left a copy there, and the log of the last writes has older states of pages. A mark
        in the file says that this is still to be done, so that the next deletion does it too.
        """
        engine = self._database.engine
        if engine.dialect.name != "sqlite":
            with (
                store_errors(self._database.where),
                engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
            ):
                for table in t.metadata.sorted_tables:
                    connection.exec_driver_sql(f'VACUUM "{table.name}"')
            return True
        raw = engine.raw_connection()
        try:
            with contextlib.closing(raw.cursor()) as cursor:
                waits = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
                cursor.execute(f"PRAGMA busy_timeout = {round(self.patience * 1_000)}")
                try:
                    cursor.execute("PRAGMA user_version = 1")
                    cursor.execute("VACUUM")
                    if cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                        return False
                    cursor.execute("PRAGMA user_version = 0")
                finally:
                    cursor.execute(f"PRAGMA busy_timeout = {waits}")
        except sqlite3.OperationalError:
            return False
        finally:
            raw.close()
        return True

    def _unfinished(self) -> bool:
        """Whether an earlier deletion could not overwrite what it deleted."""
        if self._database.engine.dialect.name != "sqlite":
            return False
        with self._database.read() as connection:
            return bool(connection.exec_driver_sql("PRAGMA user_version").scalar())


def _of_several(groups: Select[Any]) -> Select[Any]:
    """The groups among these that have more than one member."""
    return (
        select(t.members.c.group)
        .where(t.members.c.group.in_(groups))
        .group_by(t.members.c.group)
        .having(func.count() > 1)
    )


def _naming(connection: Connection, groups: list[str], name: str) -> tuple[str, ...]:
    """Submissions of these groups whose text or file name has the name in it."""
    wanted = name.casefold().strip()
    if not wanted:
        return ()
    columns = (t.submissions.c.id, t.submissions.c.filename, t.submissions.c.design)
    query = select(*columns).where(t.submissions.c.group.in_(groups)).order_by("seq")
    return tuple(
        row.id
        for row in connection.execute(query)
        if wanted in f"{row.filename}\n{row.design.decode('utf-8', 'replace')}".casefold()
    )


def _empty_ones(connection: Connection, limit: datetime) -> None:
    """Groups, then courses, then people, that are old and have nothing left."""
    for table, holders in (
        (t.groups, (t.submissions.c.group, t.drafts.c.group)),
        (t.courses, (t.groups.c.course,)),
        (t.people, (t.members.c.person, t.enrolments.c.person, t.reflections.c.person)),
    ):
        unheld = [table.c.id.not_in(select(column)) for column in holders]
        connection.execute(delete(table).where(table.c.created < limit, *unheld))


def _forget(connection: Connection, person: str) -> None:
    """Takes a person's id out of the log."""
    connection.execute(update(t.audit).filter_by(by=person).values(by=None))
    query = select(t.audit).where(cast(t.audit.c.about, String).contains(person, autoescape=True))
    for row in list(connection.execute(query)):
        about = {name: ERASED if value == person else value for name, value in row.about.items()}
        connection.execute(update(t.audit).filter_by(seq=row.seq).values(about=about))


def _reviews(connection: Connection, which: Any) -> tuple[str, ...]:
    query = select(t.reviews.c.id).where(which).order_by(t.reviews.c.seq)
    return tuple(connection.execute(query).scalars())


def _ids(connection: Connection, query: Select[Any]) -> list[str]:
    return list(connection.execute(query).scalars())


def _counted(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar() or 0)
        for table in t.metadata.sorted_tables
    }


def _difference(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: n - after[name] for name, n in before.items() if n != after[name]}
