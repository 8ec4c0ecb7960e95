"""Tables of officers' case files: the files, what belongs to each, and who keeps away from it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from server.storage.tables import metadata

case_files = Table(
    "case_files",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False),
    Column("opened_by", String(32), ForeignKey("staff.id"), nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("item_count", Integer, nullable=False),
    Column("finding", String(16)),
    Column("reason", Text),
    Column("closed_by", String(32), ForeignKey("staff.id")),
    Column("closed_at_ms", BigInteger),
)

case_file_items = Table(
    "case_file_items",
    metadata,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("file", String(32), ForeignKey("case_files.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("named", String(64), nullable=False),
    Column("officer", String(32), ForeignKey("staff.id"), nullable=False),
    Column("added_at_ms", BigInteger, nullable=False),
    UniqueConstraint("file", "kind", "named", name="uq_case_file_items_named"),
)

case_file_people = Table(
    "case_file_people",
    metadata,
    Column("file", String(32), ForeignKey("case_files.id"), primary_key=True),
    Column("staff", String(32), primary_key=True),
)
