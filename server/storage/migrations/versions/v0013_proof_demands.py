"""Staff who must prove again who they are, and what the overview looks up by time."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("must_prove", sa.String(32), nullable=True))
    op.create_table(
        "proof_demands",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("staff", sa.String(32), nullable=False),
        sa.Column("detector", sa.String(64), nullable=False),
        sa.Column("demanded_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("sign_in_doubted", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.String(16), nullable=True),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("means", sa.String(16), nullable=False),
        sa.Column("officer", sa.String(32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proof_demands"),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name="fk_proof_demands_staff"),
        sa.ForeignKeyConstraint(["officer"], ["staff.id"], name="fk_proof_demands_officer"),
    )
    op.create_index("ix_proof_demands_staff", "proof_demands", ["staff"])
    op.create_index("ix_sessions_opened_at", "sessions", ["opened_at"])
    op.create_index("ix_flags_raised_at_ms", "flags", ["raised_at_ms"])
