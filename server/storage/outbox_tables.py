"""Tables of what is sent to the outside, of whom it goes to, and of the one server that sends."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from server.storage.tables import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),  # the operator's word for the system that is told
    Column("url", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("removed_at_ms", BigInteger),
)
Index(
    "uq_webhooks_name_standing",
    webhooks.c.name,
    unique=True,
    sqlite_where=webhooks.c.removed_at_ms.is_(None),
    postgresql_where=webhooks.c.removed_at_ms.is_(None),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(32), primary_key=True),  # also what a receiver knows a second copy by
    Column("once", String(160), nullable=False),
    Column("part", Integer, nullable=False),  # one act may be told to several addresses
    Column("channel", String(16), nullable=False),
    Column("about", String(64), nullable=False),  # the notice's kind, the webhook's type
    Column("subject", String(32), ForeignKey("customers.id"), index=True),  # whose data it is; null: nobody's
    Column("endpoint", String(32), ForeignKey("webhooks.id")),
    Column("content", LargeBinary),  # sealed under the subject's key where there is one; null once it is sent
    Column("state", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),  # the next try
    Column("last_at_ms", BigInteger, nullable=False),  # no try after this
    Column("tries", Integer, nullable=False),  # begun ones: counted before anything leaves
    Column("failure", String(64)),  # of the last try, in a word of ours
    Column("done_at_ms", BigInteger),
    UniqueConstraint("once", "part"),
    Index(None, "state", "due_at_ms"),
)

verification_requests = Table(
    "verification_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", String(32), nullable=False),
    Column(
        "system", String(64), nullable=False
    ),  # the key's name: a key that replaces it sees the same requests
    Column("once_hash", String(64), nullable=False, unique=True),
    Column("asked_hash", String(64), nullable=False),
    Column("session", String(32), nullable=False, unique=True),
    Column("login", String(32), nullable=False),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False),
    Column("wanted", String(8), nullable=False),
    Column("endpoint", String(32), ForeignKey("webhooks.id")),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("outcome", String(16)),  # null until it is settled, as the four below
    Column("level", String(8)),
    Column("method", String(32)),
    Column("cause", String(32)),
    Column("settled_at_ms", BigInteger, index=True),
)

leaders = Table(
    "leaders",
    metadata,
    Column("task", String(32), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("until_ms", BigInteger, nullable=False),  # exclusive
)
