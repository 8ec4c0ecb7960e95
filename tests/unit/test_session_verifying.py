"""Proving more, proving alone, and how a proof dies."""

from dataclasses import replace

import pytest

from audit.event import EventName
from session import recording
from session.effects import CloseMedia, NotifyParties, RevokeMedia
from session.events import (
    Connected,
    ConnectionLost,
    ConsentGranted,
    EndDemanded,
    FingerprintSeen,
    SessionEvent,
    StepUpAsked,
    TimePassed,
    VerificationDeclined,
    VerificationRefused,
    VerificationSucceeded,
)
from session.fingerprint import named_in
from session.gate_port import LEASE_TTL_MS
from session.model import ACTION_LIFE_MS, EndCause, Level, Party, Purpose, Session, State, Verification
from session.transitions import IllegalEvent, step
from session.verifying import MOST_ASKED, awaits_proof
from tests.storage.session_examples import NOW, consent, sharing, verification

NONCE = "AAAAAAAAAAAAAAAAAAAAAA"
ACTION = "c" * 43
PROVED = VerificationSucceeded(verification(), NONCE)
LATER = NOW + LEASE_TTL_MS
VERIFYING = replace(
    sharing(), state=State.VERIFYING, verification=None, consent=None, surface_shown=None, epoch=0
)
ALONE = replace(VERIFYING, purpose=Purpose.VERIFY)


def after(session: Session, event: SessionEvent, now: int = NOW) -> Session:
    return step(session, event, now)[0]


def confirmed(*, action: str = ACTION, at: int = LATER) -> Verification:
    return replace(verification(at, level=Level.V3), until=at + ACTION_LIFE_MS, action=action)


def proved(at: int, level: Level = Level.V2) -> VerificationSucceeded:
    return VerificationSucceeded(verification(at, level=level), NONCE)


def test_a_step_up_darkens_the_picture_and_ends_the_agreement_before_a_field_appears() -> None:
    asked, effects = step(sharing(), StepUpAsked(Level.V2), NOW)
    assert effects == (RevokeMedia(1), CloseMedia(), NotifyParties())
    assert (asked.state, asked.consent, asked.surface_shown) == (State.VERIFYING, None, None)
    assert awaits_proof(asked)
    assert asked.dark_from == LATER


def test_no_proof_counts_before_the_last_lease_of_the_picture_is_over() -> None:
    asked = after(sharing(), StepUpAsked(Level.V2))
    with pytest.raises(IllegalEvent, match="still being closed"):
        step(asked, proved(NOW), LATER - 1)
    assert after(asked, proved(NOW), LATER).state is State.CONSENTING


@pytest.mark.parametrize("state", [State.CONSENTING, State.READY, State.SHARING, State.PAUSED])
def test_after_a_step_up_a_picture_comes_only_by_a_new_yes(state: State) -> None:
    before = replace(sharing(), state=state, consent=None if state is State.CONSENTING else consent())
    stepped = after(after(before, StepUpAsked(Level.V2)), proved(LATER), LATER)
    assert (stepped.state, stepped.consent, stepped.consent_nonce) == (State.CONSENTING, None, NONCE)
    assert stepped.verification is not None
    assert stepped.verification.level is Level.V2
    assert stepped.asked is None
    ready = after(stepped, ConsentGranted(replace(consent(LATER), level_needed=Level.V1), NONCE), LATER)
    assert ready.state is State.READY


def test_a_weaker_proof_does_not_answer_a_stronger_question() -> None:
    asked = after(VERIFYING, StepUpAsked(Level.V2))
    with pytest.raises(IllegalEvent, match="stronger"):
        step(asked, PROVED, NOW)


def test_who_declines_goes_on_with_what_was_proved_before_as_long_as_it_is_fresh() -> None:
    asked = after(sharing(), StepUpAsked(Level.V2))
    back = after(asked, VerificationDeclined(NONCE), LATER)
    assert (back.state, back.verification, back.asked) == (State.CONSENTING, verification(), None)
    stale = after(asked, VerificationDeclined(NONCE), verification().until)
    assert (stale.state, stale.asked, stale.talk_only) == (State.VERIFYING, None, True)


def test_who_cannot_prove_anything_may_talk_and_try_again() -> None:
    talking = after(VERIFYING, VerificationDeclined(NONCE))
    assert (talking.state, talking.talk_only, talking.verification) == (State.VERIFYING, True, None)
    again = after(talking, PROVED)
    assert (again.state, again.talk_only) == (State.CONSENTING, False)


def test_nobody_is_asked_without_end() -> None:
    session = VERIFYING
    for _ in range(MOST_ASKED):
        session = after(session, StepUpAsked(Level.V1))
    with pytest.raises(IllegalEvent, match="often enough"):
        step(session, StepUpAsked(Level.V1), NOW)


@pytest.mark.parametrize(
    ("level", "action"), [(Level.V0, ""), (Level.V3, ""), (Level.V2, ACTION), (Level.V0, ACTION)]
)
def test_an_action_is_asked_for_with_the_highest_level_and_only_with_it(level: Level, action: str) -> None:
    with pytest.raises(IllegalEvent, match="one action"):
        step(VERIFYING, StepUpAsked(level, action), NOW)


def test_a_confirmed_action_stands_beside_and_shows_nothing_more_than_before() -> None:
    asked = after(sharing(), StepUpAsked(Level.V3, ACTION))
    done = after(asked, VerificationSucceeded(confirmed(), NONCE), LATER)
    assert (done.state, done.verification, done.assertion) == (
        State.CONSENTING,
        verification(),
        confirmed(),
    )
    assert after(done, StepUpAsked(Level.V1), LATER).assertion is None


def test_a_confirmed_action_is_no_proof_where_there_was_none_before() -> None:
    asked = after(VERIFYING, StepUpAsked(Level.V3, ACTION))
    done = after(asked, VerificationSucceeded(confirmed(), NONCE), LATER)
    assert (done.state, done.verification) == (State.VERIFYING, None)


@pytest.mark.parametrize(
    "unfit",
    [
        confirmed(action="another"),
        replace(confirmed(), level=Level.V2),
        replace(confirmed(), until=LATER + ACTION_LIFE_MS + 1),
        replace(confirmed(), until=LATER),
        replace(confirmed(), agent="sta_2"),
        replace(confirmed(), login="log_2"),
        replace(confirmed(), customer="cus_2"),
        replace(confirmed(), case="cas_2"),
        replace(confirmed(), transcript="t"),
    ],
)
def test_only_a_fresh_proof_for_this_very_action_and_people_confirms_it(unfit: Verification) -> None:
    asked = after(sharing(), StepUpAsked(Level.V3, ACTION))
    with pytest.raises(IllegalEvent):
        step(asked, VerificationSucceeded(unfit, NONCE), LATER)


@pytest.mark.parametrize("state", [State.READY, State.SHARING, State.PAUSED])
def test_another_certificate_voids_the_proof_and_darkens_the_picture(state: State) -> None:
    known = after(replace(sharing(), state=state), FingerprintSeen("f1"))
    assert known.state is state
    assert step(known, FingerprintSeen("f1"), NOW) == (known, ())
    voided, effects = step(known, FingerprintSeen("f2"), NOW)
    assert (voided.state, voided.verification, voided.consent) == (State.VERIFYING, None, None)
    assert effects == (RevokeMedia(1), CloseMedia(), NotifyParties())
    entries = recording.taken(known, FingerprintSeen("f2"), voided, NOW)
    assert [entry.name for entry in entries] == [EventName.SYSTEM_VERIFICATION_VOIDED]


def test_another_certificate_while_somebody_is_away_voids_the_proof_for_the_return() -> None:
    known = after(sharing(), FingerprintSeen("f1"))
    lost = after(known, ConnectionLost(Party.AGENT))
    voided = after(lost, FingerprintSeen("f2"))
    assert (voided.state, voided.resume_to, voided.verification) == (
        State.INTERRUPTED,
        State.VERIFYING,
        None,
    )
    assert after(voided, Connected(Party.AGENT)).state is State.VERIFYING


def test_which_certificate_an_offer_names_is_read_whole_and_in_order() -> None:
    one = "v=0\r\na=fingerprint:sha-256 AB:CD\r\n"
    assert named_in("v=0\r\n") == ""
    assert named_in(one) == named_in(one.replace("sha-256", "SHA-256").replace("AB", "ab"))
    two = one + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=fingerprint:sha-256 EF:01\r\n"
    swapped = two.replace("AB:CD", "x").replace("EF:01", "AB:CD").replace("x", "EF:01")
    assert len({named_in(one), named_in(two), named_in(swapped)}) == 3


def test_a_session_for_a_verification_alone_ends_well_and_asks_for_no_consent() -> None:
    done = after(ALONE, PROVED)
    assert (done.state, done.consent_nonce) == (State.VERIFYING, None)
    assert not awaits_proof(done)
    with pytest.raises(IllegalEvent, match="Nothing is asked"):
        step(done, PROVED, NOW)
    for event, at in (
        (EndDemanded(EndCause.AGENT_LEFT), NOW),
        (EndDemanded(EndCause.CUSTOMER_STOPPED), NOW),
        (TimePassed(), verification().until),
    ):
        ended = after(done, event, at)
        assert (ended.state, ended.end_cause) == (State.ENDED, EndCause.VERIFIED)
    assert after(done, EndDemanded(EndCause.BLOCKED)).end_cause is EndCause.BLOCKED
    assert after(ALONE, EndDemanded(EndCause.AGENT_LEFT)).end_cause is EndCause.AGENT_LEFT


def test_a_customer_on_the_telephone_stays_verified_while_their_page_sleeps() -> None:
    done = after(ALONE, PROVED)
    gone = after(done, ConnectionLost(Party.CUSTOMER))
    assert (gone.state, gone.present) == (State.VERIFYING, frozenset({Party.AGENT}))
    assert after(ALONE, ConnectionLost(Party.CUSTOMER)).state is State.INTERRUPTED


def test_more_can_be_asked_for_in_a_session_for_a_verification_alone() -> None:
    done = after(ALONE, PROVED)
    asked = after(done, StepUpAsked(Level.V2))
    assert awaits_proof(asked)
    assert after(asked, proved(NOW)).verification == verification(level=Level.V2)
    assert not awaits_proof(after(asked, VerificationDeclined(NONCE)))


def test_five_wrong_codes_end_the_session_after_a_step_up_too() -> None:
    session = after(sharing(), StepUpAsked(Level.V1))
    for _ in range(5):
        session = after(session, VerificationRefused("totp"), LATER)
    assert (session.state, session.end_cause) == (State.ENDED, EndCause.VERIFICATION_FAILED)
