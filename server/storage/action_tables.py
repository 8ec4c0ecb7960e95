"""Actions that need the highest assurance, from the proposal to the release."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table

from server.storage.tables import metadata

actions = Table(
    "actions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("summary", LargeBinary),  # sealed text: what the customer read and confirmed
    Column("session", String(32), nullable=False, index=True),
    Column("case_id", String(32), nullable=False),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("proposed_by", String(32), ForeignKey("staff.id"), nullable=False),
    Column("proposed_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("approved_by", String(32), ForeignKey("staff.id")),
    Column("approved_at_ms", BigInteger),
    Column("due_at_ms", BigInteger),
    Column("cancel_hash", String(64), unique=True),  # of the token in the customer's mails
    Column("ended_at_ms", BigInteger),
    Column("log_index", BigInteger, nullable=False),  # the last intent entry that this row carries out
)
