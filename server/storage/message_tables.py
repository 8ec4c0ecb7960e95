"""The table of what officers write to agents."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from server.storage.tables import metadata

officer_messages = Table(
    "officer_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("staff", String(32), ForeignKey("staff.id"), nullable=False),
    Column("officer", String(32), ForeignKey("staff.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at_ms", BigInteger, nullable=False, index=True),
    Column("log_index", BigInteger, nullable=False),
    Column("read_at_ms", BigInteger),
    Index("ix_officer_messages_staff", "staff", "read_at_ms"),
)
