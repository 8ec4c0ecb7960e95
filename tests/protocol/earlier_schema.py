"""A database as an earlier version left it: its own steps, and two rows in every table."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    select,
)

from audit.event import EventName
from audit.log import AuditLog
from server.clock import SystemClock
from server.foundation import system_event
from server.keys import open_or_create
from server.storage.schema import SCRIPTS
from tests.protocol.backup_site import Site

Rows = dict[str, list[dict[str, Any]]]
ROWS = 2
# What a later step reads; every other column holds any value of its type. Canaries: what is sealed by then.
JSON_TEXTS = {
    ("customers", "fields"): '[{"name":"email","kind":"email","value":"canary-#@example.com"}]',
    ("sessions", "body"): '{"id":"sessions.id.#","consent":{"document":"canary consent #"},"device":null}',
}
# Readable before this version, and sealed now.
SEALED_SINCE = {"customers": {"display_name", "fields"}, "cases": {"reason"}, "sessions": {"body"}}


def earlier_schemas() -> list[str]:
    """Every revision but the newest, the oldest first."""
    revisions = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    return revisions[:0:-1]


def make_database(file: Path, revision: str) -> Rows:
    """Gives the rows that it holds."""
    file.touch(0o600)
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        metadata = MetaData()
        metadata.reflect(connection)
        rows = {table.name: _fill(connection, table) for table in metadata.sorted_tables if _is_ours(table)}
    engine.dispose()
    return rows


def rows_in(file: Path) -> Rows:
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        found = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
            if _is_ours(table)
        }
    engine.dispose()
    return found


async def make_site(site: Site, revision: str) -> Rows:
    """Stopped, with a log of one start."""
    site.data.mkdir(parents=True)
    keys = open_or_create(site.keys)
    log = await AuditLog.open(
        site.log,
        origin="tachiai-test",
        kek=keys.kek,
        signing_key_file=keys.log_signing_key,
        clock=SystemClock().now_ms,
    )
    await log.append(system_event(EventName.SYSTEM_SERVER_STARTED, SystemClock().now_ms()))
    await log.close()
    return make_database(site.data / "tachiai.db", revision)


def _fill(connection: Connection, table: Table) -> list[dict[str, Any]]:
    rows = [{column.name: _value(column, number) for column in table.columns} for number in range(ROWS)]
    connection.execute(table.insert(), rows)
    return rows


def _value(column: Column[Any], number: int) -> Any:
    """A reference has the value of the row it refers to: ids are filled by one rule everywhere."""
    for key in column.foreign_keys:
        return _value(key.column, number)
    if (column.table.name, column.name) in JSON_TEXTS:
        return JSON_TEXTS[column.table.name, column.name].replace("#", str(number))
    if isinstance(column.type, Boolean):
        return bool(number)
    if isinstance(column.type, LargeBinary):
        return bytes([number]) * 24
    if isinstance(column.type, String):
        return f"{column.table.name}.{column.name}.{number}"[-(column.type.length or 99) :]
    return -1 - number if column.name == "log_index" else 1_000 + number


def _is_ours(table: Table) -> bool:
    return table.name != "alembic_version"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config
