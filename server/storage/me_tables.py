"""Tables of customers' own page: sign-ins, the organisation's hand-offs, and contacts that agents noted beforehand."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from server.storage.tables import metadata

customer_logins = Table(
    "customer_logins",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("way", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("last_seen_ms", BigInteger, nullable=False),
    Column("level", String(8), nullable=False),
    Column("level_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("minted_by", Text, nullable=False),  # the id of an API key
    Column("log_index", BigInteger, nullable=False),
    Column("minted_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
    Column("used_at_ms", BigInteger),
)

handoff_keys = Table(
    "handoff_keys",
    metadata,
    Column("id", String(64), primary_key=True),  # `kid` of the tokens that it signs
    Column("public_key", Text, nullable=False),  # JSON Web Key, canonical
    Column("log_index", BigInteger, nullable=False),
    Column("added_at_ms", BigInteger, nullable=False),
    Column("removed_at_ms", BigInteger),
)

handoff_uses = Table(
    "handoff_uses",
    metadata,
    Column("use_hash", String(64), primary_key=True),  # of a signed token's `kid` and `jti`
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("agent", String(32), ForeignKey("staff.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("noted_at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
)
