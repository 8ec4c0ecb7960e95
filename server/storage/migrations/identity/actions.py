"""Actions, as `server.storage.action_tables` has them."""

import sqlalchemy as sa
from alembic import op


def make_actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("session", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("cancel_hash", sa.String(length=64), nullable=True),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
        sa.UniqueConstraint("cancel_hash", name=op.f("uq_actions_cancel_hash")),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_actions_customer_customers")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_actions_proposed_by_staff")),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_actions_approved_by_staff")),
    )
    for column in ("session", "customer", "state"):
        op.create_index(op.f(f"ix_actions_{column}"), "actions", [column], unique=False)
