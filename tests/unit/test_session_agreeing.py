"""Longer, or something else: what a customer may agree to while a picture may be flowing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import recording
from session.agreeing import latest_end, longer
from session.consent import NothingToPropose, propose
from session.effects import CloseMedia, NotifyParties, RevokeMedia
from session.events import (
    AgreementReopened,
    ConnectionLost,
    ConsentGranted,
    ExtensionOpened,
    FingerprintSeen,
    Paused,
    StepUpAsked,
)
from session.gate_port import LEASE_TTL_MS
from session.model import (
    CONSENT_LONGEST_MS,
    EXTENSION_PROMPT_MS,
    Level,
    Party,
    Scope,
    Session,
    State,
)
from session.permission import permitted
from session.policy import DURATIONS_MS
from session.taking import takes_away
from session.transitions import IllegalEvent, step
from tests.storage.session_examples import NOW, consent, sharing, verification

MINUTE = 60_000
NONCE = "AAAAAAAAAAAAAAAAAAAAAA"
OTHER = "BBBBBBBBBBBBBBBBBBBBBB"


def asked(at: int = NOW + 4 * MINUTE, session: Session | None = None) -> Session:
    """Sharing since NOW, agreed to for five minutes, and asked for more time at `at`."""
    return step(session or sharing(), ExtensionOpened(NONCE), at)[0]


def test_more_time_is_agreed_to_while_the_picture_goes_on() -> None:
    at = NOW + 4 * MINUTE
    after, effects = step(asked(), ConsentGranted(consent(at + 1, minutes=10), NONCE), at + 2)
    assert effects == (NotifyParties(),)
    assert (after.state, after.epoch, after.extension) == (State.SHARING, 1, None)
    assert after.consent == consent(at + 1, minutes=10)
    assert permitted(after, NOW + 13 * MINUTE, log_healthy=True, case_live=True, login_live=True)
    paused = step(asked(), Paused(), at)[0]
    still = step(paused, ConsentGranted(consent(at + 1, minutes=10), NONCE), at + 2)[0]
    assert still.state is State.PAUSED, "more time does not show anything again"


def test_opening_the_question_changes_nothing_else_and_the_newer_one_counts() -> None:
    first = asked()
    assert replace(first, extension=None) == sharing()
    second = step(first, ExtensionOpened(OTHER), NOW + 4 * MINUTE + 5)[0]
    with pytest.raises(IllegalEvent):
        step(second, ConsentGranted(consent(NOW + 4 * MINUTE, minutes=10), NONCE), NOW + 4 * MINUTE + 6)


@pytest.mark.parametrize(
    ("granted", "at"),
    [
        (consent(NOW + 4 * MINUTE, surface=Scope.WINDOW, minutes=10), NOW + 4 * MINUTE),
        (
            replace(consent(NOW + 4 * MINUTE, minutes=10), scopes=frozenset({Scope.TAB, Scope.POINTER})),
            NOW + 4 * MINUTE,
        ),
        (replace(consent(NOW + 4 * MINUTE, minutes=10), level_needed=Level.V0), NOW + 4 * MINUTE),
        (consent(NOW + 4 * MINUTE, minutes=1), NOW + 4 * MINUTE),  # no longer than before
        (consent(NOW + 4 * MINUTE, minutes=31), NOW + 4 * MINUTE),
        (consent(NOW + 4 * MINUTE, minutes=30), NOW + 4 * MINUTE),  # 34 in all
        (consent(NOW + 5 * MINUTE, minutes=10), NOW + 5 * MINUTE),  # what it goes on from is over
        (consent(NOW + 5 * MINUTE, minutes=10), NOW + 4 * MINUTE),  # from the future
    ],
)
def test_nothing_but_the_time_can_be_changed_and_not_without_measure(granted: object, at: int) -> None:
    before = asked()
    with pytest.raises(IllegalEvent):
        step(before, ConsentGranted(granted, NONCE), at)  # type: ignore[arg-type]  # each is a Consent


def test_a_question_that_stood_too_long_and_one_that_was_never_asked_are_no_questions() -> None:
    lasting = replace(sharing(), consent=consent(minutes=15))
    late = NOW + 4 * MINUTE + EXTENSION_PROMPT_MS
    with pytest.raises(IllegalEvent, match="too old"):
        step(asked(session=lasting), ConsentGranted(consent(late, minutes=15), NONCE), late)
    with pytest.raises(IllegalEvent, match="earlier"):
        step(lasting, ConsentGranted(consent(minutes=30), ""), NOW)


@given(st.lists(st.tuples(st.integers(0, 6 * MINUTE), st.sampled_from(DURATIONS_MS)), max_size=12))
def test_however_often_it_is_made_longer_one_proof_carries_no_more_than_half_an_hour(
    wishes: list[tuple[int, int]],
) -> None:
    session, now = sharing(), NOW
    for wait, duration in wishes:
        now += wait
        session = step(session, ExtensionOpened(NONCE), now)[0]
        offered = longer(session, DURATIONS_MS)
        granted = replace(consent(now), until=now + duration)
        if duration in offered and session.consent is not None and now < session.consent.until:
            session = step(session, ConsentGranted(granted, NONCE), now)[0]
            assert session.consent == granted
        assert session.consent is not None
        assert session.consent.until <= NOW + CONSENT_LONGEST_MS
        assert session.consent.until <= latest_end(session) == NOW + CONSENT_LONGEST_MS + EXTENSION_PROMPT_MS


def test_the_question_offers_exactly_what_is_agreed_to_and_only_times_that_are_longer() -> None:
    session = asked(
        session=replace(sharing(), consent=replace(consent(), scopes=frozenset({Scope.TAB, Scope.CHAT})))
    )
    proposal = propose(
        session,
        agent_number="A-1",
        agent_name="Aoi",
        organisation="Bank",
        wordings=(),
        extras=(Scope.CHAT, Scope.POINTER),
    )
    assert (proposal.nonce, proposal.surfaces, proposal.extras) == (NONCE, (Scope.TAB,), (Scope.CHAT,))
    assert proposal.durations_ms == (5 * MINUTE, 10 * MINUTE, 15 * MINUTE)
    with pytest.raises(NothingToPropose):
        propose(sharing(), agent_number="A-1", agent_name="Aoi", organisation="Bank", wordings=())


@pytest.mark.parametrize(
    "event",
    [
        ConnectionLost(Party.AGENT),
        ConnectionLost(Party.CUSTOMER),
        StepUpAsked(Level.V1),
        FingerprintSeen("f2"),
        AgreementReopened(OTHER),
    ],
)
def test_the_question_goes_with_what_it_goes_on_from(event: object) -> None:
    after = step(replace(asked(), media_fingerprint="f1"), event, NOW + 4 * MINUTE)[0]  # type: ignore[arg-type]
    assert after.extension is None


@pytest.mark.parametrize("state", [State.READY, State.SHARING, State.PAUSED])
def test_something_else_begins_with_the_dark_and_keeps_a_proof_that_still_counts(state: State) -> None:
    before = replace(sharing(), state=state)
    after, effects = step(before, AgreementReopened(NONCE), NOW + 1)
    assert effects == (RevokeMedia(1), CloseMedia(), NotifyParties())
    assert takes_away(AgreementReopened(NONCE), effects)
    assert (after.state, after.consent_nonce, after.consent) == (State.CONSENTING, NONCE, None)
    assert (after.verification, after.surface_shown, after.agreed_at) == (verification(), None, 0)


def test_a_proof_that_is_too_old_is_asked_for_again_and_only_once_no_lease_can_live() -> None:
    late = NOW + 10 * MINUTE
    before = replace(sharing(), consent=consent(minutes=30))
    after = step(before, AgreementReopened(NONCE), late)[0]
    assert (after.state, after.verification, after.consent_nonce) == (State.VERIFYING, None, None)
    assert after.dark_from == late + LEASE_TTL_MS


def test_the_record_says_what_a_consent_goes_on_from_and_what_was_agreed_anew() -> None:
    before, at = asked(), NOW + 4 * MINUTE
    granted = ConsentGranted(consent(at, minutes=10), NONCE)
    entry = recording.intent(before, granted, step(before, granted, at)[0], at)
    assert entry is not None
    assert len(str(entry.facts["extends_sha256"])) == 64
    reopened = AgreementReopened(NONCE)
    (told,) = recording.taken(before, reopened, step(before, reopened, at)[0], at)
    assert (told.name.value, told.facts["state_before"]) == ("customer:consent:reopened", "sharing")
    assert told.personal["cus_1"]["receipt"] == "withdrawal"
