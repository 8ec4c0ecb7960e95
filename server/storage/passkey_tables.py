"""Passkeys, the handles under which authenticators know their owners, and what authenticators were asked."""

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, String, Table

from server.storage.tables import metadata

passkey_handles = Table(
    "passkey_handles",
    metadata,
    Column("owner", String(32), primary_key=True),  # a customer's or a staff member's id
    Column("handle", LargeBinary, nullable=False, unique=True),  # 64 random bytes, which tell nothing
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("credential", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("label", LargeBinary),  # sealed text: the owner's own word for it
    Column("log_index", BigInteger, nullable=False),  # the intent entry that this row carries out
    Column("created_at_ms", BigInteger, nullable=False),
    Column("last_used_ms", BigInteger),
    Column("disabled_at_ms", BigInteger),
)

passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("owner", String(32)),
    Column("binding", String(128), nullable=False, index=True),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)
