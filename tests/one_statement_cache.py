"""Statements are compiled once in a test process, and not once for each of the thousands of databases that it opens: a
server's first minute costs a quarter less. A dialect counts as another of its class; all are made by the same code."""

from typing import Any

from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

_MOST = 4_000
_compiled: LRUCache[Any, Any] = LRUCache(_MOST)
_usual_init = Engine.__init__


def share() -> None:
    def hash_of(dialect: SQLiteDialect) -> int:
        return hash(type(dialect))

    def same(dialect: SQLiteDialect, other: object) -> bool:
        return type(dialect) is type(other)

    def init(engine: Engine, *arguments: Any, **named: Any) -> None:
        _usual_init(engine, *arguments, **named)
        engine._compiled_cache = _compiled  # SQLAlchemy gives no other way to share one

    SQLiteDialect.__hash__ = hash_of  # type: ignore[assignment]
    SQLiteDialect.__eq__ = same  # type: ignore[assignment]
    Engine.__init__ = init  # type: ignore[assignment]
