"""The tables that workers share; nothing in them is about a person or a design."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table

from reviewer.store.columns import Moment, Squeezed, Words
from reviewer.store.tables import metadata

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("host", Words, nullable=False),
    Column("beat", Integer, nullable=False),
    Column("started", Moment, nullable=False),
)

rate_accounts = Table(
    "rate_accounts",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("shift", Float, nullable=False),
    Column("latest", Float, nullable=False),
)

rate_grants = Table(
    "rate_grants",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("account", String(80), nullable=False),
    Column("at", Float, nullable=False),
    Column("tokens", Integer, nullable=False),
    Index("ix_rate_grants_account", "account", "at"),
)

offered_passages = Table(
    "offered_passages",
    metadata,
    Column("hash", String(80), primary_key=True),
    Column("text", Squeezed, nullable=False),
)
