"""Who did what, by ids only: an entry says nothing once the ids are gone."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select

from reviewer.domain.course import AuditEntry
from reviewer.errors import InputError
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database

_ACTION = re.compile(r"[a-z][a-z _.-]{0,63}")
_ID = re.compile(r"[A-Za-z0-9_.:+-]{1,80}")


class Audit:
    """The log; entries are numbered, and only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, action: str, by: str | None = None, **about: str) -> None:
        """Notes an action and the ids it concerns.

        Raises:
            InputError: something is no id, or the action is more than a few plain words.
        """
        words = {name: str(value) for name, value in about.items()}
        if not _ACTION.fullmatch(action):
            raise InputError("An action of the audit log is named by a few small letters.")
        if wrong := [name for name, value in words.items() if not _ID.fullmatch(value)]:
            raise InputError(f"The audit log keeps ids only: '{wrong[0]}' is none.")
        values = {"at": now(), "by": by, "action": action, "about": words}
        with self._database.write() as connection:
            connection.execute(insert(t.audit).values(values))

    @staticmethod
    def now() -> datetime:
        """The time that the next entry would have."""
        return now()

    def entries(
        self, limit: int = 100, offset: int = 0, *, actions: Collection[str] = ()
    ) -> tuple[AuditEntry, ...]:
        """The log, the newest entry first; only these actions, if any are given."""
        query = select(t.audit).order_by(t.audit.c.seq.desc()).limit(limit).offset(offset)
        if actions:
            query = query.where(t.audit.c.action.in_(actions))
        return tuple(
            AuditEntry(id=row.seq, at=row.at, by=row.by, action=row.action, about=row.about)
            for row in self._database.rows(query)
        )
