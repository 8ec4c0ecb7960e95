"""Tables of what follows a flag: canary customers, officers' verdicts, and blocks that two officers lift."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from server.storage.tables import metadata

canaries = Table(
    "canaries",
    metadata,
    Column("customer", String(32), ForeignKey("customers.id"), primary_key=True),
    Column("log_index", BigInteger, nullable=False),
    Column("marked_at_ms", BigInteger, nullable=False),
)

flag_verdicts = Table(
    "flag_verdicts",
    metadata,
    Column("flag", BigInteger, ForeignKey("flags.log_index"), primary_key=True, autoincrement=False),
    Column("verdict", String(16), nullable=False),
    Column("officer", String(32), ForeignKey("staff.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("given_at_ms", BigInteger, nullable=False),
)

block_lifts = Table(
    "block_lifts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("staff", String(32), ForeignKey("staff.id"), nullable=False, index=True),
    Column("asked_by", String(32), ForeignKey("staff.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("approved_by", String(32), ForeignKey("staff.id")),
    Column("closed_at_ms", BigInteger),
)
