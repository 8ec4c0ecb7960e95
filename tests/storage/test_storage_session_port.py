"""The SQL store keeps every promise of the session store's port."""

from collections.abc import Awaitable, Callable

import pytest

from server.storage.stores import Stores
from session.ports import SessionStore
from tests.storage import session_store_suite


@pytest.mark.parametrize("check", session_store_suite.CHECKS, ids=lambda check: check.__name__)
async def test_the_sql_store_keeps_the_ports_promises(
    check: Callable[[SessionStore], Awaitable[None]], stores: Stores
) -> None:
    store: SessionStore = stores.sessions
    await check(store)
