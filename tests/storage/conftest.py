"""A migrated database in a file, and the same file opened by a second server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.storage.database import Database
from server.storage.migrating import migrate
from server.storage.stores import Stores, stores_on


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/tachiai.sqlite"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    await migrate(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def second_database(url: str, database: Database) -> AsyncIterator[Database]:
    """Another server's engine on the same file."""
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
def stores(database: Database) -> Stores:
    return stores_on(database)


@pytest.fixture
def second_stores(second_database: Database) -> Stores:
    return stores_on(second_database)
