"""Rows of reviews and roles as the domain's records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert

from reviewer.domain.course import JobState, ReviewJob, RoleRun
from reviewer.domain.finding import Finding
from reviewer.domain.review import Usage

NOTHING = {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0, "calls": 0, "cost": None}


def usage_values(usage: Usage) -> dict[str, Any]:
    """Columns of a usage."""
    return {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cached_tokens": usage.cached,
        "calls": usage.calls,
        "cost": usage.cost,
    }


def usage_of(row: Row[Any]) -> Usage:
    """The usage in a row's columns."""
    return Usage(
        input=row.input_tokens,
        output=row.output_tokens,
        cached=row.cached_tokens,
        calls=row.calls,
        cost=row.cost,
    )


def put_rows(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Inserts rows, all with the same columns.

    On Postgres something is asked back, which makes it one statement with all rows instead of one
    statement for each.
    """
    statement: Any = insert(table)
    if connection.dialect.name == "postgresql":
        statement = statement.returning(next(iter(table.primary_key.columns)))
    connection.execute(statement, rows)


def job_of(row: Row[Any], roles: tuple[RoleRun, ...] = ()) -> ReviewJob:
    """A review's row, joined with number and title of its submission."""
    return ReviewJob(
        id=row.id,
        course=row.course,
        group=row.group,
        submission=row.submission,
        number=row.number,
        title=row.title,
        model=row.model,
        panel=row.panel,
        key=row.key,
        state=JobState(row.state),
        priority=row.priority,
        batch=row.batch,
        reason=row.reason,
        total=row.total,
        levels=row.levels,
        roles=roles,
        usage=usage_of(row),
        created=row.created,
        started=row.started,
        finished=row.finished,
    )


def run_of(row: Row[Any]) -> RoleRun:
    """A role's row with the findings that were grounded."""
    found = (row.grounded or {}).get("findings", ())
    started: datetime | None = row.started
    return RoleRun(
        role=row.role,
        state=row.state,
        findings=tuple(Finding.model_validate(finding) for finding in found),
        reason=row.reason,
        usage=usage_of(row),
        started=started,
        finished=row.finished,
    )
