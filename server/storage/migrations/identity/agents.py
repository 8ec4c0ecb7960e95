"""Staff's sign-ins know their last proof; identities at the organisation's provider, sign-ins under way there."""

import sqlalchemy as sa
from alembic import op


def make_agents() -> None:
    _add_to_logins()
    op.create_table(
        "staff_identities",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("linked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_staff_identities_staff")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_staff_identities")),
    )
    op.create_index(op.f("ix_staff_identities_staff"), "staff_identities", ["staff"], unique=False)
    op.create_table(
        "provider_sign_ins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=True),
        sa.Column("login", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("link", sa.BigInteger(), nullable=True),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_provider_sign_ins")),
    )
    op.create_index(
        op.f("ix_provider_sign_ins_expires_at_ms"), "provider_sign_ins", ["expires_at_ms"], unique=False
    )


def _add_to_logins() -> None:
    with op.batch_alter_table("logins") as batch:
        batch.add_column(sa.Column("authenticated_at_ms", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("means", sa.String(length=24), nullable=True))
        batch.add_column(sa.Column("browser", sa.String(length=64), nullable=True))
    op.execute("UPDATE logins SET authenticated_at_ms = started_at_ms, means = 'password', browser = ''")
    with op.batch_alter_table("logins") as batch:
        batch.alter_column("authenticated_at_ms", existing_type=sa.BigInteger(), nullable=False)
        batch.alter_column("means", existing_type=sa.String(length=24), nullable=False)
        batch.alter_column("browser", existing_type=sa.String(length=64), nullable=False)
