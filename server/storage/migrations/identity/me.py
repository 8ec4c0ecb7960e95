"""What step 0005 makes for customers' own page."""

import sqlalchemy as sa
from alembic import op


def make_me() -> None:
    _make_logins()
    _make_handoffs()
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("agent", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("noted_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_contacts_case_id"),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name="fk_contacts_customer"),
        sa.ForeignKeyConstraint(["agent"], ["staff.id"], name="fk_contacts_agent"),
    )
    op.create_index("ix_contacts_case_id", "contacts", ["case_id"])
    op.create_index("ix_contacts_customer", "contacts", ["customer"])


def _make_logins() -> None:
    op.create_table(
        "customer_logins",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("level_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customer_logins"),
        sa.UniqueConstraint("token_hash", name="uq_customer_logins_token_hash"),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name="fk_customer_logins_customer"),
    )
    op.create_index("ix_customer_logins_customer", "customer_logins", ["customer"])


def _make_handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("minted_by", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("minted_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_handoffs"),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name="fk_handoffs_customer"),
    )
    op.create_index("ix_handoffs_customer", "handoffs", ["customer"])
    op.create_index("ix_handoffs_expires_at_ms", "handoffs", ["expires_at_ms"])
    op.create_table(
        "handoff_keys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_keys"),
    )
    op.create_table(
        "handoff_uses",
        sa.Column("use_hash", sa.String(64), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("use_hash", name="pk_handoff_uses"),
    )
    op.create_index("ix_handoff_uses_expires_at_ms", "handoff_uses", ["expires_at_ms"])
