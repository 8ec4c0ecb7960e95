"""The order rule: what gives is recorded first, what takes is carried out first."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from audit.event import Event, EventName, Outcome
from audit.memory import MemoryLog
from audit.ports import Appended
from session.errors import NotRecorded, OpeningRefused, Overtaken, SessionUnknown
from session.events import (
    BadgeShown,
    Connected,
    ConnectionLost,
    ConsentGranted,
    ConsentRefused,
    EndDemanded,
    Paused,
    Resumed,
    ShareStarted,
    VerificationRefused,
)
from session.gate_port import GateUnavailable, Leg, LegLost, Opened
from session.identity import LoginId, SessionId, StaffId
from session.media.fake import FakeGate
from session.model import EndCause, Party, State
from session.ports import StoreUnavailable
from session.transitions import IllegalEvent, SurfaceRefused
from tests.protocol.conductor_rig import AGENT_HERE, NAME, Rig, let_others_run, soon
from tests.storage.session_examples import consent, fresh

E = EventName


class HeldLog(MemoryLog):
    """Appends wait until the test lets them go: a slow disk."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: list[asyncio.Event] = []
        self.hold = False

    async def append_all(self, events: Sequence[Event]) -> list[Appended]:
        if self.hold:
            gate = asyncio.Event()
            self.gates.append(gate)
            await gate.wait()
        return await super().append_all(events)

    def let_go(self) -> None:
        self.hold = False
        for gate in self.gates:
            gate.set()


async def test_every_step_of_a_share_is_an_intent_and_an_outcome_and_the_row_carries_the_intents_index() -> (
    None
):
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        await rig.apply(Paused(), Resumed(), EndDemanded(EndCause.CUSTOMER_STOPPED))
    intent, done = Outcome.INTENT, Outcome.DONE
    pairs = [
        E.AGENT_SESSION_OPENED,
        E.CUSTOMER_INVITATION_CLAIMED,
        E.CUSTOMER_BADGE_ACCEPTED,
        E.CUSTOMER_CODE_VERIFIED,
        E.CUSTOMER_CONSENT_GRANTED,
        E.CUSTOMER_SHARE_STARTED,
    ]
    expected = [entry for name in pairs for entry in ((name, intent), (name, done))]
    expected += [
        (E.CUSTOMER_SHARE_PAUSED, done),
        (E.CUSTOMER_SHARE_RESUMED, intent),
        (E.CUSTOMER_SHARE_RESUMED, done),
    ]
    expected += [(E.CUSTOMER_SESSION_ENDED, done)]
    remarks = {E.AGENT_PAGE_CONNECTED, E.CUSTOMER_PAGE_CONNECTED, E.CUSTOMER_BADGE_SHOWN}
    assert [entry for entry in rig.told() if entry[0] not in remarks] == expected
    assert {name for name, _ in rig.told()} >= remarks
    intents = {entry.index for entry in rig.log.entries if entry.event and entry.event.outcome is intent}
    assert {index for index in rig.store.log_indices if index is not None} == intents


async def test_media_flows_only_after_the_entry_and_the_row() -> None:
    log = HeldLog()
    rig = Rig(log=log)
    async with rig.running():
        await rig.ready()
        await let_others_run()
        log.hold = True
        start = soon(rig.conductor.apply(NAME, ShareStarted("tab")))
        await let_others_run()
        assert (await rig.conductor.load(NAME)).state is State.READY
        assert not rig.gate.forwarding(NAME)
        log.let_go()
        assert (await start).state is State.SHARING
        assert rig.gate.forwarding(NAME)


@pytest.mark.parametrize(
    "taking", [EndDemanded(EndCause.OFFICER_ENDED, StaffId("sta_9")), ConnectionLost(Party.CUSTOMER)]
)
async def test_a_withdrawal_does_not_wait_for_a_grant_and_the_grant_comes_to_nothing(
    taking: EndDemanded | ConnectionLost,
) -> None:
    log = HeldLog()
    rig = Rig(log=log)
    async with rig.running():
        await rig.ready()
        await let_others_run()
        log.hold = True
        start = soon(rig.conductor.apply(NAME, ShareStarted("tab")))
        await let_others_run()
        after = await rig.conductor.apply(NAME, taking)
        log.let_go()
        with pytest.raises(Overtaken):
            await start
        await rig.conductor.settle()
    assert after.state is not State.READY
    assert ("renew", NAME, 1) not in [call[:3] for call in rig.gate.calls]
    assert rig.store.rows[NAME].state is after.state
    assert (E.CUSTOMER_SHARE_STARTED, Outcome.FAILED) in rig.told()


async def test_a_pause_that_comes_before_the_start_is_recorded_follows_right_after_it() -> None:
    log = HeldLog()
    rig = Rig(log=log)
    async with rig.running():
        await rig.ready()
        await let_others_run()
        log.hold = True
        start = soon(rig.conductor.apply(NAME, ShareStarted("tab")))
        await let_others_run()
        pause = soon(rig.conductor.apply(NAME, Paused()))
        await let_others_run()
        log.let_go()
        await start
        assert (await pause).state is State.PAUSED
        assert not rig.gate.forwarding(NAME)


async def test_the_gate_is_dark_before_an_end_first_waits_even_if_the_store_is_down() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        assert rig.gate.forwarding(NAME)
        rig.store.down = True
        ending = rig.conductor.apply(NAME, EndDemanded(EndCause.CUSTOMER_STOPPED))
        with pytest.raises(StopIteration):
            ending.send(None)  # everything up to the first wait, and here all of it
        assert not rig.gate.forwarding(NAME)
        assert (await rig.conductor.load(NAME)).end_cause is EndCause.CUSTOMER_STOPPED
        assert rig.told()[-1] == (E.CUSTOMER_SESSION_ENDED, Outcome.DONE)
        rig.store.down = False
        await rig.conductor.settle()
    assert rig.store.rows[NAME].end_cause is EndCause.CUSTOMER_STOPPED
    assert rig.told().count((E.CUSTOMER_SESSION_ENDED, Outcome.DONE)) == 1


async def test_what_cannot_be_recorded_is_not_given() -> None:
    rig = Rig()
    asked = await rig.consenting()
    rig.log.fail_next = True
    with pytest.raises(NotRecorded):
        await rig.apply(ConsentGranted(consent(), asked.consent_nonce or ""))
    assert (await rig.conductor.load(NAME)) == asked == rig.store.rows[NAME]


@pytest.mark.parametrize("persisted", [False, True])
async def test_a_grant_whose_row_fails_is_undone_whether_or_not_it_was_persisted(persisted: bool) -> None:
    rig = Rig()
    asked = await rig.consenting()
    granted = ConsentGranted(consent(), asked.consent_nonce or "")
    rig.store.fail_but_persist, rig.store.fail_next = persisted, not persisted
    with pytest.raises(StoreUnavailable):
        await rig.apply(granted)
    assert rig.told()[-1] == (E.CUSTOMER_CONSENT_GRANTED, Outcome.FAILED)
    await rig.conductor.settle()
    assert rig.store.rows[NAME].state is State.CONSENTING
    assert (await rig.apply(granted)).state is State.READY


async def test_an_opening_whose_row_was_persisted_although_it_failed_is_found_and_ended() -> None:
    rig = Rig()
    rig.store.fail_but_persist = True
    with pytest.raises(StoreUnavailable):
        await rig.conductor.open(fresh())
    await rig.conductor.settle()
    assert rig.store.rows[NAME].end_cause is EndCause.LOG_FAILED
    opened = E.AGENT_SESSION_OPENED
    assert rig.told() == [
        (opened, Outcome.INTENT),
        (opened, Outcome.FAILED),
        (E.SYSTEM_SESSION_ENDED, Outcome.DONE),
    ]


async def test_an_opening_whose_row_is_not_there_leaves_nothing() -> None:
    rig = Rig()
    rig.store.fail_next = True
    with pytest.raises(StoreUnavailable):
        await rig.conductor.open(fresh())
    await rig.conductor.settle()
    with pytest.raises(SessionUnknown):
        await rig.conductor.load(NAME)
    assert rig.told()[-1] == (E.AGENT_SESSION_OPENED, Outcome.FAILED)


@pytest.mark.parametrize("missing", ["cases_live", "logins_live"])
async def test_nothing_opens_without_a_live_case_and_a_live_sign_in(missing: str) -> None:
    rig = Rig()
    setattr(rig.circumstances, missing, False)
    with pytest.raises(OpeningRefused):
        await rig.conductor.open(fresh())
    assert rig.told() == [(E.AGENT_SESSION_REFUSED, Outcome.REFUSED)]
    assert rig.store.rows == {}


async def test_refusals_are_recorded_and_change_nothing() -> None:
    rig = Rig()
    await rig.consenting()
    await rig.apply(ConsentRefused("signature_invalid"))
    assert rig.told()[-1] == (E.CUSTOMER_CONSENT_REFUSED, Outcome.REFUSED)
    rig = Rig()
    ready = await rig.ready()
    with pytest.raises(SurfaceRefused):
        await rig.apply(ShareStarted("screen"))
    await rig.conductor.settle()
    assert rig.told()[-1] == (E.CUSTOMER_SHARE_REFUSED, Outcome.REFUSED)
    assert rig.log.events[-1].facts == {"surface": "screen", "agreed": "tab"}
    assert await rig.conductor.load(NAME) == ready


async def test_wrong_codes_count_even_while_nothing_can_be_recorded() -> None:
    rig = Rig()
    await rig.verifying()
    rig.log.fail_from_now = True
    rig.store.down = True
    for _ in range(5):
        await rig.apply(VerificationRefused("totp"))
    assert (await rig.conductor.load(NAME)).end_cause is EndCause.VERIFICATION_FAILED
    rig.store.down = False
    await rig.conductor.settle()
    assert rig.store.rows[NAME].end_cause is EndCause.VERIFICATION_FAILED
    names = [event.name for event in rig.log.emergency]
    assert names == [E.CUSTOMER_CODE_REFUSED] * 5 + [E.SYSTEM_SESSION_ENDED]


async def test_a_presence_is_no_entry_and_needs_no_log() -> None:
    rig = Rig()
    await rig.conductor.open(fresh())
    rig.log.fail_from_now = True
    assert (await rig.apply(AGENT_HERE)).present == {Party.AGENT}
    with pytest.raises(IllegalEvent):
        await rig.apply(BadgeShown())


async def test_a_sign_out_ends_every_session_of_that_login_and_no_other() -> None:
    rig = Rig()
    for name, login in (("ses_1", "log_1"), ("ses_2", "log_1"), ("ses_3", "log_2")):
        await rig.conductor.open(fresh(name, login=login))
    await rig.conductor.end_all_of_login(LoginId("log_1"), EndCause.AGENT_SIGNED_OUT)
    assert [session.id for session in rig.conductor.live()] == ["ses_3"]
    assert rig.store.rows[SessionId("ses_2")].end_cause is EndCause.AGENT_SIGNED_OUT


async def test_a_block_ends_every_session_of_that_agent_in_the_officers_name() -> None:
    rig = Rig()
    for name, agent in (("ses_1", "sta_1"), ("ses_2", "sta_2")):
        await rig.conductor.open(fresh(name, agent=agent))
    await rig.conductor.end_all_of_agent(StaffId("sta_1"), EndCause.BLOCKED, StaffId("sta_9"))
    assert [session.id for session in rig.conductor.live()] == ["ses_2"]
    ended = rig.log.events[-1]
    assert (ended.name, ended.actor.id, ended.facts["cause"]) == (E.OFFICER_SESSION_ENDED, "sta_9", "blocked")


async def test_media_is_connected_only_where_there_is_an_agreement() -> None:
    rig = Rig()
    await rig.consenting()
    for attempt in (rig.conductor.open_media(NAME, "v=0"), rig.conductor.answer_media(NAME, "v=0")):
        with pytest.raises(IllegalEvent):
            await attempt
    rig = Rig()
    await rig.ready()
    await rig.conductor.answer_media(NAME, "v=0")
    rig.gate.available = False
    with pytest.raises(GateUnavailable):
        await rig.conductor.open_media(NAME, "v=0")


async def test_legs_are_made_while_an_agreed_session_is_interrupted_and_carry_nothing_until_everybody_is_back() -> (
    None
):
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        await rig.apply(ConnectionLost(Party.AGENT))
        await rig.conductor.open_media(NAME, "v=0 anew")
        await rig.conductor.answer_media(NAME, "v=0 anew")
        rig.gate.offer_stamps()
        await let_others_run()
        assert not rig.gate.forwarding(NAME)
        await rig.apply(Connected(Party.AGENT))
        assert rig.gate.forwarding(NAME)
    rig = Rig()
    await rig.consenting()
    await rig.apply(ConnectionLost(Party.AGENT))
    with pytest.raises(IllegalEvent):
        await rig.conductor.open_media(NAME, "v=0")


class SlowGate(FakeGate):
    """Something happens while it makes the legs."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def open(self, session: SessionId, customer_offer: str) -> Opened:
        if self.meanwhile is not None:
            await self.meanwhile()
        return await super().open(session, customer_offer)


async def test_a_session_that_ended_while_the_gate_worked_leaves_no_legs() -> None:
    rig = Rig(gate_type=SlowGate)
    await rig.ready()
    assert isinstance(rig.gate, SlowGate)
    rig.gate.meanwhile = lambda: rig.conductor.apply(NAME, EndDemanded(EndCause.AGENT_LEFT))
    with pytest.raises(IllegalEvent):
        await rig.conductor.open_media(NAME, "v=0")
    assert rig.gate.calls[-2:] == [("open", NAME, "v=0"), ("close", NAME)]


async def test_lost_legs_are_told_to_whoever_asked() -> None:
    rig = Rig()
    news: list[object] = []
    rig.conductor.observe_media(news.append)
    async with rig.running():
        rig.gate.emit(LegLost(NAME, Leg.AGENT))
        await let_others_run()
    assert news == [LegLost(NAME, Leg.AGENT)]


async def test_an_unknown_session_is_unknown() -> None:
    rig = Rig()
    with pytest.raises(SessionUnknown):
        await rig.apply(BadgeShown())
