"""The tables. Times are UTC milliseconds. Change them only together with a migration; a test compares the two.

*Sealed* columns hold what is known about a customer, under that customer's own key (`sealed`); they are null once the
customer was erased. Every other column of a customer's rows is an id, a state, a time or a hash.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

# Names for every constraint, so that a migration can drop what it finds on either database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

staff = Table(
    "staff",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("number", String(32), nullable=False, unique=True),
    Column("team", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("blocked_until_ms", BigInteger),
    Column("must_prove", String(32)),  # the open demand for a proof of who they are (proof_demands)
)

customers = Table(
    "customers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("reference", String(64), nullable=False, unique=True),
    Column("record", LargeBinary),  # sealed JSON: {"display_name", "fields": [{"name", "kind", "value"}]}
    Column("since_ms", BigInteger, nullable=False),  # taken in, or first seen by a version that asks
    Column("erased_at_ms", BigInteger),
    Column(
        "merged_into", String(32), ForeignKey("customers.id"), index=True
    ),  # never one that is merged itself
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("reference", String(32), nullable=False, unique=True),
    Column("customer", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("origin", String(16), nullable=False),
    Column("reason", LargeBinary),  # sealed text
    Column("assigned_agent", String(32), ForeignKey("staff.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("last_activity_ms", BigInteger, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("opened_by", String(32), ForeignKey("staff.id")),
    Column("ends_at_ms", BigInteger),  # of what only its agent stands for
    Column("named", LargeBinary),  # sealed text: what whoever opened it typed for the customer
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("agent", String(32), nullable=False, index=True),
    Column("case_id", String(32), nullable=False, index=True),
    Column("customer", String(32), nullable=False, index=True),
    Column("opened_at", BigInteger, nullable=False, index=True),
    Column(
        "log_index", BigInteger, nullable=False, index=True
    ),  # the last intent entry that this row carries out
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # the session as JSON, but for what the next column holds
    Column("personal", LargeBinary),  # sealed JSON: device, verification, assertion, consent, help
)

invitations = Table(
    "invitations",
    metadata,
    Column("session", String(32), ForeignKey("sessions.id"), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("claimed_at", BigInteger),
    Column("claimed_by", String(64)),
)

customer_cookies = Table(
    "customer_cookies",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("session", String(32), ForeignKey("sessions.id"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

logins = Table(
    "logins",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("staff", String(32), ForeignKey("staff.id"), nullable=False, index=True),
    Column("door", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("last_seen_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("authenticated_at_ms", BigInteger, nullable=False),  # the last proof within this login
    Column("means", String(24), nullable=False),
    Column("browser", String(64), nullable=False),  # a rough name, for its owner to know it again
)

authenticators = Table(
    "authenticators",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False),  # a customer's or a staff member's id
    Column("version", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("clock_offset", Integer, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_used_by", String(128), nullable=False),
    Column("previous_step", BigInteger, nullable=False),  # the one before: the window is one step wide
    Column("previous_used_by", String(128), nullable=False),
    Column("removed_at_ms", BigInteger),
    Column("disabled_at_ms", BigInteger),  # after too many wrong codes in a row
)
Index(
    "uq_authenticators_owner_active",
    authenticators.c.owner,
    unique=True,
    sqlite_where=authenticators.c.removed_at_ms.is_(None),
    postgresql_where=authenticators.c.removed_at_ms.is_(None),
)

attempts = Table(
    "attempts",
    metadata,
    Column("account", String(128), primary_key=True),
    Column("times", Text, nullable=False),  # JSON: the last failures, oldest first
    Column("in_a_row", BigInteger, nullable=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), nullable=False, index=True),  # a customer's or a staff member's id
    Column("kind", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("log_index", BigInteger, nullable=False),  # the intent entry that this link carries out
    Column("issued_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("claimed_at_ms", BigInteger),
    Column("claim_index", BigInteger),
    Column("holder_hash", String(64), unique=True),
    Column("password_hash", Text),  # pending until confirmed, as the three below
    Column("authenticator", String(32)),
    Column("version", BigInteger),
    Column("sealed", LargeBinary),
    Column("finished_at_ms", BigInteger),
    Column("withdrawn_at_ms", BigInteger),
    Column(
        "issued_by", Text
    ),  # the id of a member of the staff or of a key, or a user of the host ("host:...")
)

flags = Table(
    "flags",
    metadata,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),  # of the entry that raised it
    Column("raised_at_ms", BigInteger, nullable=False, index=True),
    Column("detector", String(64), nullable=False),
    Column("target", String(64), nullable=False, index=True),
    Column("session", String(32)),
    Column("score", String(32), nullable=False),  # decimal text: exact, and the same on every database
    Column("reason_key", String(128), nullable=False),
    Column("reason_facts", Text, nullable=False),  # JSON object
    Column("action", String(32), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),  # the operator's word for the system that has it
    Column("secret_hash", String(64), nullable=False),
    Column("scopes", Text, nullable=False),  # with blanks between
    Column("log_index", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("last_used_ms", BigInteger),
    Column("revoked_at_ms", BigInteger),
)

resets = Table(
    "resets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), nullable=False, index=True),  # a staff member's or a customer's id
    Column("requested_by", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),  # of the request's entry
    Column("requested_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("first_officer", String(32), ForeignKey("staff.id")),
    Column("first_at_ms", BigInteger),
    Column("second_officer", String(32), ForeignKey("staff.id")),
    Column("second_at_ms", BigInteger),
    Column("closed_at_ms", BigInteger),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("requested_by", Text, nullable=False),
    Column("level", String(8), nullable=False),  # of the proof that the customer asks
    Column("proof", LargeBinary),  # sealed text: how that was made sure
    Column("log_index", BigInteger, nullable=False),  # of the request's entry
    Column("requested_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("first_officer", String(32), ForeignKey("staff.id")),
    Column("first_at_ms", BigInteger),
    Column("second_officer", String(32), ForeignKey("staff.id")),
    Column("second_at_ms", BigInteger),
    Column("closed_at_ms", BigInteger),  # refused or withdrawn
    Column("hindered_by", String(32)),  # the last reason told
    Column("intent_index", BigInteger),  # the entry that this row carries out; rows are blanked by then
    Column("done_index", BigInteger),
    Column("done_at_ms", BigInteger),
    Column("keys_destroyed", BigInteger),
    Column("rows_blanked", BigInteger),
)

holds = Table(
    "holds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), ForeignKey("customers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("reason", LargeBinary),  # sealed text
    Column("placed_by", Text, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("placed_at_ms", BigInteger, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at_ms", BigInteger),
)
