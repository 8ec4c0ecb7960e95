"""What stands outside a session: a case that cannot be looked at is not a case that was closed."""

import pytest

from session.identity import StaffId
from session.model import EndCause, State
from session.ports import Sight
from tests.protocol.conductor_rig import NAME, Rig, let_others_run


async def looks_again(rig: Rig) -> None:
    """The gate asks, the conductor sweeps, and two seconds pass for whoever was not answered."""
    rig.clock.move(2_000)
    rig.gate.offer_stamps()
    await let_others_run()
    rig.conductor.sweep()
    await rig.conductor.settle()


async def test_a_short_unreadable_spell_darkens_and_the_picture_comes_back() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        await looks_again(rig)
        assert rig.gate.forwarding(NAME)
        rig.circumstances.seen = Sight.DIM
        await looks_again(rig)
        assert not rig.gate.forwarding(NAME)
        assert (await rig.conductor.load(NAME)).state is State.SHARING
        rig.circumstances.seen = Sight.CLEAR
        await looks_again(rig)
        assert rig.gate.forwarding(NAME)


async def test_a_long_unreadable_spell_ends_a_share_and_blames_nobody() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        rig.circumstances.seen = Sight.LOST
        await looks_again(rig)
        assert (await rig.conductor.load(NAME)).end_cause is EndCause.CONNECTION_LOST


@pytest.mark.parametrize("sight", Sight)
async def test_what_is_known_ends_a_share_however_dim_the_rest(sight: Sight) -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        rig.circumstances.seen, rig.circumstances.logins_live = sight, False
        await looks_again(rig)
        ended = await rig.conductor.load(NAME)
        assert ended.state is State.ENDED
        assert sight is Sight.LOST or ended.end_cause is EndCause.AGENT_SIGNED_OUT


async def test_the_share_of_a_blocked_agent_ends_as_blocked() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        rig.circumstances.logins_live = False
        rig.circumstances.agents_blocked = {StaffId("sta_1")}
        await looks_again(rig)
        assert (await rig.conductor.load(NAME)).end_cause is EndCause.BLOCKED
