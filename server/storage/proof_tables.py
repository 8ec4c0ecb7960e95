"""The table of demands that staff prove again who they are."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table, Text

from server.storage.tables import metadata

proof_demands = Table(
    "proof_demands",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("staff", String(32), ForeignKey("staff.id"), nullable=False, index=True),
    Column("detector", String(64), nullable=False),
    Column("demanded_at_ms", BigInteger, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("sign_in_doubted", Boolean, nullable=False),
    Column("ended", String(16)),
    Column("ended_at_ms", BigInteger),
    Column("means", String(16), nullable=False),
    Column("officer", String(32), ForeignKey("staff.id")),
    Column("reason", Text, nullable=False),
    Column("log_index", BigInteger),  # of the entry by which it ended
)
