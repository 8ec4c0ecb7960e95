"""What the customer may hold of an end: a withdrawal where something was agreed, nothing before a verification."""

import hashlib
from dataclasses import replace

import pytest

from audit.payload import encode_event
from audit.receipts.receipt import Kind
from audit.receipts.statement import EndStatement, kind_of, read_statement
from session import recording
from session.events import Connected, ConnectionLost, EndDemanded, SessionEvent, TimePassed
from session.identity import StaffId
from session.model import Badge, EndCause, Party, Session, State
from session.transitions import step
from tests.storage.session_examples import NOW, consent, fresh, sharing

BADGE = Badge("山田 花子", "A-104", "Sakura Exchange")
SHARING = replace(sharing(), badge=BADGE)
LARGEST_PAYLOAD = 512  # bytes: four blocks of padding


def held(before: Session, event: SessionEvent, now: int) -> EndStatement:
    """What the customer's section of the last entry says, read as the reader of a receipt reads it."""
    entry = recording.taken(before, event, step(before, event, now)[0], now)[-1]
    (facts,) = entry.personal.values()
    kind = kind_of(facts)
    assert kind is not None
    found = read_statement(facts, kind, None)
    assert isinstance(found, EndStatement)
    assert len(encode_event(entry).personal[0][1]) < LARGEST_PAYLOAD
    return found


@pytest.mark.parametrize(
    "cause",
    [EndCause.CUSTOMER_STOPPED, EndCause.BROWSER_STOPPED, EndCause.AGENT_LEFT, EndCause.OFFICER_ENDED],
)
def test_whoever_ends_a_share_that_was_agreed_ends_the_agreement(cause: EndCause) -> None:
    found = held(SHARING, EndDemanded(cause, StaffId("sta_9")), NOW + 60_000)
    digest = hashlib.sha256(consent().document.encode()).hexdigest()
    assert found == EndStatement(
        "ses_1", cause.value, NOW + 60_000, BADGE.name, BADGE.number, BADGE.organisation,
        digest, consent().granted_at, consent().until,
    )  # fmt: skip
    entry = recording.taken(SHARING, EndDemanded(cause), step(SHARING, EndDemanded(cause), NOW)[0], NOW)[-1]
    assert entry.personal["cus_1"]["receipt"] == Kind.WITHDRAWAL


def test_an_agreement_that_ran_out_was_not_withdrawn() -> None:
    over = consent().until
    entry = recording.taken(SHARING, TimePassed(), step(SHARING, TimePassed(), over)[0], over)[-1]
    assert entry.personal["cus_1"]["receipt"] == Kind.END
    assert held(SHARING, TimePassed(), over).until_ms == over


def test_a_verified_customer_who_agreed_to_nothing_holds_an_end_without_an_agreement() -> None:
    asked = replace(SHARING, state=State.CONSENTING, consent=None, consent_nonce="n")
    found = held(asked, EndDemanded(EndCause.AGENT_LEFT), NOW + 1)
    assert (found.consent_sha256, found.from_ms, found.until_ms) == (None, None, None)
    assert found.agent_number == "A-104"


def test_whoever_claimed_the_invitation_and_was_not_verified_gets_nothing_to_hold() -> None:
    joined = replace(fresh(), state=State.INTRODUCING, badge=BADGE)
    (entry,) = recording.taken(
        joined,
        EndDemanded(EndCause.AGENT_LEFT),
        step(joined, EndDemanded(EndCause.AGENT_LEFT), NOW)[0],
        NOW,
    )
    assert entry.personal == {}


def test_an_agreement_that_a_new_page_dropped_is_a_withdrawal_of_its_own() -> None:
    found = held(SHARING, Connected(Party.CUSTOMER, "page_2", "n"), NOW + 5)
    assert (found.cause, found.at_ms, found.until_ms) == ("asked_again", NOW + 5, consent().until)


def test_a_line_that_breaks_ends_nothing_and_is_not_told_to_be_held() -> None:
    (entry,) = recording.taken(
        SHARING,
        ConnectionLost(Party.AGENT),
        step(SHARING, ConnectionLost(Party.AGENT), NOW)[0],
        NOW,
    )
    assert entry.personal == {}


def test_a_session_from_before_badges_were_kept_ends_without_a_name() -> None:
    found = held(sharing(), EndDemanded(EndCause.AGENT_LEFT), NOW + 1)
    assert (found.agent_name, found.agent_number, found.organisation) == (None, None, None)
