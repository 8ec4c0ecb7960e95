"""Handing a customer over: what goes first, what is kept, who may come next."""

from dataclasses import fields, replace

import pytest

from session import recording
from session.effects import CloseMedia, NotifyParties, RevokeMedia
from session.events import (
    BadgeIssued,
    Connected,
    ConnectionLost,
    HandedOver,
    MeetingCodeMatched,
    MeetingCodeRefused,
    StepUpAsked,
)
from session.gate_port import LEASE_TTL_MS
from session.handing import MOST_HANDED
from session.identity import StaffId
from session.model import (
    INVITATION_LIFE_MS,
    RESERVED_MS,
    EndCause,
    Introduction,
    Level,
    Party,
    Session,
    State,
)
from session.permission import permitted
from session.recording import taken
from session.taking import takes_away
from session.transitions import HANDED_ON, IllegalEvent, step
from session.waiting import open_to, unmet
from tests.storage.session_examples import NOW, accepting, full, sharing, verification, waiting
from tests.unit.introduction_examples import BADGE
from tests.unit.waiting_examples import ACCEPTED

TO_SORA = HandedOver(StaffId("sta_2"), "Sora Ito", StaffId("sta_1"))
TO_THE_LINE = HandedOver(StaffId(""), by=StaffId("sta_1"))
KEPT = {
    "id",
    "case",
    "customer",
    "purpose",
    "opened_at",
    "device",
    "dark_from",
    "media_fingerprint",
    "code_failures",
    "blocked",
    "customer_page",
    "epoch",
    "help",
    "handed",
    "version",
}


def test_everything_that_rested_on_the_agent_goes_with_them() -> None:
    before = replace(
        full(), state=State.SHARING, handed=None, present=frozenset(Party), ended_at=None, end_cause=None
    )
    after, effects = step(before, TO_SORA, NOW + 50)
    assert effects == (RevokeMedia(before.epoch), CloseMedia(), NotifyParties())
    assert takes_away(TO_SORA, effects)
    fresh = Session(
        id=after.id,
        case=after.case,
        customer=after.customer,
        agent=StaffId(""),
        agent_login=after.agent_login,
        purpose=after.purpose,
        opened_at=after.opened_at,
        invitation_expires_at=NOW + 50 + INVITATION_LIFE_MS,
        state=State.WAITING,
        state_since=NOW + 50,
        present=frozenset({Party.CUSTOMER}),
        ended_by=before.ended_by,
    )
    left = {f.name for f in fields(Session) if getattr(after, f.name) != getattr(fresh, f.name)}
    assert left <= KEPT, "what is not named here must be as in a session that nobody has accepted"
    assert after.agent_login == ""
    assert (after.code_failures, after.dark_from) == (3, NOW + 50 + LEASE_TTL_MS)
    assert after.help is not None
    assert (after.help.nonce, after.help.accepted_at, after.help.met) == ("", None, False)
    assert after.help.mistyped == 1, "wrong codes of one agent are no fresh tries for the next"
    assert not permitted(after, NOW + 51, log_healthy=True, case_live=True, login_live=True)


def test_a_colleague_begins_where_every_agent_begins() -> None:
    waits = step(sharing(), TO_SORA, NOW)[0]
    accepted = step(waits, accepting("sta_2", "log_2"), NOW + 1)[0]
    met = step(accepted, MeetingCodeMatched(accepting().nonce), NOW + 2)[0]
    assert (met.state, met.agent, met.agent_login) == (State.JOINED, "sta_2", "log_2")
    assert (met.introduction, met.verification, met.consent) == (Introduction.NONE, None, None)
    assert met.badge is not None


def test_for_three_minutes_it_is_the_colleagues_or_goes_back_to_whoever_handed_over() -> None:
    waits = step(sharing(), TO_SORA, NOW)[0]
    for agent, may in (("sta_2", True), ("sta_1", True), ("sta_3", False)):
        assert open_to(waits, StaffId(agent), NOW + RESERVED_MS - 1) is may
    with pytest.raises(IllegalEvent, match="somebody else"):
        step(waits, accepting("sta_3", "log_3"), NOW + RESERVED_MS - 1)
    assert step(waits, accepting("sta_3", "log_3"), NOW + RESERVED_MS)[0].agent == "sta_3"
    assert open_to(step(sharing(), TO_THE_LINE, NOW)[0], StaffId("sta_3"), NOW)


def test_it_happens_three_times_at_most_and_never_to_oneself_or_without_an_agent() -> None:
    session = sharing()
    with pytest.raises(IllegalEvent, match="agent already"):
        step(session, HandedOver(session.agent, by=session.agent), NOW)
    for turn in range(MOST_HANDED):
        session = step(session, HandedOver(StaffId(""), by=session.agent), NOW + turn)[0]
        with pytest.raises(IllegalEvent, match="Nobody has accepted"):
            step(session, TO_SORA, NOW + turn)
        session = step(session, accepting(f"sta_{turn + 5}"), NOW + turn)[0]
    with pytest.raises(IllegalEvent, match="often enough"):
        step(session, replace(TO_SORA, by=session.agent), NOW + 9)


def test_whether_they_had_met_is_remembered() -> None:
    assert not unmet(step(sharing(), TO_SORA, NOW)[0])
    back = step(ACCEPTED, TO_THE_LINE, NOW)[0]
    assert unmet(back)
    assert back.help is not None
    assert back.help.nonce == "", "a code that was read out to one agent is not the next one's"
    again = step(step(sharing(), TO_SORA, NOW)[0], accepting("sta_2"), NOW)[0]
    assert not unmet(step(again, replace(TO_THE_LINE, by=again.agent), NOW)[0])


@pytest.mark.parametrize("state", HANDED_ON)
def test_it_is_possible_from_wherever_there_is_an_agent(state: State) -> None:
    after = step(replace(sharing(), state=state, resume_to=State.READY), TO_SORA, NOW)[0]
    assert (after.state, after.agent, after.resume_to) == (State.WAITING, "", None)
    never = set(State) - set(HANDED_ON)
    assert never == {State.INVITED, State.ENDED}


@pytest.mark.parametrize("lost", list(Party))
def test_an_interrupted_session_can_be_handed_over_and_a_missing_customer_has_a_minute(lost: Party) -> None:
    held = step(sharing(), ConnectionLost(lost), NOW)[0]
    after, effects = step(held, TO_SORA, NOW + 5)
    assert CloseMedia() in effects
    assert after.customer_lost_at == (NOW + 5 if lost is Party.CUSTOMER else None)
    assert (after.agent_lost_at, after.interrupted_at, after.resume_to) == (None, None, None)


def test_who_was_the_agent_cannot_come_back_as_the_agent() -> None:
    waits = step(sharing(), TO_SORA, NOW)[0]
    for session in (waits, step(waits, accepting("sta_2"), NOW)[0]):
        with pytest.raises(IllegalEvent):
            step(session, Connected(Party.AGENT, agent="sta_1"), NOW)
        assert step(session, ConnectionLost(Party.AGENT), NOW)[0].present == session.present


def test_the_record_says_who_left_the_customer_to_whom_and_the_customer_gets_a_withdrawal() -> None:
    (told,) = taken(sharing(), TO_SORA, step(sharing(), TO_SORA, NOW)[0], NOW)
    assert (told.name.value, told.actor.id) == ("agent:session:handed_over", "sta_1")
    assert told.facts == {"to": "sta_2", "state_before": "sharing", "often": 1}
    assert told.personal["cus_1"]["receipt"] == "withdrawal"
    proved = replace(
        sharing(), state=State.CONSENTING, consent=None, verification=verification(level=Level.V2)
    )
    (alone,) = taken(proved, TO_SORA, step(proved, TO_SORA, NOW)[0], NOW)
    assert alone.personal == {}
    over = recording.end(
        replace(step(sharing(), TO_SORA, NOW)[0], end_cause=EndCause.INVITATION_EXPIRED), None, NOW
    )
    assert over.name.value == "system:session:ended"


def test_what_one_agent_began_does_nothing_in_the_session_of_the_next() -> None:
    """Each of these waits for something (a body, a delay, an issuer) between being looked at and being applied."""
    before = step(waiting(), accepting(nonce="one"), NOW)[0]
    theirs = step(step(before, TO_THE_LINE, NOW)[0], accepting("sta_2", "log_2", "two"), NOW)[0]
    for late in (
        MeetingCodeMatched("one"),
        MeetingCodeRefused("one"),
        HandedOver(StaffId("sta_3"), "Mika Abe", StaffId("sta_1")),
        BadgeIssued(BADGE, agent=StaffId("sta_1")),
    ):
        with pytest.raises(IllegalEvent, match=r"another agent's|accepted this customer before"):
            step(theirs, late, NOW)
    with pytest.raises(IllegalEvent, match="another agent's"):
        step(sharing(), StepUpAsked(Level.V2, by=StaffId("sta_2")), NOW)
