"""What customers prove themselves with beside an authenticator: recovery codes, the browsers that are known; and how
they get another one after a loss."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from server.storage.tables import metadata

known_devices = Table(
    "known_devices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("log_index", BigInteger, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("void_at_ms", BigInteger),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False),
    Column("slot", Integer, nullable=False),  # 0 to 9, written in front of the code
    Column("code_hash", Text, nullable=False),  # argon2id
    Column("log_index", BigInteger, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger),
    Column("used_by", String(128)),
    UniqueConstraint("customer", "slot"),
)

factor_requests = Table(
    "factor_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("absorbed", String(32), ForeignKey("customers.id"), index=True),  # of a merge: into the one before
    Column("asked_by", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),  # of the request's entry
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("hold_ms", BigInteger, nullable=False),
    Column("first_staff", String(32), ForeignKey("staff.id")),
    Column("first_at_ms", BigInteger),
    Column("first_how", String(16)),
    Column("second_staff", String(32), ForeignKey("staff.id")),
    Column("second_at_ms", BigInteger),
    Column("second_how", String(16)),
    Column("closed_at_ms", BigInteger),
    Column("done_at_ms", BigInteger),
)

factor_caps = Table(
    "factor_caps",
    metadata,
    Column("customer", String(32), ForeignKey("customers.id"), primary_key=True),
    Column("level", String(8), nullable=False),
    Column("until_ms", BigInteger, nullable=False),  # exclusive
    Column("reason", String(16), nullable=False),
)

cancellations = Table(
    "cancellations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column(
        "request", String(32)
    ),  # what it cancels: one of these three, or recovery codes made at `since_ms`
    Column("enrolment", String(32)),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger),
    Column("passkey", String(32)),  # added or removed on the customer's own page
    Column("since_ms", BigInteger),  # when: what was set up from then on goes with it
    Column("settled_at_ms", BigInteger),  # all that its use ends has ended
)
