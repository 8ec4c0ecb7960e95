"""What introductions keep: the issuer's public keys as the log has them, and the badges that were made.

Nothing here is about a customer but the case, an id. The badge's text is not kept: the session has it.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from server.storage.tables import metadata

badge_keys = Table(
    "badge_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("public", String(64), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),  # None: still in use
    Column("log_index", BigInteger, nullable=False),  # of the entry that published it last
)

badges = Table(
    "badges",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("agent", String(32), ForeignKey("staff.id"), nullable=False, index=True),
    Column("login", String(32), ForeignKey("logins.id"), nullable=False, index=True),
    Column("session", String(32), ForeignKey("sessions.id"), nullable=False),
    Column("device", String(64), nullable=False),  # thumbprint of the agent's page's key
    Column("key", String(16), ForeignKey("badge_keys.id"), nullable=False),
    Column("issued_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)
