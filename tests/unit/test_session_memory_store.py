"""The store that tests use keeps the port's promises."""

from collections.abc import Awaitable, Callable

import pytest

from session.ports import SessionStore, StoreUnavailable
from tests.storage import session_store_suite
from tests.storage.memory_session_store import MemorySessionStore
from tests.storage.session_examples import fresh


@pytest.mark.parametrize("check", session_store_suite.CHECKS, ids=lambda check: check.__name__)
async def test_the_memory_store_keeps_the_ports_promises(
    check: Callable[[SessionStore], Awaitable[None]],
) -> None:
    await check(MemorySessionStore())


async def test_a_write_that_fails_may_leave_nothing() -> None:
    store = MemorySessionStore()
    store.fail_next = True
    with pytest.raises(StoreUnavailable):
        await store.create(fresh(), log_index=1)
    assert await store.load(fresh().id) is None


async def test_a_write_that_fails_may_have_been_persisted() -> None:
    store = MemorySessionStore()
    store.fail_but_persist = True
    with pytest.raises(StoreUnavailable):
        await store.create(fresh(), log_index=1)
    assert await store.load(fresh().id) == fresh()
