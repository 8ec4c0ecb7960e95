"""Known browsers, recovery codes, and authenticators that were guessed at too often."""

import sqlalchemy as sa
from alembic import op


def make_factors() -> None:
    with op.batch_alter_table("authenticators") as batch:
        batch.add_column(sa.Column("disabled_at_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "known_devices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("void_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_known_devices_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_devices_token_hash")),
    )
    op.create_index(op.f("ix_known_devices_customer"), "known_devices", ["customer"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_by", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_recovery_codes_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("customer", "slot", name=op.f("uq_recovery_codes_customer_slot")),
    )
    _make_loss()


def _make_loss() -> None:
    op.create_table(
        "factor_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("absorbed", sa.String(length=32), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("hold_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_staff", sa.String(length=32), nullable=True),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("first_how", sa.String(length=16), nullable=True),
        sa.Column("second_staff", sa.String(length=32), nullable=True),
        sa.Column("second_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("second_how", sa.String(length=16), nullable=True),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("done_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_factor_requests_customer")),
        sa.ForeignKeyConstraint(["absorbed"], ["customers.id"], name=op.f("fk_factor_requests_absorbed")),
        sa.ForeignKeyConstraint(["first_staff"], ["staff.id"], name=op.f("fk_factor_requests_first_staff")),
        sa.ForeignKeyConstraint(["second_staff"], ["staff.id"], name=op.f("fk_factor_requests_second_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_requests")),
    )
    op.create_index(op.f("ix_factor_requests_customer"), "factor_requests", ["customer"], unique=False)
    op.create_index(op.f("ix_factor_requests_absorbed"), "factor_requests", ["absorbed"], unique=False)
    op.create_table(
        "factor_caps",
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_factor_caps_customer")),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_factor_caps")),
    )
    op.create_table(
        "cancellations",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("enrolment", sa.String(length=32), nullable=True),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_cancellations_customer")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_cancellations")),
    )
    op.create_index(op.f("ix_cancellations_customer"), "cancellations", ["customer"], unique=False)
