"""What the log says of each step, who did it, and in whose section it stands."""

from dataclasses import replace

import pytest

from audit.entry import ID_SIZE
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.memory import MemoryLog
from session import recording
from session.events import (
    BadgeShown,
    Connected,
    ConnectionLost,
    ConsentDeclined,
    ConsentGranted,
    EndDemanded,
    InvitationClaimed,
    SessionEvent,
    ShareStarted,
    TimePassed,
    VerificationLapsed,
    VerificationRefused,
    VerificationSucceeded,
)
from session.identity import StaffId
from session.model import EndCause, Party, Session, State
from session.transitions import step
from tests.storage.session_examples import DEVICE, NOW, consent, fresh, sharing, verification

E = EventName
READY = replace(sharing(), state=State.READY, surface_shown=None, epoch=0)


def intended(before: Session, event: SessionEvent) -> Event:
    found = recording.intent(before, event, step(before, event, NOW)[0], NOW)
    assert found is not None
    return found


def taken(before: Session, event: SessionEvent, now: int = NOW) -> list[Event]:
    return list(recording.taken(before, event, step(before, event, now)[0], now))


def test_a_grant_stands_with_its_document_in_the_customers_own_section() -> None:
    asked = replace(sharing(), state=State.CONSENTING, consent=None, consent_nonce="n")
    entry = intended(asked, ConsentGranted(consent(), "n"))
    assert (entry.name, entry.outcome, entry.actor) == (
        E.CUSTOMER_CONSENT_GRANTED,
        Outcome.INTENT,
        Actor(ActorKind.CUSTOMER, "cus_1"),
    )
    assert (entry.case, entry.session, entry.customer) == ("cas_1", "ses_1", "cus_1")
    assert entry.personal == {
        "cus_1": {
            "document": consent().document,
            "signature": consent().signature,
            "device_key": DEVICE.public_key,
            "language": "ja",
            "granted_at_ms": consent().granted_at,
            "until_ms": consent().until,
        }
    }
    assert entry.facts["until_ms"] == consent().until
    assert not set(entry.facts) & {"document", "signature", "language"}


def test_an_outcome_names_its_intent_and_repeats_nothing_personal() -> None:
    entry = intended(fresh(), InvitationClaimed(DEVICE))
    assert entry.personal == {"cus_1": {"device_key": DEVICE.public_key}}
    closed = recording.outcome(entry, 17, Outcome.DONE, NOW + 3)
    assert (closed.name, closed.outcome, closed.intent, closed.at_ms) == (
        entry.name,
        Outcome.DONE,
        17,
        NOW + 3,
    )
    assert closed.personal == {}


@pytest.mark.parametrize(
    ("cause", "by", "name", "actor"),
    [
        (EndCause.CUSTOMER_STOPPED, None, E.CUSTOMER_SESSION_ENDED, "cus_1"),
        (EndCause.BROWSER_STOPPED, None, E.CUSTOMER_SESSION_ENDED, "cus_1"),
        (EndCause.AGENT_LEFT, None, E.AGENT_SESSION_ENDED, "sta_1"),
        (EndCause.AGENT_SIGNED_OUT, None, E.AGENT_SESSION_ENDED, "sta_1"),
        (EndCause.OFFICER_ENDED, "sta_9", E.OFFICER_SESSION_ENDED, "sta_9"),
        (EndCause.BLOCKED, "sta_9", E.OFFICER_SESSION_ENDED, "sta_9"),
        (EndCause.BLOCKED, None, E.SYSTEM_SESSION_ENDED, ""),
        (EndCause.GATE_FAILED, None, E.SYSTEM_SESSION_ENDED, ""),
        (EndCause.LOG_FAILED, None, E.SYSTEM_SESSION_ENDED, ""),
    ],
)
def test_an_end_is_told_by_who_ended_it(cause: EndCause, by: str | None, name: EventName, actor: str) -> None:
    (entry,) = taken(sharing(), EndDemanded(cause, StaffId(by) if by else None), NOW + 90_000)
    assert (entry.name, entry.outcome, entry.actor.id) == (name, Outcome.DONE, actor)
    assert entry.facts == {"cause": cause.value, "state_before": "sharing", "duration_ms": 90_000}


def test_a_no_is_told_and_then_the_end_that_it_is() -> None:
    asked = replace(sharing(), state=State.CONSENTING, consent=None, consent_nonce="n")
    assert [entry.name for entry in taken(asked, ConsentDeclined())] == [
        E.CUSTOMER_CONSENT_DECLINED,
        E.CUSTOMER_SESSION_ENDED,
    ]


def test_refused_codes_are_told_with_their_count_and_never_with_a_code() -> None:
    verifying = replace(sharing(), state=State.VERIFYING, verification=None, consent=None, code_failures=4)
    entries = taken(verifying, VerificationRefused("totp", replayed=True))
    assert [entry.name for entry in entries] == [E.CUSTOMER_CODE_REPLAYED, E.SYSTEM_SESSION_ENDED]
    assert entries[0].outcome is Outcome.REFUSED
    assert entries[0].facts == {"method": "totp", "counted": True, "failures": 5}


def test_losses_and_returns_are_told_where_there_was_something_agreed() -> None:
    lost = step(sharing(), ConnectionLost(Party.AGENT), NOW)[0]
    (entry,) = taken(sharing(), ConnectionLost(Party.AGENT))
    assert entry.name is E.SYSTEM_SHARE_INTERRUPTED
    assert entry.facts == {"party": "agent", "state_before": "sharing"}
    assert intended(lost, Connected(Party.AGENT)).name is E.SYSTEM_SHARE_RESTORED
    (dropped,) = taken(sharing(), Connected(Party.CUSTOMER, "page_2", "n"))
    assert dropped.facts["consent_dropped"] is True
    joined = replace(fresh(), state=State.JOINED, present=frozenset(Party))
    assert taken(joined, ConnectionLost(Party.AGENT)) == []


def test_a_verification_that_grew_too_old_is_told_and_a_look_at_the_clock_is_not() -> None:
    asked = replace(sharing(), state=State.CONSENTING, consent=None, consent_nonce="n")
    assert asked.verification is not None
    late = asked.verification.until
    for event in (VerificationLapsed(), TimePassed()):
        (entry,) = taken(asked, event, late)
        assert (entry.name, entry.outcome) == (E.SYSTEM_VERIFICATION_LAPSED, Outcome.DONE)
        assert entry.facts == {"method": asked.verification.method, "until_ms": late}
    assert taken(asked, TimePassed(), late - 1) == []


def test_what_gives_nothing_is_no_entry() -> None:
    joined = replace(fresh(), state=State.JOINED)
    assert recording.intent(joined, BadgeShown(), joined, NOW) is None
    assert recording.intent(joined, Connected(Party.AGENT), joined, NOW) is None
    assert taken(sharing(), TimePassed()) == []


def test_a_surface_that_no_browser_names_is_not_put_on_record() -> None:
    entry = recording.share_refused(READY, ShareStarted("my bank: 1234"), NOW)
    assert entry.facts == {"surface": "other", "agreed": "tab"}


async def test_the_log_takes_every_kind_of_entry() -> None:
    log = MemoryLog()
    verifying = replace(sharing(), state=State.VERIFYING, verification=None, consent=None)
    events = [
        recording.opening(fresh(), NOW),
        recording.opening_refused(fresh(), "case_not_live", NOW),
        intended(fresh(), InvitationClaimed(DEVICE)),
        intended(verifying, VerificationSucceeded(verification(), "n")),
        intended(READY, ShareStarted("tab")),
        *taken(sharing(), ConnectionLost(Party.AGENT)),
        recording.unknown_outcome(recording.opening(fresh(), NOW), 0, NOW),
    ]
    for event in events:
        assert len((await log.append(event)).entry_id) == ID_SIZE
    assert log.events == events
