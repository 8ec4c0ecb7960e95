"""What servers that share a bus must agree on, whatever the bus forgets."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from server.storage.tables import metadata

bus_runs = Table(
    "bus_runs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("run", String(64), nullable=False, unique=True),
    Column("since_ms", BigInteger, nullable=False),
)
