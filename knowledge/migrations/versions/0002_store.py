"""The tables of a class: people, designs, reviews and what was said about them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Courses and people, what they hand in, reviews, what people answer, and the audit log."""
    _people()
    _work()
    _reviews()
    _parts_of_reviews()
    _answers()
    op.create_table(
        "audit",
        _seq(),
        _moment("at"),
        sa.Column("by", sa.String(32)),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
    )
    op.create_index("ix_audit_by", "audit", ["by"])


def _seq() -> sa.Column[Any]:
    return sa.Column("seq", sa.Integer, primary_key=True)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(32), nullable=False, unique=True)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _part_of(name: str, table: str, *, primary_key: bool = False) -> sa.Column[Any]:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(32), target, primary_key=primary_key, nullable=False)


def _by() -> sa.Column[Any]:
    return sa.Column("by", sa.String(32), sa.ForeignKey("people.id", ondelete="SET NULL"))


def _usage() -> list[sa.Column[Any]]:
    counts = ("input_tokens", "output_tokens", "cached_tokens", "calls")
    return [
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("cost", sa.Float),
    ]


def _people() -> None:
    op.create_table(
        "courses",
        _seq(),
        _id(),
        _text("title"),
        sa.Column("collections", sa.JSON, nullable=False),
        _moment("created"),
    )
    op.create_table("people", _seq(), _id(), _text("name"), _moment("created"))
    op.create_table(
        "groups", _seq(), _id(), _part_of("course", "courses"), _text("name"), _moment("created")
    )
    op.create_index("ix_groups_course", "groups", ["course"])
    op.create_table(
        "group_members",
        _part_of("group", "groups", primary_key=True),
        _part_of("person", "people", primary_key=True),
    )
    op.create_index("ix_group_members_person", "group_members", ["person"])
    op.create_table(
        "enrolments",
        _part_of("course", "courses", primary_key=True),
        _part_of("person", "people", primary_key=True),
        sa.Column("hat", sa.String(16), primary_key=True),
    )
    op.create_index("ix_enrolments_person", "enrolments", ["person"])


def _work() -> None:
    op.create_table(
        "submissions",
        _seq(),
        _id(),
        _part_of("group", "groups"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(80), nullable=False),
        _text("title"),
        _text("filename"),
        _by(),
        _moment("created"),
        sa.Column("design", sa.LargeBinary, nullable=False),
        sa.Column("original", sa.LargeBinary),
        sa.UniqueConstraint("group", "number", name="uq_submissions_number"),
        sa.UniqueConstraint("group", "sha256", name="uq_submissions_content"),
    )
    op.create_table(
        "draft_fields",
        _part_of("group", "groups", primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        _by(),
        _moment("updated"),
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        _seq(),
        _id(),
        _part_of("course", "courses"),
        _part_of("group", "groups"),
        _part_of("submission", "submissions"),
        _text("model"),
        sa.Column("panel", sa.String(16), nullable=False),
        _text("key"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        _text("batch", nullable=True),
        _text("reason"),
        sa.Column("total", sa.Float),
        sa.Column("levels", sa.JSON, nullable=False),
        *_usage(),
        _by(),
        _moment("created"),
        _moment("started", nullable=True),
        _moment("finished", nullable=True),
        sa.UniqueConstraint("group", "key", name="uq_reviews_key"),
    )
    for name in ("group", "course", "state", "batch"):
        op.create_index(f"ix_reviews_{name}", "reviews", [name, "seq"])
    op.create_index("ix_reviews_latest", "reviews", ["course", "group", "seq"])
    op.create_index("ix_reviews_submission", "reviews", ["submission"])


def _parts_of_reviews() -> None:
    op.create_table(
        "review_bodies",
        _part_of("review", "reviews", primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "preparations",
        _part_of("review", "reviews", primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "findings",
        _part_of("review", "reviews", primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        _part_of("course", "courses"),
        sa.Column("part", sa.String(16), nullable=False),
        _text("finding"),
        _text("role"),
        _text("check", nullable=True),
        _text("criterion", nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        _text("title"),
        sa.Column("folded", sa.Boolean, nullable=False),
        sa.Column("cited", sa.Boolean, nullable=False),
    )
    op.create_index("ix_findings_course", "findings", ["course", "check"])
    op.create_table(
        "review_citations",
        _part_of("review", "reviews", primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        _text("title"),
    )
    op.create_table(
        "role_runs",
        _part_of("review", "reviews", primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        _text("reason"),
        *_usage(),
        _moment("started", nullable=True),
        _moment("finished", nullable=True),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("grounded", sa.LargeBinary),
    )
    op.create_table(
        "model_calls",
        _seq(),
        _part_of("review", "reviews"),
        _text("role"),
        sa.Column("messages_sha256", sa.String(80), nullable=False),
        _text("model"),
        *_usage(),
        sa.Column("seconds", sa.Float, nullable=False),
        _text("status"),
        _moment("at"),
        sa.Column("prompt", sa.LargeBinary),
        sa.Column("answer", sa.LargeBinary),
    )
    op.create_index("ix_model_calls_review", "model_calls", ["review", "seq"])


def _answers() -> None:
    op.create_table(
        "responses",
        _part_of("review", "reviews", primary_key=True),
        sa.Column("finding", sa.Text, primary_key=True),
        sa.Column("choice", sa.String(16), nullable=False),
        _text("text"),
        _by(),
        _moment("updated"),
    )
    op.create_table(
        "reflections",
        _seq(),
        _id(),
        _part_of("review", "reviews"),
        _part_of("person", "people"),
        sa.Column("prompts", sa.LargeBinary, nullable=False),
        _text("reply"),
        sa.Column("revision", sa.Integer, nullable=False),
        _moment("updated"),
        sa.UniqueConstraint("review", "person", name="uq_reflections_person"),
    )
    op.create_index("ix_reflections_person", "reflections", ["person"])
