"""What servers read of each other's ends, and the order of the bus's runs, on two connections to one database."""

import asyncio
from dataclasses import replace

from server.storage.others import Ends
from server.storage.stores import Stores
from session.identity import LoginId, SessionId
from session.model import EndCause, State
from tests.storage.desk_rows import AGENT, NOW, SESSION, add_desk
from verification.credentials import Door
from verification.login import LoginRegistry

NOBODY: frozenset[LoginId] = frozenset()
NONE: frozenset[SessionId] = frozenset()


async def test_ends_are_read_as_soon_as_another_server_has_written_them(
    stores: Stores, second_stores: Stores
) -> None:
    await add_desk(stores)
    there = LoginRegistry(stores.logins)
    (ended, _), (live, _) = [await there.start(AGENT.id, Door.AGENT, NOW) for _ in range(2)]
    await stores.sessions.create(SESSION, log_index=0)
    asked, held = frozenset({LoginId(ended.id), LoginId(live.id)}), frozenset({SESSION.id})
    assert await second_stores.others.ends(asked, held) == Ends(None, NOBODY, NONE)
    await there.end(ended.id, NOW)
    over = replace(SESSION, state=State.ENDED, end_cause=EndCause.OFFICER_ENDED, ended_at=NOW)
    await stores.sessions.save(over, log_index=None)
    found = await second_stores.others.ends(asked, held)
    assert found == Ends(None, frozenset({LoginId(ended.id)}), held)
    assert await second_stores.others.ends(NOBODY, NONE) == Ends(None, NOBODY, NONE)


async def test_any_number_may_be_asked_for(stores: Stores) -> None:
    names = frozenset(LoginId(f"log_{number}") for number in range(2_500))
    assert await stores.others.ends(names, NONE) == Ends(None, NOBODY, NONE)


async def test_a_run_that_was_followed_never_comes_back(stores: Stores, second_stores: Stores) -> None:
    assert await stores.others.agree("one", NOW)
    assert await second_stores.others.agree("one", NOW + 1)
    assert await second_stores.others.agree("two", NOW + 2)
    assert not await stores.others.agree("one", NOW + 3)
    assert (await stores.others.ends(NOBODY, NONE)).run == "two"


async def test_of_runs_that_are_named_at_once_one_is_in_charge(stores: Stores, second_stores: Stores) -> None:
    servers = (stores, second_stores)
    agreed = await asyncio.gather(
        *(servers[number % 2].others.agree(f"run_{number}", NOW) for number in range(8))
    )
    latest = (await stores.others.ends(NOBODY, NONE)).run
    again = [await stores.others.agree(f"run_{number}", NOW) for number in range(8)]
    assert [f"run_{number}" for number in range(8) if again[number]] == [latest]
    assert agreed[int(str(latest).removeprefix("run_"))]


async def test_an_end_that_could_not_be_written_is_owed(stores: Stores, second_stores: Stores) -> None:
    await add_desk(stores)
    rung: list[None] = []
    registry = LoginRegistry(stores.logins, ended=lambda: rung.append(None))
    login, _ = await registry.start(AGENT.id, Door.AGENT, NOW)
    registry._owed[login.id] = NOW + 5
    assert (await second_stores.others.ends(frozenset({LoginId(login.id)}), NONE)).logins == NOBODY
    await registry.write_owed()
    assert (await second_stores.others.ends(frozenset({LoginId(login.id)}), NONE)).logins == {login.id}
    assert registry._owed == {}
    assert len(rung) == 1


async def test_what_another_server_ended_is_dead_here_without_a_request(stores: Stores) -> None:
    await add_desk(stores)
    registry = LoginRegistry(stores.logins)
    login, _ = await registry.start(AGENT.id, Door.AGENT, NOW)
    assert registry.all_live(NOW) == [login.id]
    registry.learn_ended([login.id, "log_of_nobody"], NOW + 1)
    assert not registry.live(login.id, NOW + 1)
    assert registry.all_live(NOW + 1) == []
