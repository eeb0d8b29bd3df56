"""What a group is writing: several people at once, merged field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from reviewer.domain.course import Draft
from reviewer.errors import DraftConflict, InputError
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held, missing

_FIELD_NAME = 200


class Drafts:
    """The draft of each group; a field has the value that was saved last, and counts its changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, group: str) -> Draft:
        """The draft of a group; empty where nothing was written yet. Raises `NotFound`."""
        with self._database.read() as connection:
            if connection.execute(select(t.groups.c.id).filter_by(id=group)).first() is None:
                raise missing("group", group)
            return _draft(connection, group)

    def put(
        self,
        group: str,
        values: Mapping[str, Any],
        base: Mapping[str, int],
        by: str | None = None,
    ) -> Draft:
        """Saves fields; `base` has the number of the change that each was read at (0: never).

        Fields that nobody else changed are saved whatever becomes of the others. `None` empties a
        field.

        Raises:
            DraftConflict: somebody else changed some of these fields to something else meanwhile.
                Their values stay, and both are in the error. To keep one of them, save it again
                with the number in the error as its base.
            NotFound: there is no such group.
        """
        if too_long := [name for name in values if not 0 < len(name) <= _FIELD_NAME]:
            raise InputError(f"'{too_long[0][:40]}' cannot name a field of a draft.")
        conflicts: dict[str, Row[Any]] = {}
        with self._database.write() as connection:
            held(connection, t.groups, group, "group")
            known = _fields(connection, group)
            for name, value in values.items():
                row = known.get(name)
                revision = row.revision if row else 0
                if row is not None and row.value == value:
                    continue
                if row is not None and revision != base.get(name, 0):
                    conflicts[name] = row
                else:
                    _save(connection, {"group": group, "field": name}, value, revision + 1, by)
            draft = _draft(connection, group)
        if conflicts:
            raise _conflict(values, conflicts)
        return draft


def _conflict(values: Mapping[str, Any], conflicts: Mapping[str, Row[Any]]) -> DraftConflict:
    names = ", ".join(f"'{name}'" for name in conflicts)
    return DraftConflict(
        f"Somebody else has changed {names} meanwhile.",
        mine={name: values[name] for name in conflicts},
        theirs={name: row.value for name, row in conflicts.items()},
        revisions={name: row.revision for name, row in conflicts.items()},
    )


def _fields(connection: Connection, group: str) -> dict[str, Row[Any]]:
    query = select(t.drafts).filter_by(group=group).order_by(t.drafts.c.field)
    return {row.field: row for row in connection.execute(query)}


def _draft(connection: Connection, group: str) -> Draft:
    fields = _fields(connection, group)
    return Draft(
        group=group,
        values={name: row.value for name, row in fields.items() if row.value is not None},
        revisions={name: row.revision for name, row in fields.items()},
        updated=max((row.updated for row in fields.values()), default=None),
    )


def _save(
    connection: Connection, key: dict[str, str], value: Any, revision: int, by: str | None
) -> None:
    values = {"value": value, "revision": revision, "by": by, "updated": now()}
    if revision == 1:
        connection.execute(insert(t.drafts).values({**key, **values}))
    else:
        connection.execute(update(t.drafts).filter_by(**key).values(values))
