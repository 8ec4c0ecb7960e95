"""What follows a flag: canary customers, officers' verdicts, and blocks that two officers lift."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("marked_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer", name="pk_canaries"),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name="fk_canaries_customer"),
    )
    op.create_table(
        "flag_verdicts",
        sa.Column("flag", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("given_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flag", name="pk_flag_verdicts"),
        sa.ForeignKeyConstraint(["flag"], ["flags.log_index"], name="fk_flag_verdicts_flag"),
        sa.ForeignKeyConstraint(["officer"], ["staff.id"], name="fk_flag_verdicts_officer"),
    )
    op.create_table(
        "block_lifts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("staff", sa.String(32), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(32), nullable=True),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_block_lifts"),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name="fk_block_lifts_staff"),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name="fk_block_lifts_asked_by"),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name="fk_block_lifts_approved_by"),
    )
    op.create_index("ix_block_lifts_staff", "block_lifts", ["staff"])
