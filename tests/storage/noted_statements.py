"""What is asked of a database, whichever way it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from server.storage.database import Database


@contextmanager
def noted(database: Database) -> Iterator[list[str]]:
    """The statements, in order, as long as the context is open."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    for engine in database.engines():
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in database.engines():
            event.remove(engine, "before_cursor_execute", note)
