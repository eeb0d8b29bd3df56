"""What workers share: who is at work, what models were asked of late, which passages were offered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The workers, the requests of the last minute by account, and passages as they were offered."""
    op.create_table(
        "workers",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "rate_accounts",
        sa.Column("account", sa.String(80), primary_key=True),
        sa.Column("shift", sa.Float, nullable=False),
        sa.Column("latest", sa.Float, nullable=False),
    )
    op.create_table(
        "rate_grants",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
    )
    op.create_index("ix_rate_grants_account", "rate_grants", ["account", "at"])
    op.create_table(
        "offered_passages",
        sa.Column("hash", sa.String(80), primary_key=True),
        sa.Column("text", sa.LargeBinary, nullable=False),
    )
