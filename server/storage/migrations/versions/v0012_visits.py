"""Who waits without having signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.String(32), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("mistyped", sa.Integer(), nullable=False),
        sa.Column("accepted_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("met_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("token_hash", name="uq_visits_token_hash"),
    )
    op.create_index("ix_visits_session", "visits", ["session"])
    op.create_index("ix_visits_ended_at_ms", "visits", ["ended_at_ms"])
