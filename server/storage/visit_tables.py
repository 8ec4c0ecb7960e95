"""The table of those who wait without having signed in. It names nobody."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from server.storage.tables import metadata

visits = Table(
    "visits",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("topic", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("agent", String(32), nullable=False),  # "" for nobody
    Column("login", String(64), nullable=False),
    Column("nonce", String(32), nullable=False),
    Column("mistyped", Integer, nullable=False),
    Column("accepted_at_ms", BigInteger),
    Column("met_at_ms", BigInteger),
    Column("session", String(32), nullable=False, index=True),  # "" before they signed in
    Column("ended_at_ms", BigInteger, index=True),
    Column("ending", String(16)),
)
