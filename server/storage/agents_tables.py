"""Staff at the organisation's own sign-in provider: who is who there, and what is under way there."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from server.storage.tables import metadata

staff_identities = Table(
    "staff_identities",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("staff", String(32), ForeignKey("staff.id"), nullable=False, index=True),
    Column(
        "log_index", BigInteger, nullable=False
    ),  # the intent entry that this row carries out; names the link
    Column("linked_at_ms", BigInteger, nullable=False),
    Column("last_used_ms", BigInteger),
)

provider_sign_ins = Table(
    "provider_sign_ins",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # of the cookie's token
    Column("state_hash", String(64), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("staff", String(32)),  # who asks, where somebody signed in does; else whom the provider told
    Column("login", String(32)),  # of the one who asks
    Column("subject", String(255)),  # told by the provider already: one step of ours is missing
    Column("link", BigInteger),  # by which link that is a member of staff
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)
