"""The tables of the knowledge base."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Collections, sources, documents with their passages and versions, and imports."""
    _collections()
    _sources()
    _documents()
    _passages()
    op.create_table(
        "imports",
        sa.Column("collection", sa.String(80), sa.ForeignKey("collections.id"), primary_key=True),
        sa.Column("origin", sa.Text, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _collections() -> None:
    op.create_table(
        "library",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "collections",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("starter", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )


def _sources() -> None:
    texts = ("venue", "kind", "doi", "arxiv", "identifier", "url")
    op.create_table(
        "sources",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("year", sa.Integer),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("applies_when", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("suggested", sa.Boolean, nullable=False),
    )
    op.create_table(
        "collection_sources",
        sa.Column("collection", sa.String(80), sa.ForeignKey("collections.id"), primary_key=True),
        sa.Column("source", sa.String(120), sa.ForeignKey("sources.id"), primary_key=True),
    )
    op.create_index("ix_collection_sources_source", "collection_sources", ["source"])


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("collection", sa.String(80), sa.ForeignKey("collections.id"), nullable=False),
        sa.Column("source", sa.String(120), sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sketch", sa.LargeBinary, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("hidden", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("imported", sa.DateTime(timezone=True), nullable=False),
        sa.Column("copy_of", sa.Integer, sa.ForeignKey("documents.id")),
        sa.UniqueConstraint("collection", "sha256", name="uq_documents_content"),
    )
    op.create_index("ix_documents_source", "documents", ["source"])
    op.create_index("ix_documents_copy_of", "documents", ["copy_of"])
    op.create_table(
        "document_versions",
        sa.Column("document", sa.Integer, sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("imported", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passages", sa.JSON, nullable=False),
    )


def _passages() -> None:
    op.create_table(
        "passages",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("document", sa.Integer, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("locator", sa.Text, nullable=False),
        sa.Column("evidence", sa.String(16)),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("heading", sa.JSON, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("start", sa.Integer),
        sa.Column("end", sa.Integer),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.UniqueConstraint("document", "position", name="uq_passages_position"),
    )
    op.create_index("ix_passages_id", "passages", ["id"])
