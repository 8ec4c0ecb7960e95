"""A proof dies with the case's transfer, the agent's sign-in and a block, whatever the session waits for."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from session.errors import NotRecorded
from session.events import ConsentGranted, StepUpAsked, VerificationDeclined, VerificationSucceeded
from session.gate_port import LEASE_TTL_MS
from session.model import EndCause, Level, Session, State
from session.ports import Sight
from session.transitions import IllegalEvent
from tests.protocol.conductor_rig import NAME, Rig
from tests.storage.session_examples import consent, verification

WAITING: list[Callable[[Rig], Awaitable[Session]]] = [
    lambda rig: rig.consenting(),
    lambda rig: rig.ready(),
]


@pytest.mark.parametrize("waiting", WAITING)
@pytest.mark.parametrize(
    ("gone", "cause"),
    [("cases_live", EndCause.BLOCKED), ("logins_live", EndCause.AGENT_SIGNED_OUT)],
)
async def test_a_session_with_a_proof_ends_when_those_it_was_made_for_are_gone(
    waiting: Callable[[Rig], Awaitable[Session]], gone: str, cause: EndCause
) -> None:
    rig = Rig()
    await waiting(rig)
    setattr(rig.circumstances, gone, False)
    rig.conductor.sweep()
    ended = await rig.conductor.load(NAME)
    assert (ended.state, ended.end_cause) == (State.ENDED, cause)


async def test_a_session_without_a_proof_waits_and_not_to_know_ends_none() -> None:
    rig = Rig()
    await rig.verifying()
    rig.circumstances.cases_live = False
    rig.conductor.sweep()
    assert (await rig.conductor.load(NAME)).state is State.VERIFYING
    other = Rig()
    await other.consenting()
    other.circumstances.seen = Sight.DIM
    other.conductor.sweep()
    assert (await other.conductor.load(NAME)).state is State.CONSENTING


async def test_a_step_up_waits_for_no_log_and_what_follows_it_does() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        assert rig.gate.forwarding(NAME)
        rig.log.fail_next = True  # nobody waits for the step-up's entry, but for that of the next question
        asked = await rig.conductor.apply(NAME, StepUpAsked(Level.V1))
        assert asked.state is State.VERIFYING
        assert not rig.gate.forwarding(NAME)
        rig.clock.utc += LEASE_TTL_MS
        with pytest.raises(NotRecorded):
            await rig.conductor.apply(NAME, VerificationDeclined())
        back = await rig.conductor.apply(NAME, VerificationDeclined())
        assert (back.state, back.consent) == (State.CONSENTING, None)
        granted = ConsentGranted(consent(rig.clock.utc), back.consent_nonce or "")
        assert (await rig.conductor.apply(NAME, granted)).state is State.READY


async def test_a_proof_of_another_sign_in_of_the_same_agent_is_none() -> None:
    rig = Rig()
    session = await rig.verifying()
    found = verification(rig.clock.utc, of=session)
    with pytest.raises(IllegalEvent, match="somebody else"):
        await rig.conductor.apply(NAME, VerificationSucceeded(replace(found, login="log_2")))
