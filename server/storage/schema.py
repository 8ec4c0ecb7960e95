"""Which schemas there are, and which one a database has."""

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

SCRIPTS: Final = Path(__file__).parent / "migrations"
_TABLE: Final = "alembic_version"


class SchemaUnknown(Exception):
    """The database was made by a newer version of Tachiai. Nothing was changed; install that version."""


class SchemaBehind(Exception):
    """The database has an older schema than this version needs. Nothing was changed."""


@cache
def known_schemas() -> tuple[str, ...]:
    """From the first to the newest: a step's file is named by the schema it leads to, as in v0001_first.py."""
    return tuple(sorted(file.stem.partition("_")[0].removeprefix("v") for file in _files()))


def newest_schema() -> str:
    """The one that this version needs."""
    return known_schemas()[-1]


def read_schema(connection: Connection) -> str | None:
    """The name that the steps left in the database; None where none was taken yet."""
    if not inspect(connection).has_table(_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar_one_or_none()  # noqa: S608
    return None if found is None else str(found)


def refuse_unknown(found: str | None) -> None:
    """Raises SchemaUnknown."""
    if found is not None and found not in known_schemas():
        raise SchemaUnknown(
            f"The database has the schema {found}, which this version does not know. Nothing was changed: "
            "install the version of Tachiai that made it, or restore a backup."
        )


def _files() -> list[Path]:
    return list((SCRIPTS / "versions").glob("v[0-9]*.py"))
