"""Run by Alembic: the steps use the connection, and the transaction, that the caller opened."""

from __future__ import annotations

from alembic import context

from knowledge.records.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
