"""The records: sources, documents and passages in a database, which is the truth."""

from __future__ import annotations

from knowledge.records.changes import Change, NewDocument
from knowledge.records.engines import DATABASE, engine_for, sqlite_engine
from knowledge.records.store import Records, open_records

__all__ = [
    "DATABASE",
    "Change",
    "NewDocument",
    "Records",
    "engine_for",
    "open_records",
    "sqlite_engine",
]
