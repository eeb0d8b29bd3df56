"""Run by Alembic: the steps use the connection, and the transaction, that the caller opened.

No step is derived from the program's tables, so none of them is imported here: each step says what
it does, and a test compares what all steps made with the tables of every package.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
