"""The tables of the knowledge base; types that SQLite and Postgres share."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

library = Table(
    "library",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("title", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("starter", Boolean, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("title", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("year", Integer),
    Column("venue", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("doi", Text, nullable=False),
    Column("arxiv", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("applies_when", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("suggested", Boolean, nullable=False),
)

members = Table(
    "collection_sources",
    metadata,
    Column("collection", String(80), ForeignKey("collections.id"), primary_key=True),
    Column("source", String(120), ForeignKey("sources.id"), primary_key=True),
    Index("ix_collection_sources_source", "source"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(80), ForeignKey("collections.id"), nullable=False),
    Column("source", String(120), ForeignKey("sources.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("hidden", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("imported", DateTime(timezone=True), nullable=False),
    Column("copy_of", Integer, ForeignKey("documents.id")),
    UniqueConstraint("collection", "sha256", name="uq_documents_content"),
    Index("ix_documents_source", "source"),
    Index("ix_documents_copy_of", "copy_of"),
)

passages = Table(
    "passages",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String(40), nullable=False),
    Column("document", Integer, ForeignKey("documents.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("locator", Text, nullable=False),
    Column("evidence", String(16)),
    Column("roles", JSON, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("heading", JSON, nullable=False),
    Column("page", Integer),
    Column("start", Integer),
    Column("end", Integer),
    Column("facts", JSON, nullable=False),
    UniqueConstraint("document", "position", name="uq_passages_position"),
    Index("ix_passages_id", "id"),
)

versions = Table(
    "document_versions",
    metadata,
    Column("document", Integer, ForeignKey("documents.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("imported", DateTime(timezone=True), nullable=False),
    Column("passages", JSON, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    Column("collection", String(80), ForeignKey("collections.id"), primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
