"""Designs as they were handed in: every version is kept, none is ever changed."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Row, func, insert, select

from reviewer.domain.course import Submission
from reviewer.domain.design import Design
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held, missing, new_id

_SHOWN = [column for column in t.submissions.c if column.name not in ("seq", "title", "original")]


class Submissions:
    """What groups handed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        group: str,
        design: Design,
        *,
        filename: str,
        original: bytes | None = None,
        by: str | None = None,
    ) -> Submission:
        """Keeps a design as the group's next submission, with the file it was read from.

        Content that this group has handed in before is the submission of then. Other groups do
        not matter: nothing is shared between groups. Raises `NotFound` for an unknown group.
        """
        sha256 = content_hash(design)
        with self._database.write() as connection:
            held(connection, t.groups, group, "group")
            if by is not None:
                held(connection, t.people, by, "person")
            query = select(*_SHOWN).filter_by(group=group, sha256=sha256)
            if known := connection.execute(query).first():
                return _submission(known)
            last = select(func.max(t.submissions.c.number)).filter_by(group=group)
            number = int(connection.execute(last).scalar() or 0) + 1
            values: dict[str, Any] = {
                "id": new_id("s"),
                "group": group,
                "number": number,
                "sha256": sha256,
                "title": design.title,
                "filename": filename,
                "by": by,
                "created": now(),
                # What the design does not state stays unstated: models are shown what it states.
                "design": design.model_dump_json(exclude_unset=True).encode(),
                "original": original,
            }
            connection.execute(insert(t.submissions).values(values))
            return _submission(connection.execute(query).one())

    def get(self, key: str) -> Submission:
        """The submission with this id. Raises `NotFound`."""
        row = self._database.first(select(*_SHOWN).filter_by(id=key))
        if row is None:
            raise missing("submission", key)
        return _submission(row)

    def of(self, group: str) -> tuple[Submission, ...]:
        """What a group handed in, the first first."""
        query = select(*_SHOWN).filter_by(group=group).order_by(t.submissions.c.number)
        return tuple(_submission(row) for row in self._database.rows(query))

    def original(self, key: str) -> bytes | None:
        """The file that was handed in, if it was kept. Raises `NotFound`."""
        row = self._database.first(select(t.submissions.c.original).filter_by(id=key))
        if row is None:
            raise missing("submission", key)
        return None if row.original is None else bytes(row.original)


def content_hash(design: Design) -> str:
    """Hash of a design's text and its data-flow map."""
    digest = hashlib.sha256(design.text.encode("utf-8", "surrogatepass"))
    digest.update(b"\0" + design.data_flow.model_dump_json().encode())
    return f"sha256:{digest.hexdigest()}"


def _submission(row: Row[Any]) -> Submission:
    values = {name: row._mapping[name] for name in Submission.model_fields if name != "design"}
    return Submission(**values, design=Design.model_validate_json(row.design))
