"""What officers write to agents."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officer_messages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("staff", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("read_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_officer_messages"),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name="fk_officer_messages_staff"),
        sa.ForeignKeyConstraint(["officer"], ["staff.id"], name="fk_officer_messages_officer"),
    )
    op.create_index("ix_officer_messages_written_at_ms", "officer_messages", ["written_at_ms"])
    op.create_index("ix_officer_messages_staff", "officer_messages", ["staff", "read_at_ms"])
