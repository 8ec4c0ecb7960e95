"""The steps that bring a database to a schema, by Alembic. Imported only where there is one to take: it is large."""

from collections.abc import Callable, Sequence
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from server.storage.schema import SCRIPTS, SchemaBehind, SchemaUnknown
from server.storage.sealed import Place, RecordKeys, Sealing

Sealer = Callable[[str, str, Sequence[tuple[str, str, bytes]]], list[bytes]]
NEWEST: Final = "head"


def upgrade(connection: Connection, keys: RecordKeys | None, now_ms: int) -> None:
    """Every step that is missing, inside the connection's transaction. Raises SchemaUnknown, SchemaBehind."""
    config = _config()
    config.attributes.update(connection=connection, sealer=_sealer(keys), now_ms=now_ms)
    try:
        command.upgrade(config, NEWEST)
    except CommandError as error:
        raise SchemaUnknown(f"The schema's steps do not fit together: {error}.") from error
    except ValueError as error:
        raise SchemaUnknown(
            f"A row cannot be brought to the new schema: {error}. Nothing was changed."
        ) from error
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise SchemaUnknown(
            "After the steps a row would refer to none. Nothing was changed; restore a backup that holds together."
        )


def steps() -> list[str]:
    """The schemas that the steps lead to, from the first to the newest, as the steps themselves name them."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _sealer(keys: RecordKeys | None) -> Sealer:
    sealing = None if keys is None else Sealing(keys)

    def sealed(table: str, column: str, contents: Sequence[tuple[str, str, bytes]]) -> list[bytes]:
        if sealing is None:
            raise SchemaBehind(
                "The database holds customers, and without the log's keys they cannot be sealed."
            )
        box = sealing.box({subject for _, subject, _ in contents}, making=True)
        return [box.seal(subject, Place(table, column, row), content) for row, subject, content in contents]

    return sealed


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
