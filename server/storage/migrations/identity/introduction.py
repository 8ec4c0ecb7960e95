"""The tables of introductions: the issuer's public keys, and the badges."""

import sqlalchemy as sa
from alembic import op


def make_introduction() -> None:
    op.create_table(
        "badge_keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_keys")),
    )
    op.create_table(
        "badges",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=32), nullable=False),
        sa.Column("session", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("issued_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["staff.id"], name=op.f("fk_badges_agent")),
        sa.ForeignKeyConstraint(["key"], ["badge_keys.id"], name=op.f("fk_badges_key")),
        sa.ForeignKeyConstraint(["login"], ["logins.id"], name=op.f("fk_badges_login")),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_badges_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badges")),
    )
    for column in ("agent", "login", "expires_at_ms"):
        op.create_index(op.f(f"ix_badges_{column}"), "badges", [column], unique=False)
