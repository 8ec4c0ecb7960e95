"""The demo's people: added once, whatever stops the first start."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audit.event import EventName
from audit.memory import MemoryLog
from server.demo import CUSTOMERS, EVERYBODY, DemoData, DemoRefused, mark_folder
from server.demo_accounts import Account
from server.keys import Keys, open_or_create
from server.storage.database import Database
from server.storage.migrating import migrate
from server.storage.stores import stores_on
from server.storage.transaction import Transaction
from tests.storage.memory_record_keys import MemoryRecordKeys
from verification.passwords import Cost, Passwords

NOW = 1_790_000_000_000
PLENTY = 50


class PowerCut(Exception):
    """Nothing after this was written."""


class CutOff(Database):
    """Only so many writes get through, as before a power cut."""

    writes_left = PLENTY

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        if self.writes_left == 0:
            raise PowerCut
        self.writes_left -= 1
        async with super().writing() as transaction:
            yield transaction


@pytest.fixture
async def database(url: str) -> AsyncIterator[CutOff]:
    opened = CutOff(url)
    await migrate(opened)
    yield opened
    await opened.close()


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    cheap = Passwords(Cost(passes=1, memory_kib=64, lanes=1), threads=1)
    yield cheap
    cheap.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return open_or_create(tmp_path / "keys")


async def prepared(
    database: Database, log: MemoryLog, keys: Keys, passwords: Passwords, record_keys: MemoryRecordKeys
) -> tuple[Account, ...]:
    stores = stores_on(database, record_keys)
    return (await DemoData(stores, log, keys, passwords, NOW).prepare()).known


async def test_a_first_start_that_was_cut_short_anywhere_is_finished_by_the_next(
    database: CutOff, keys: Keys, passwords: Passwords, record_keys: MemoryRecordKeys
) -> None:
    log = MemoryLog()
    for writes in range(1, 5):  # each start goes on where the one before was cut off
        database.writes_left = writes
        with pytest.raises(PowerCut):
            await prepared(database, log, keys, passwords, record_keys)
    database.writes_left = PLENTY
    accounts = await prepared(database, log, keys, passwords, record_keys)
    stores = stores_on(database, record_keys)
    for seed in CUSTOMERS:
        case = await stores.case_roll.of_reference(seed.case_reference)
        customer = await stores.customer_roll.of_reference(seed.reference)
        agent = await stores.staff.find_by_username(seed.agent)
        assert case is not None
        assert customer is not None
        assert agent is not None
        assert (case.customer, case.assigned_agent) == (customer.id, agent.id)
    assert len({account.secret for account in accounts}) == len(EVERYBODY) + len(CUSTOMERS)


async def test_a_second_start_finds_everybody_with_the_same_secrets(
    database: CutOff, keys: Keys, passwords: Passwords, record_keys: MemoryRecordKeys
) -> None:
    log = MemoryLog()
    first = await prepared(database, log, keys, passwords, record_keys)
    assert await prepared(database, log, keys, passwords, record_keys) == first
    assert [event.name for event in log.events] == [EventName.SYSTEM_DEMO_PREPARED]


@pytest.mark.parametrize("below", ["", "below"])
def test_a_place_that_can_be_no_folder_is_refused_with_a_sentence(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoRefused, match="cannot hold the demo's data"):
        mark_folder(tmp_path / "file" / below)
