"""The law, whole: every state meets every event, and each rule of the way."""

import typing
from dataclasses import replace

import pytest

from session import events
from session.deadlines import first_due
from session.effects import CloseMedia, GrantMedia, NotifyParties, RevokeMedia
from session.events import (
    AgreementReopened,
    BadgeAccepted,
    BadgeShown,
    Connected,
    ConnectionLost,
    ConsentDeclined,
    ConsentGranted,
    ConsentRefused,
    EndDemanded,
    ExtensionOpened,
    FingerprintSeen,
    InvitationClaimed,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
    StepUpAsked,
    TimePassed,
    VerificationDeclined,
    VerificationLapsed,
    VerificationRefused,
    VerificationSucceeded,
)
from session.identity import DeviceId, StaffId
from session.model import (
    Device,
    EndCause,
    Extension,
    Introduction,
    Level,
    Party,
    Scope,
    Session,
    State,
    Verification,
)
from session.policy import IDLE_LONGEST_MS
from session.transitions import TABLE, IllegalEvent, SurfaceRefused, step
from tests.storage.session_examples import DEVICE, NOW, consent, fresh, sharing, verification, waiting
from tests.unit.introduction_examples import INTRODUCING
from tests.unit.waiting_examples import WAITING

NONCE = "AAAAAAAAAAAAAAAAAAAAAA"
DARK = (RevokeMedia(1), CloseMedia())


def _asked_for_more(state: State) -> Extension | None:
    return Extension(NONCE, NOW) if state in {State.SHARING, State.PAUSED} else None


def in_state(state: State) -> Session:
    """A session that is plausibly in `state`, with everybody here."""
    session = replace(sharing(), state=state, extension=_asked_for_more(state))
    if state is State.INVITED:
        return replace(fresh(), state=state, present=frozenset({Party.AGENT}))
    if state is State.WAITING:
        return waiting()
    if state in {State.JOINED, State.INTRODUCING, State.VERIFYING}:
        return replace(session, verification=None, consent=None, surface_shown=None, epoch=0)
    if state is State.CONSENTING:
        return replace(session, consent=None, consent_nonce=NONCE, surface_shown=None)
    if state is State.INTERRUPTED:
        return replace(
            session,
            resume_to=State.SHARING,
            interrupted_at=NOW,
            agent_lost_at=NOW,
            present=frozenset({Party.CUSTOMER}),
        )
    return replace(session, end_cause=EndCause.AGENT_LEFT, ended_at=NOW) if state is State.ENDED else session


EXAMPLES: dict[type, SessionEvent] = {
    InvitationClaimed: InvitationClaimed(DEVICE),
    BadgeShown: BadgeShown(),
    BadgeAccepted: BadgeAccepted(),
    VerificationSucceeded: VerificationSucceeded(verification(), NONCE),
    VerificationRefused: VerificationRefused("totp"),
    VerificationDeclined: VerificationDeclined(NONCE),
    StepUpAsked: StepUpAsked(Level.V2),
    FingerprintSeen: FingerprintSeen("f1"),
    VerificationLapsed: VerificationLapsed(),
    ConsentGranted: ConsentGranted(consent(minutes=10), NONCE),
    ConsentRefused: ConsentRefused("not_canonical"),
    ConsentDeclined: ConsentDeclined(),
    ExtensionOpened: ExtensionOpened(NONCE),
    AgreementReopened: AgreementReopened(NONCE),
    ShareStarted: ShareStarted("tab"),
    Paused: Paused(),
    Resumed: Resumed(),
    Connected: Connected(Party.AGENT),
    ConnectionLost: ConnectionLost(Party.AGENT),
    TimePassed: TimePassed(),
    EndDemanded: EndDemanded(EndCause.CUSTOMER_STOPPED),
}


def test_every_event_there_is_has_an_example() -> None:
    elsewhere = {type(event) for event, _ in (*INTRODUCING.values(), *WAITING.values())}
    assert set(EXAMPLES) | elsewhere == set(typing.get_args(events.SessionEvent))


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("state", State)
def test_every_event_in_every_state_is_in_the_table_or_illegal(state: State, event: SessionEvent) -> None:
    before = in_state(state)
    if (state, type(event)) in TABLE:
        after, _ = step(before, event, NOW)
        assert after.state in TABLE[(state, type(event))].to
    else:
        with pytest.raises(IllegalEvent) as refusal:
            step(before, event, NOW)
        assert (refusal.value.state, refusal.value.event) == (state, event)
        assert str(refusal.value).endswith(".")
    assert before == in_state(state)


def test_nothing_is_legal_in_an_ended_session() -> None:
    assert not [event for state, event in TABLE if state is State.ENDED]


@pytest.mark.parametrize("cause", EndCause)
@pytest.mark.parametrize("state", [state for state in State if state is not State.ENDED])
def test_every_living_session_can_be_ended_and_goes_dark(state: State, cause: EndCause) -> None:
    before = in_state(state)
    after, effects = step(before, EndDemanded(cause, StaffId("sta_9")), NOW + 5)
    assert (after.state, after.end_cause, after.ended_at, after.ended_by) == (
        State.ENDED,
        cause,
        NOW + 5,
        "sta_9",
    )
    assert effects == (RevokeMedia(before.epoch), CloseMedia(), NotifyParties())
    assert after.blocked == (cause is EndCause.BLOCKED)


def test_only_two_kinds_of_event_can_bring_a_first_share_or_a_resumed_one() -> None:
    into_sharing = {
        (state, event)
        for (state, event), rule in TABLE.items()
        if State.SHARING in rule.to and state is not State.SHARING
    }
    assert into_sharing == {
        (State.READY, ShareStarted),
        (State.PAUSED, Resumed),
        (State.INTERRUPTED, Connected),
    }


def test_the_way_from_invitation_to_share() -> None:
    session = replace(fresh(), present=frozenset(Party))
    way: list[tuple[SessionEvent, State]] = [
        (InvitationClaimed(DEVICE), State.JOINED),
        (BadgeShown(), State.INTRODUCING),
        (BadgeAccepted(), State.VERIFYING),
        (VerificationSucceeded(verification(), NONCE), State.CONSENTING),
        (ConsentGranted(consent(), NONCE), State.READY),
        (ShareStarted("tab"), State.SHARING),
        (Paused(), State.PAUSED),
        (Resumed(), State.SHARING),
    ]
    effects: list[object] = []
    for event, state in way:
        session, done = step(session, event, NOW + 1)
        assert (session.state, session.state_since) == (state, NOW + 1)
        effects += done
    assert session.introduction is Introduction.BADGE
    assert [effect for effect in effects if effect != NotifyParties()] == [
        GrantMedia(1),
        RevokeMedia(1),
        GrantMedia(2),
    ]


def test_an_expired_invitation_cannot_be_claimed() -> None:
    with pytest.raises(IllegalEvent, match="expired"):
        step(fresh(), InvitationClaimed(DEVICE), fresh().invitation_expires_at)


@pytest.mark.parametrize(
    "unfit",
    [
        replace(verification(), device=DeviceId("another")),
        replace(verification(), until=NOW),
        replace(verification(), at=NOW + 1),
        replace(verification(), until=NOW + 10 * 60_000 + 1),
        replace(verification(), level=Level.V0),
    ],
)
def test_an_unfit_verification_is_refused(unfit: Verification) -> None:
    with pytest.raises(IllegalEvent):
        step(in_state(State.VERIFYING), VerificationSucceeded(unfit, NONCE), NOW)


def test_five_wrong_codes_end_the_session_and_a_retry_is_not_counted() -> None:
    session = in_state(State.VERIFYING)
    for failures in range(1, 5):
        session, _ = step(session, VerificationRefused("totp", counted=False), NOW)
        session, _ = step(session, VerificationRefused("totp"), NOW)
        assert (session.state, session.code_failures) == (State.VERIFYING, failures)
    session, effects = step(session, VerificationRefused("totp", replayed=True), NOW)
    assert (session.state, session.end_cause) == (State.ENDED, EndCause.VERIFICATION_FAILED)
    assert CloseMedia() in effects


@pytest.mark.parametrize(
    ("granted", "sentence"),
    [
        (ConsentGranted(consent(), "BAAAAAAAAAAAAAAAAAAAAA"), "earlier question"),
        (ConsentGranted(replace(consent(), until=NOW), NONCE), "not of now"),
        (ConsentGranted(replace(consent(), granted_at=NOW + 1), NONCE), "not of now"),
        (ConsentGranted(replace(consent(), until=NOW + 30 * 60_000 + 1), NONCE), "30 minutes"),
        (ConsentGranted(replace(consent(), scopes=frozenset({Scope.CHAT})), NONCE), "one surface"),
        (
            ConsentGranted(replace(consent(), scopes=frozenset({Scope.TAB, Scope.WINDOW})), NONCE),
            "one surface",
        ),
        (ConsentGranted(consent(surface=Scope.SCREEN), NONCE), "not verified well enough"),
        (
            ConsentGranted(replace(consent(surface=Scope.SCREEN), level_needed=Level.V1), NONCE),
            "less verification",
        ),
    ],
)
def test_an_unfit_consent_is_refused_with_the_reason(granted: ConsentGranted, sentence: str) -> None:
    with pytest.raises(IllegalEvent, match=sentence):
        step(in_state(State.CONSENTING), granted, NOW)


def test_consent_needs_a_fresh_verification_of_this_device() -> None:
    asked = in_state(State.CONSENTING)
    later = verification().until
    with pytest.raises(IllegalEvent, match="verify again"):
        step(asked, ConsentGranted(consent(later), NONCE), later)
    moved = replace(asked, device=Device(DeviceId("another"), "{}"))
    with pytest.raises(IllegalEvent, match="another device"):
        step(moved, EXAMPLES[ConsentGranted], NOW)


def test_the_whole_screen_can_be_shown_by_a_customer_verified_at_v2() -> None:
    asked = replace(in_state(State.CONSENTING), verification=verification(level=Level.V2))
    ready, _ = step(asked, ConsentGranted(consent(surface=Scope.SCREEN), NONCE), NOW)
    for surface in ("screen", "unknown"):
        assert step(ready, ShareStarted(surface), NOW)[0].state is State.SHARING


@pytest.mark.parametrize("surface", ["window", "screen", "unknown", "browser", "", "TAB", "pointer"])
def test_a_surface_that_was_not_agreed_is_refused_and_the_session_stays_ready(surface: str) -> None:
    ready = in_state(State.READY)
    with pytest.raises(SurfaceRefused, match="Nothing was shown"):
        step(ready, ShareStarted(surface), NOW)


@pytest.mark.parametrize(("state", "event"), [(State.READY, ShareStarted("tab")), (State.PAUSED, Resumed())])
def test_nothing_is_shown_while_somebody_is_missing_or_the_consent_is_over(
    state: State, event: SessionEvent
) -> None:
    with pytest.raises(IllegalEvent, match="connected"):
        step(replace(in_state(state), present=frozenset({Party.CUSTOMER})), event, NOW)
    with pytest.raises(IllegalEvent, match="expired"):
        step(in_state(state), event, consent().until)


def test_an_old_verification_lapses_while_the_customer_reads() -> None:
    asked = in_state(State.CONSENTING)
    for event, at in ((TimePassed(), verification().until), (VerificationLapsed(), NOW)):
        again, _ = step(asked, event, at)
        assert (again.state, again.verification, again.consent_nonce) == (State.VERIFYING, None, None)


def test_a_consent_refused_changes_nothing() -> None:
    assert step(in_state(State.CONSENTING), ConsentRefused("too_long"), NOW) == (
        in_state(State.CONSENTING),
        (),
    )


@pytest.mark.parametrize("state", [state for state in State if state is not State.ENDED])
def test_every_living_session_ends_by_time_alone(state: State) -> None:
    session = in_state(state)
    for _ in range(3):
        due = first_due(session)
        assert due is not None
        assert step(session, TimePassed(), due.at - 1) == (session, ())
        session, effects = step(session, TimePassed(), due.at)
        if session.state is State.ENDED:
            assert CloseMedia() in effects
            return
    pytest.fail(f"{state} goes on for ever")


@pytest.mark.parametrize(
    ("state", "after_ms", "cause"),
    [
        (State.INVITED, 10 * 60_000, EndCause.INVITATION_EXPIRED),
        (State.WAITING, 10 * 60_000, EndCause.INVITATION_EXPIRED),
        (State.JOINED, IDLE_LONGEST_MS, EndCause.CONNECTION_LOST),
        (State.VERIFYING, IDLE_LONGEST_MS, EndCause.CONNECTION_LOST),
        (State.READY, 5 * 60_000, EndCause.CONSENT_EXPIRED),
        (State.SHARING, 5 * 60_000, EndCause.CONSENT_EXPIRED),
        (State.PAUSED, 5 * 60_000, EndCause.CONSENT_EXPIRED),
        (State.INTERRUPTED, 60_000, EndCause.CONNECTION_LOST),
    ],
)
def test_time_ends_each_state_with_its_cause(state: State, after_ms: int, cause: EndCause) -> None:
    session = replace(in_state(state), state_since=NOW)
    assert step(session, TimePassed(), NOW + after_ms - 1)[0] == session
    assert step(session, TimePassed(), NOW + after_ms)[0].end_cause is cause


def test_a_lost_connection_interrupts_and_a_return_grants_anew() -> None:
    lost, effects = step(sharing(), ConnectionLost(Party.AGENT), NOW + 1)
    assert (lost.state, lost.resume_to, lost.interrupted_at) == (State.INTERRUPTED, State.SHARING, NOW + 1)
    assert effects == (RevokeMedia(1), NotifyParties())
    back, effects = step(lost, Connected(Party.AGENT), NOW + 2)
    assert (back.state, back.epoch, back.resume_to, back.interrupted_at) == (State.SHARING, 2, None, None)
    assert effects == (GrantMedia(2), NotifyParties())


def test_both_must_be_back_and_each_absence_counts_for_itself() -> None:
    lost = step(sharing(), ConnectionLost(Party.AGENT), NOW)[0]
    both = step(lost, ConnectionLost(Party.CUSTOMER), NOW + 55_000)[0]
    assert step(both, TimePassed(), NOW + 59_999)[0].state is State.INTERRUPTED
    half, effects = step(both, Connected(Party.AGENT), NOW + 59_999)
    assert (half.state, effects) == (State.INTERRUPTED, (NotifyParties(),))
    assert step(half, TimePassed(), NOW + 64_999)[0].state is State.INTERRUPTED
    assert step(half, TimePassed(), NOW + 65_000)[0].end_cause is EndCause.CONNECTION_LOST
    assert step(half, Connected(Party.CUSTOMER, "page_1"), NOW + 60_000)[0].state is State.SHARING


@pytest.mark.parametrize("state", [State.READY, State.SHARING, State.PAUSED])
def test_a_reloaded_page_is_asked_again_whether_or_not_its_loss_was_noticed(state: State) -> None:
    before = in_state(state)
    at_once, effects = step(before, Connected(Party.CUSTOMER, "page_2", NONCE), NOW)
    assert effects == (*DARK, NotifyParties())
    lost = step(before, ConnectionLost(Party.CUSTOMER), NOW)[0]
    later, effects = step(lost, Connected(Party.CUSTOMER, "page_2", NONCE), NOW)
    assert effects == (*DARK, NotifyParties())
    for session in (at_once, later):
        assert (session.state, session.consent, session.surface_shown) == (State.CONSENTING, None, None)
        assert (session.consent_nonce, session.customer_page) == (NONCE, "page_2")


def test_a_page_reloaded_while_the_agent_is_gone_is_asked_once_the_agent_is_back() -> None:
    gone = step(sharing(), ConnectionLost(Party.AGENT), NOW)[0]
    reloaded = step(gone, Connected(Party.CUSTOMER, "page_2", NONCE), NOW)[0]
    assert (reloaded.state, reloaded.resume_to, reloaded.consent) == (
        State.INTERRUPTED,
        State.CONSENTING,
        None,
    )
    back, effects = step(reloaded, Connected(Party.AGENT), NOW)
    assert (back.state, effects) == (State.CONSENTING, (NotifyParties(),))


def test_a_reload_before_any_consent_changes_only_the_page() -> None:
    verifying = in_state(State.VERIFYING)
    after, effects = step(verifying, Connected(Party.CUSTOMER, "page_2", NONCE), NOW)
    assert (after, effects) == (replace(verifying, customer_page="page_2"), (NotifyParties(),))


def test_who_was_not_here_cannot_go() -> None:
    alone = replace(in_state(State.JOINED), present=frozenset({Party.AGENT}))
    assert step(alone, ConnectionLost(Party.CUSTOMER), NOW) == (alone, ())
