"""The tables of a class: who takes part, what was handed in, and what was said about it.

Every row hangs on its group, course or person by a foreign key that deletes it with them. `seq`
counts rows as they came; lists are in its order, because a clock can be set back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from reviewer.store.columns import Key, Moment, Squeezed, SqueezedJson, Words

metadata = MetaData()

ID = 32  # characters of an id that the store made


def seq() -> Column[int]:
    """The number of a row in the order in which rows came."""
    return Column("seq", Integer, primary_key=True)


def part_of(name: str, table: str, *, primary_key: bool = False) -> Column[str]:
    """A reference to the whole that takes this row with it when it is deleted."""
    target = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(name, Key(ID), target, primary_key=primary_key, nullable=False)


def by() -> Column[str]:
    """Who did it; forgotten with the person."""
    return Column("by", Key(ID), ForeignKey("people.id", ondelete="SET NULL"))


def usage() -> list[Column[Any]]:
    """Tokens, calls and their price."""
    counts = ("input_tokens", "output_tokens", "cached_tokens", "calls")
    return [*(Column(name, Integer, nullable=False) for name in counts), Column("cost", Float)]


courses = Table(
    "courses",
    metadata,
    seq(),
    Column("id", Key(ID), nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("collections", JSON, nullable=False),
    Column("created", Moment, nullable=False),
)

people = Table(
    "people",
    metadata,
    seq(),
    Column("id", Key(ID), nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("created", Moment, nullable=False),
)

groups = Table(
    "groups",
    metadata,
    seq(),
    Column("id", Key(ID), nullable=False, unique=True),
    part_of("course", "courses"),
    Column("name", Words, nullable=False),
    Column("created", Moment, nullable=False),
    Index("ix_groups_course", "course"),
)

members = Table(
    "group_members",
    metadata,
    part_of("group", "groups", primary_key=True),
    part_of("person", "people", primary_key=True),
    Index("ix_group_members_person", "person"),
)

enrolments = Table(
    "enrolments",
    metadata,
    part_of("course", "courses", primary_key=True),
    part_of("person", "people", primary_key=True),
    Column("hat", String(16), primary_key=True),
    Index("ix_enrolments_person", "person"),
)

submissions = Table(
    "submissions",
    metadata,
    seq(),
    Column("id", Key(ID), nullable=False, unique=True),
    part_of("group", "groups"),
    Column("number", Integer, nullable=False),
    Column("sha256", String(80), nullable=False),
    Column("title", Words, nullable=False),
    Column("filename", Words, nullable=False),
    by(),
    Column("created", Moment, nullable=False),
    Column("design", Squeezed, nullable=False),
    Column("original", LargeBinary),
    UniqueConstraint("group", "number", name="uq_submissions_number"),
    UniqueConstraint("group", "sha256", name="uq_submissions_content"),
)

drafts = Table(
    "draft_fields",
    metadata,
    part_of("group", "groups", primary_key=True),
    Column("field", Words, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    by(),
    Column("updated", Moment, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    seq(),
    Column("id", Key(ID), nullable=False, unique=True),
    part_of("course", "courses"),
    part_of("group", "groups"),
    part_of("submission", "submissions"),
    Column("model", Words, nullable=False),
    Column("panel", String(16), nullable=False),
    Column("key", Words, nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("batch", Words),
    Column("reason", Words, nullable=False),
    Column("total", Float),
    Column("levels", JSON, nullable=False),
    *usage(),
    by(),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("finished", Moment),
    UniqueConstraint("group", "key", name="uq_reviews_key"),
    Index("ix_reviews_group", "group", "seq"),
    Index("ix_reviews_course", "course", "seq"),
    Index("ix_reviews_latest", "course", "group", "seq"),
    Index("ix_reviews_state", "state", "seq"),
    Index("ix_reviews_batch", "batch", "seq"),
    Index("ix_reviews_submission", "submission"),
)

bodies = Table(
    "review_bodies",
    metadata,
    part_of("review", "reviews", primary_key=True),
    Column("body", Squeezed, nullable=False),
)

preparations = Table(
    "preparations",
    metadata,
    part_of("review", "reviews", primary_key=True),
    Column("data", SqueezedJson, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    part_of("review", "reviews", primary_key=True),
    Column("position", Integer, primary_key=True),
    part_of("course", "courses"),
    Column("part", String(16), nullable=False),
    Column("finding", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("check", Words),
    Column("criterion", Words),
    Column("kind", String(24), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("title", Words, nullable=False),
    Column("folded", Boolean, nullable=False),
    Column("cited", Boolean, nullable=False),
    Index("ix_findings_course", "course", "check"),
)

citations = Table(
    "review_citations",
    metadata,
    part_of("review", "reviews", primary_key=True),
    Column("source", Words, primary_key=True),
    Column("title", Words, nullable=False),
)

role_runs = Table(
    "role_runs",
    metadata,
    part_of("review", "reviews", primary_key=True),
    Column("role", Words, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("reason", Words, nullable=False),
    *usage(),
    Column("started", Moment),
    Column("finished", Moment),
    Column("answer", SqueezedJson),
    Column("grounded", SqueezedJson),
)

calls = Table(
    "model_calls",
    metadata,
    seq(),
    part_of("review", "reviews"),
    Column("role", Words, nullable=False),
    Column("messages_sha256", String(80), nullable=False),
    Column("model", Words, nullable=False),
    *usage(),
    Column("seconds", Float, nullable=False),
    Column("status", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("prompt", SqueezedJson),
    Column("answer", SqueezedJson),
    Index("ix_model_calls_review", "review", "seq"),
)

responses = Table(
    "responses",
    metadata,
    part_of("review", "reviews", primary_key=True),
    Column("finding", Words, primary_key=True),
    Column("choice", String(16), nullable=False),
    Column("text", Words, nullable=False),
    by(),
    Column("updated", Moment, nullable=False),
)

reflections = Table(
    "reflections",
    metadata,
    seq(),
    Column("id", Key(ID), nullable=False, unique=True),
    part_of("review", "reviews"),
    part_of("person", "people"),
    Column("prompts", SqueezedJson, nullable=False),
    Column("reply", Words, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("updated", Moment, nullable=False),
    UniqueConstraint("review", "person", name="uq_reflections_person"),
    Index("ix_reflections_person", "person"),
)

audit = Table(
    "audit",
    metadata,
    seq(),
    Column("at", Moment, nullable=False),
    Column("by", Key(ID)),
    Column("action", String(64), nullable=False),
    Column("about", JSON, nullable=False),
    Index("ix_audit_by", "by"),
)
