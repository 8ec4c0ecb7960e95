"""A migrated database in a file, and the same file opened by a second server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.storage.database import Database
from server.storage.stores import Stores, stores_on
from tests.migrated import put_migrated_database
from tests.storage.memory_record_keys import MemoryRecordKeys

PATIENT_S = 20.0  # a loaded machine is no database that hangs


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/tachiai.sqlite"


@pytest.fixture
async def database(url: str, tmp_path: Path) -> AsyncIterator[Database]:
    await put_migrated_database(tmp_path / "tachiai.sqlite")
    opened = Database(url, answer_within_s=PATIENT_S)
    yield opened
    await opened.close()


@pytest.fixture
async def second_database(url: str, database: Database) -> AsyncIterator[Database]:
    """Another server's engine on the same file."""
    opened = Database(url, answer_within_s=PATIENT_S)
    yield opened
    await opened.close()


@pytest.fixture
def record_keys() -> MemoryRecordKeys:
    return MemoryRecordKeys()


@pytest.fixture
def stores(database: Database, record_keys: MemoryRecordKeys) -> Stores:
    return stores_on(database, record_keys)


@pytest.fixture
def second_stores(second_database: Database, record_keys: MemoryRecordKeys) -> Stores:
    return stores_on(second_database, record_keys)
