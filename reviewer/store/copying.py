"""Rows from one database to another, whichever kind each of them is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    TypeDecorator,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from knowledge.records import tables as k
from reviewer.store import tables as t

_AT_ONCE = 200


def all_tables() -> list[Table]:
    """Every table of the database, those that others refer to first."""
    return [*k.metadata.sorted_tables, *t.metadata.sorted_tables]


def copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    """Puts all rows of one database into the empty tables of another; how many by table."""
    return {table.name: _copy(table, source, target) for table in all_tables()}


def clear(target: Connection) -> None:
    """Takes out all rows."""
    for table in reversed(all_tables()):
        target.execute(delete(table))


def _copy(table: Table, source: Connection, target: Connection) -> int:
    """Compressed values go over as they are; references within a table are put in at the end."""
    bare = plain(table)
    own = [c.name for c in table.c if any(f.column.table is table for f in c.foreign_keys)]
    later: list[dict[str, Any]] = []
    count = 0
    rows = source.execution_options(yield_per=_AT_ONCE).execute(select(bare))
    for part in rows.mappings().partitions():
        values = [{name: _utc(value) for name, value in row.items()} for row in part]
        count += len(values)
        for row in values:
            if any(row[name] is not None for name in own):
                later.append({f"_{c.name}": row[c.name] for c in table.primary_key})
                later[-1].update({name: row[name] for name in own})
            row.update(dict.fromkeys(own))
        target.execute(insert(bare), values)
    if later:
        keys = [bare.c[c.name] == bindparam(f"_{c.name}") for c in table.primary_key]
        change = update(bare).where(*keys).values({name: bindparam(name) for name in own})
        target.execute(change, later)
    _count_on(table, target)
    return count


def plain(table: Table) -> Table:
    """The table with the types that are stored, and without its rules."""
    return Table(
        table.name,
        MetaData(),
        *(
            Column(c.name, c.type.impl if isinstance(c.type, TypeDecorator) else c.type)
            for c in table.c
        ),
    )


def _utc(value: Any) -> Any:
    """SQLite keeps times without their zone: they are all in UTC."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _count_on(table: Table, target: Connection) -> None:
    """The next row is numbered after the copied ones; SQLite does so by itself."""
    column = table.autoincrement_column
    if column is None or target.dialect.name != "postgresql":
        return
    last = target.execute(select(func.max(column))).scalar()
    if last is not None:
        named = {"table": f'"{table.name}"', "column": column.name, "last": last}
        query = "SELECT setval(pg_get_serial_sequence(:table, :column), :last)"
        target.execute(text(query), named)
