"""A customer is in one session at a time: a code is never asked for beside a picture of the same person."""

import asyncio
from dataclasses import replace

import pytest

from audit.event import EventName, Outcome
from session.admission import SESSIONS_OF_ONE_AGENT
from session.errors import AlreadyInSession, TooCrowded
from session.events import EndDemanded, InvitationClaimed
from session.identity import CaseId, SessionId
from session.model import EndCause, Session, State
from tests.protocol.conductor_rig import NAME, Rig, soon
from tests.storage.session_examples import DEVICE, device_of, fresh

OTHER = SessionId("ses_2")
CUSTOMER = fresh().customer


async def invited(rig: Rig, name: SessionId, *, customer: str | None = None, agent: str = "sta_1") -> None:
    await rig.conductor.open(fresh(name, customer=customer, agent=agent, now=rig.clock.utc))


async def test_a_customer_who_shares_cannot_enter_a_second_session() -> None:
    rig = Rig()
    async with rig.running():
        await invited(rig, OTHER, customer=CUSTOMER, agent="sta_2")
        await rig.sharing()
        rig.gate.offer_stamps()
        with pytest.raises(AlreadyInSession):
            await rig.apply(InvitationClaimed(device_of(OTHER)), name=OTHER)
        assert (await rig.conductor.load(OTHER)).state is State.INVITED
        assert rig.gate.forwarding(NAME)
        await rig.apply(EndDemanded(EndCause.CUSTOMER_STOPPED))
        assert (await rig.apply(InvitationClaimed(DEVICE), name=OTHER)).state is State.JOINED


async def test_a_browser_that_shares_cannot_enter_another_customers_session() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        await invited(rig, OTHER, agent="sta_2")
        with pytest.raises(AlreadyInSession):
            await rig.apply(InvitationClaimed(DEVICE), name=OTHER)


async def test_of_two_claims_at_once_by_one_customer_one_counts() -> None:
    rig = Rig()
    await invited(rig, NAME)
    await invited(rig, OTHER, customer=CUSTOMER)
    claims = [soon(rig.conductor.apply(name, InvitationClaimed(DEVICE))) for name in (NAME, OTHER)]
    settled = [await claim for claim in claims if await _succeeds(claim)]
    await rig.conductor.settle()
    assert len(settled) == 1
    assert sorted(row.state for row in rig.store.rows.values()) == [State.INVITED, State.JOINED]
    claimed = EventName.CUSTOMER_INVITATION_CLAIMED
    outcomes = {entry for name in (NAME, OTHER) for entry in rig.told(name) if entry[0] is claimed}
    assert outcomes == {(claimed, Outcome.INTENT), (claimed, Outcome.DONE), (claimed, Outcome.FAILED)}


async def test_nothing_is_opened_for_a_customer_who_is_in_a_session() -> None:
    rig = Rig()
    await rig.verifying()
    with pytest.raises(TooCrowded):
        await invited(rig, OTHER, customer=CUSTOMER)
    assert rig.told(OTHER) == [(EventName.AGENT_SESSION_REFUSED, Outcome.REFUSED)]
    assert OTHER not in rig.store.rows


async def test_a_new_invitation_of_a_case_takes_the_place_of_the_unclaimed_one() -> None:
    rig = Rig()
    await invited(rig, NAME)
    again = fresh("ses_again", customer=CUSTOMER)
    case = fresh().case
    await rig.conductor.open(_in_case(again, case))
    assert (await rig.conductor.load(NAME)).end_cause is EndCause.AGENT_LEFT
    assert [session.id for session in rig.conductor.live()] == [again.id]


async def test_another_agents_session_of_a_case_is_left_alone() -> None:
    rig = Rig()
    await invited(rig, NAME)
    with pytest.raises(TooCrowded):
        await rig.conductor.open(_in_case(fresh("ses_again", agent="sta_2"), fresh().case))
    assert [session.id for session in rig.conductor.live()] == [NAME]


async def test_an_agent_has_so_many_unfinished_sessions_and_no_more() -> None:
    rig = Rig()
    for number in range(SESSIONS_OF_ONE_AGENT):
        await invited(rig, SessionId(f"ses_{number}"))
    with pytest.raises(TooCrowded):
        await invited(rig, SessionId("ses_more"))
    await rig.apply(EndDemanded(EndCause.AGENT_LEFT), name=SessionId("ses_0"))
    await invited(rig, SessionId("ses_more"))


async def test_openings_sent_at_once_do_not_outrun_the_rule() -> None:
    rig = Rig()
    openings = [
        soon(rig.conductor.open(_in_case(fresh(f"ses_{number}", agent=f"sta_{number}"), fresh().case)))
        for number in range(5)
    ]
    assert [await _succeeds(opening) for opening in openings].count(True) == 1
    assert len(rig.conductor.live()) == 1


def _in_case(session: Session, case: CaseId) -> Session:
    return replace(session, case=case)


async def _succeeds(work: asyncio.Task[Session]) -> bool:
    try:
        await work
    except (AlreadyInSession, TooCrowded):
        return False
    return True
