"""When a server may rely on what it knows: each rule of `server.membership`, on a clock that the test moves."""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from server.membership import Membership
from server.storage.others import Ends
from session.errors import CutOff
from session.identity import LoginId, SessionId
from tests.manual_clock import ManualClock
from tests.memory_bus import MemoryBell, MemoryBus, MemoryPresence
from tests.protocol.company import MemoryOthers
from tests.storage.memory_session_store import MemorySessionStore

ONE, TWO = SessionId("ses_1"), SessionId("ses_2")
FRESH_MS = 1_750


@dataclass(slots=True)
class Holding:
    """Implements `server.membership.Held`."""

    mine: set[SessionId] = field(default_factory=set)
    learned: list[Ends] = field(default_factory=list)
    lost: list[SessionId] = field(default_factory=list)

    def logins(self) -> frozenset[LoginId]:
        return frozenset({LoginId("log_1")})

    def sessions(self) -> frozenset[SessionId]:
        return frozenset(self.mine)

    async def learn(self, ends: Ends) -> None:
        self.learned.append(ends)

    async def lose(self, sessions: Iterable[SessionId]) -> None:
        self.lost += sessions


class World:
    """One bus and one database, and as many servers as are asked for."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.bus = MemoryBus(self.clock.now_ms)
        self.others = MemoryOthers(MemorySessionStore())

    def server(self, name: str) -> tuple[Membership, MemoryPresence, Holding]:
        presence = MemoryPresence(self.bus, name)
        bell = MemoryBell(self.bus, name)
        seconds = lambda: self.clock.now_ms() / 1_000  # noqa: E731
        return Membership(presence, bell, self.others, self.clock, _dropped, seconds), presence, Holding()


def _dropped(work: Coroutine[Any, Any, None]) -> None:
    work.close()


async def rounds(membership: Membership, held: Holding, count: int = 2) -> None:
    for _ in range(count):
        await membership.round(held)


async def test_two_rounds_make_a_member_for_as_long_as_is_said() -> None:
    world = World()
    membership, _, held = world.server("srv_1")
    assert not membership.sure()
    await membership.round(held)
    assert not membership.sure()
    await membership.round(held)
    assert membership.fresh_for_ms == FRESH_MS
    world.clock.advance(FRESH_MS - 2)
    assert membership.sure()
    world.clock.advance(2)
    assert not membership.sure()
    assert not membership.given_up
    world.clock.advance(15_000)
    assert membership.given_up


@pytest.mark.parametrize("fault", ["bus", "store"])
async def test_whatever_does_not_answer_renews_nothing(fault: str) -> None:
    world = World()
    membership, _, held = world.server("srv_1")
    await rounds(membership, held)
    world.clock.advance(250)
    if fault == "bus":
        world.bus.down = True
    else:
        world.others.store.down = True
    await rounds(membership, held, 5)
    assert membership.fresh_for_ms == FRESH_MS - 250
    world.bus.down = world.others.store.down = False
    await membership.round(held)
    assert membership.fresh_for_ms == FRESH_MS


async def test_what_was_learned_is_carried_out_before_the_round_counts() -> None:
    world = World()
    membership, _, held = world.server("srv_1")
    await membership.round(held)
    world.others.signed_out.add(LoginId("log_1"))
    await membership.round(held)
    assert held.learned[-1].logins == {LoginId("log_1")}


async def test_nothing_is_claimed_by_a_server_that_is_not_sure() -> None:
    world = World()
    membership, _, held = world.server("srv_1")
    with pytest.raises(CutOff):
        await membership.claim(ONE)
    await rounds(membership, held)
    assert await membership.claim(ONE)
    world.bus.down = True
    with pytest.raises(CutOff):
        await membership.claim(TWO)


async def test_a_bus_that_forgot_all_is_told_again_before_anything_is_given() -> None:
    world = World()
    first, _, held = world.server("srv_1")
    other, presence, others_held = world.server("srv_2")
    await rounds(first, held)
    await rounds(other, others_held)
    assert await first.claim(ONE)
    held.mine = {ONE}
    world.bus.restart()
    await first.round(held)
    assert not first.sure()
    await first.round(held)
    assert first.sure()
    assert held.lost == []
    await rounds(other, others_held)
    assert not await presence.claim(ONE)


async def test_after_a_new_run_nobody_takes_what_another_may_still_claim() -> None:
    world = World()
    membership, _, held = world.server("srv_1")
    await rounds(membership, held)
    assert membership.sure()
    assert not membership.may_take_orphans()
    world.clock.advance(10_000)
    await membership.round(held)  # which finds a gap: presence had run out
    assert not membership.may_take_orphans()
    for _ in range(41):
        world.clock.advance(250)
        await membership.round(held)
    assert membership.may_take_orphans()


async def test_a_gap_loses_what_another_has_claimed_meanwhile() -> None:
    world = World()
    first, _, held = world.server("srv_1")
    _, presence, _ = world.server("srv_2")
    await rounds(first, held)
    assert await first.claim(ONE)
    assert await first.claim(TWO)
    held.mine = {ONE, TWO}
    world.bus.silent = {"srv_1"}
    world.clock.advance(10_000)
    await presence.beat()
    assert await presence.claim(ONE)
    world.bus.silent = set()
    await first.round(held)
    assert held.lost == [ONE]
    assert not first.sure()
    await first.round(held)
    assert first.sure()


async def test_whoever_still_asks_the_former_bus_is_no_member() -> None:
    """Also if nothing else is wrong with it, and however often it asks."""
    world = World()
    first, presence, held = world.server("srv_1")
    await rounds(first, held)
    former, promoted = world.bus, MemoryBus(world.clock.now_ms)
    promoted.run = 7
    world.bus = promoted
    second, _, others_held = world.server("srv_2")
    await rounds(second, others_held)
    assert second.sure()
    await first.round(held)
    assert not first.sure()
    await rounds(first, held, 5)
    assert not first.sure()
    assert second.sure()
    presence.bus = promoted
    await rounds(first, held)
    assert first.sure()
    presence.bus = former
    await rounds(first, held, 3)
    assert not first.sure()


async def test_whoever_leaves_gives_nothing_any_more() -> None:
    world = World()
    membership, _, held = world.server("srv_1")
    await rounds(membership, held)
    await membership.leave()
    assert not membership.sure()
    assert not world.bus.is_present("srv_1")
