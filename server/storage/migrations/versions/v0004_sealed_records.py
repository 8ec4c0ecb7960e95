"""Personal data is sealed under its subject's key; erasures and holds.

Whole or not at all, as every step: the sealed columns are filled from the readable ones, which then go. What the file
still holds of them in free pages is overwritten after the commit (`scrubbing`), for which `user_version` is the note.
"""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT_ONCE = 500
PERSONAL = ("device", "verification", "consent")


def upgrade() -> None:
    with op.batch_alter_table("customers") as batch:
        batch.add_column(sa.Column("record", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("since_ms", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("erased_at_ms", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("cases") as batch:
        batch.add_column(sa.Column("sealed_reason", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("personal", sa.LargeBinary(), nullable=True))
    _seal()
    with op.batch_alter_table("customers") as batch:
        batch.drop_column("display_name")
        batch.drop_column("fields")
        batch.alter_column("since_ms", existing_type=sa.BigInteger(), nullable=False)
    with op.batch_alter_table("cases") as batch:
        batch.drop_column("reason")
        batch.alter_column("sealed_reason", new_column_name="reason", existing_type=sa.LargeBinary())
    _make_erasures()
    _make_holds()
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA user_version = 1")


def _seal() -> None:
    """`sealer`: `(table, column, [(row id, subject, bytes)]) -> [sealed]`, for a database that holds customers."""
    connection, given = op.get_bind(), context.config.attributes
    sealer: Callable[..., list[bytes]] = given.get("sealer", _no_sealer)
    now_ms = given.get("now_ms", 0)
    customers, cases, sessions = (_table(name) for name in ("customers", "cases", "sessions"))
    for rows in _pieces(connection, sa.select(customers.c.id, customers.c.display_name, customers.c.fields)):
        contents = [(row.id, row.id, _record(row.display_name, row.fields)) for row in rows]
        for row, sealed in zip(rows, sealer("customers", "record", contents), strict=True):
            connection.execute(
                sa.update(customers).where(customers.c.id == row.id).values(record=sealed, since_ms=now_ms)
            )
    for rows in _pieces(connection, sa.select(cases.c.id, cases.c.customer, cases.c.reason)):
        contents = [(row.id, row.customer, row.reason.encode()) for row in rows]
        for row, sealed in zip(rows, sealer("cases", "reason", contents), strict=True):
            connection.execute(sa.update(cases).where(cases.c.id == row.id).values(sealed_reason=sealed))
    for rows in _pieces(connection, sa.select(sessions.c.id, sessions.c.customer, sessions.c.body)):
        parted = [_parted(row.body) for row in rows]
        contents = [(row.id, row.customer, inner) for row, (_, inner) in zip(rows, parted, strict=True)]
        for row, (outer, _), sealed in zip(
            rows, parted, sealer("sessions", "personal", contents), strict=True
        ):
            connection.execute(
                sa.update(sessions).where(sessions.c.id == row.id).values(body=outer, personal=sealed)
            )


def _no_sealer(*_: object) -> list[bytes]:
    raise ValueError("the database holds customers, and they cannot be sealed without the log's keys")


def _pieces(connection: sa.Connection, query: "sa.Select[Any]") -> "list[list[sa.Row[Any]]]":
    rows = list(connection.execute(query))
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]


def _record(display_name: str, fields: str) -> bytes:
    return json.dumps(
        {"display_name": display_name, "fields": json.loads(fields)}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _parted(body: str) -> tuple[str, bytes]:
    """What stays readable of a session, and what is the customer's."""
    whole = json.loads(body)
    inner = {name: whole.pop(name) for name in PERSONAL if whole.get(name) is not None}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")), json.dumps(
        inner, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)


def _make_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("requested_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_officer", sa.String(length=32), nullable=True),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("second_officer", sa.String(length=32), nullable=True),
        sa.Column("second_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("hindered_by", sa.String(length=32), nullable=True),
        sa.Column("intent_index", sa.BigInteger(), nullable=True),
        sa.Column("done_index", sa.BigInteger(), nullable=True),
        sa.Column("done_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("keys_destroyed", sa.BigInteger(), nullable=True),
        sa.Column("rows_blanked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["first_officer"], ["staff.id"], name=op.f("fk_erasures_first_officer")),
        sa.ForeignKeyConstraint(["second_officer"], ["staff.id"], name=op.f("fk_erasures_second_officer")),
        sa.ForeignKeyConstraint(["subject"], ["customers.id"], name=op.f("fk_erasures_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_subject"), "erasures", ["subject"], unique=False)


def _make_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("placed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject"], ["customers.id"], name=op.f("fk_holds_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_subject"), "holds", ["subject"], unique=False)
