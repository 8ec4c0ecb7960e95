"""Media flows only if everything holds, and each thing that fails alone is enough to stop it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.memory import MemoryLog
from session.gate_port import Stamp
from session.identity import DeviceId
from session.leases import Leases
from session.media.fake import FakeGate
from session.model import Consent, Device, Introduction, Level, Party, Scope, Session, State, Verification
from session.permission import Obstacle, permitted, why_not
from tests.protocol.conductor_rig import NAME, MovedClock, SetCircumstances
from tests.storage.session_examples import DEVICE, NOW, consent, sharing, verification


def obstacles(session: Session, now: int = NOW) -> tuple[Obstacle, ...]:
    return why_not(session, now, log_healthy=True, case_live=True, login_live=True)


def test_a_share_in_order_is_permitted() -> None:
    assert obstacles(sharing()) == ()
    assert permitted(sharing(), NOW, log_healthy=True, case_live=True, login_live=True)


@pytest.mark.parametrize(
    ("broken", "obstacle"),
    [
        (replace(sharing(), present=frozenset({Party.AGENT})), Obstacle.SOMEBODY_ABSENT),
        (replace(sharing(), present=frozenset({Party.CUSTOMER})), Obstacle.SOMEBODY_ABSENT),
        (replace(sharing(), introduction=Introduction.NONE), Obstacle.NOT_INTRODUCED),
        (replace(sharing(), blocked=True), Obstacle.BLOCKED),
        (replace(sharing(), verification=None), Obstacle.NOT_VERIFIED),
        (replace(sharing(), device=None), Obstacle.OTHER_DEVICE),
        (replace(sharing(), device=Device(DeviceId("x"), "{}")), Obstacle.OTHER_DEVICE),
        (replace(sharing(), verification=verification(level=Level.V0)), Obstacle.LEVEL_TOO_LOW),
        (replace(sharing(), consent=None), Obstacle.NO_CONSENT),
        (replace(sharing(), consent=consent(NOW + 1)), Obstacle.CONSENT_NOT_OF_NOW),
        (replace(sharing(), consent=consent(NOW - 5 * 60_000)), Obstacle.CONSENT_NOT_OF_NOW),
        (replace(sharing(), consent=consent(minutes=31)), Obstacle.CONSENT_TOO_LONG),
        (replace(sharing(), agreed_at=NOW - 28 * 60_000), Obstacle.CONSENT_TOO_LONG),
        (replace(sharing(), surface_shown=None), Obstacle.SURFACE_UNFIT),
        (replace(sharing(), surface_shown="screen"), Obstacle.SURFACE_UNFIT),
        (replace(sharing(), surface_shown="unknown"), Obstacle.SURFACE_UNFIT),
        (replace(sharing(), consent=replace(consent(), scopes=frozenset())), Obstacle.SURFACE_UNFIT),
        (
            replace(sharing(), consent=replace(consent(), scopes=frozenset({Scope.TAB, Scope.SCREEN}))),
            Obstacle.SURFACE_UNFIT,
        ),
        (replace(sharing(), consent=replace(consent(), level_needed=Level.V0)), Obstacle.LEVEL_TOO_LOW),
        (replace(sharing(), epoch=0), Obstacle.NEVER_GRANTED),
    ],
)
def test_each_thing_that_fails_is_enough(broken: Session, obstacle: Obstacle) -> None:
    assert obstacles(broken) == (obstacle,)


@pytest.mark.parametrize("state", [state for state in State if state is not State.SHARING])
def test_no_other_state_permits_media(state: State) -> None:
    assert Obstacle.NOT_SHARING in obstacles(replace(sharing(), state=state))


def test_what_is_outside_must_hold_too_and_unknown_counts_as_no() -> None:
    names = ("log_healthy", "case_live", "login_live")
    for name in names:
        for value in (False, None, 0, ""):
            outside = dict.fromkeys(names, True) | {name: value}
            assert not permitted(sharing(), NOW, **outside)  # type: ignore[arg-type]  # what a careless caller may pass


def test_an_old_verification_does_not_stop_a_running_share() -> None:
    later = NOW + 20 * 60_000
    session = replace(sharing(), consent=consent(minutes=30))
    assert session.verification is not None
    assert session.verification.until < later
    assert obstacles(session, later) == ()


consents = st.builds(
    Consent,
    scopes=st.frozensets(st.sampled_from(Scope)),
    granted_at=st.integers(NOW - 3_000_000, NOW + 10),
    until=st.integers(NOW - 10, NOW + 3_000_000),
    wording_version=st.just(1),
    language=st.just("en"),
    document=st.just("{}"),
    signature=st.just(""),
    level_needed=st.sampled_from(Level),
)
verifications = st.builds(
    Verification,
    method=st.just("totp"),
    level=st.sampled_from(Level),
    at=st.just(NOW),
    until=st.just(NOW + 1),
    device=st.sampled_from([DEVICE.id, DeviceId("x")]),
)


@given(
    state=st.sampled_from(State),
    consent=st.none() | consents,
    verification=st.none() | verifications,
    shown=st.sampled_from([None, "tab", "window", "screen", "unknown", "else"]),
    present=st.frozensets(st.sampled_from(Party)),
    blocked=st.booleans(),
    epoch=st.integers(-1, 2),
    healthy=st.booleans(),
)
def test_every_session_has_an_answer_and_a_yes_means_that_all_holds(
    state: State,
    consent: Consent | None,
    verification: Verification | None,
    shown: str | None,
    present: frozenset[Party],
    blocked: bool,
    epoch: int,
    healthy: bool,
) -> None:
    session = replace(
        sharing(),
        state=state,
        consent=consent,
        agreed_at=consent.granted_at if consent else 0,
        verification=verification,
        surface_shown=shown,
        present=present,
        blocked=blocked,
        epoch=epoch,
    )
    if not permitted(session, NOW, log_healthy=healthy, case_live=True, login_live=True):
        return
    assert (state, present, blocked, healthy) == (State.SHARING, frozenset(Party), False, True)
    assert epoch > 0
    assert consent is not None
    assert verification is not None
    assert consent.granted_at <= NOW < consent.until <= consent.granted_at + 30 * 60_000
    assert shown == consent.surface or (shown == "unknown" and consent.surface is Scope.SCREEN)
    needed = Level.V2 if consent.surface is Scope.SCREEN else Level.V1
    assert verification.level.at_least(needed)


async def test_a_lease_is_never_renewed_for_an_epoch_that_was_revoked() -> None:
    clock = MovedClock()
    gate = FakeGate(clock.monotonic_ms)
    leases = Leases(gate, MemoryLog(), SetCircumstances())
    await gate.open(NAME, "v=0")
    leases.stamped(sharing(), Stamp(NAME, 0), NOW)
    assert gate.forwarding(NAME)
    leases.revoke(NAME, 1)
    leases.close(NAME)
    await gate.open(NAME, "v=0")  # the gate has forgotten what was revoked; the leases have not
    leases.stamped(sharing(), Stamp(NAME, 0), NOW)
    leases.granted(sharing(), NOW)
    assert not gate.forwarding(NAME)
    leases.granted(replace(sharing(), epoch=2), NOW)
    assert gate.forwarding(NAME)


async def test_a_stamp_for_nobody_is_not_answered() -> None:
    gate = FakeGate(MovedClock().monotonic_ms)
    leases = Leases(gate, MemoryLog(), SetCircumstances())
    leases.stamped(None, Stamp(NAME, 0), NOW)
    leases.granted(sharing(), NOW)
    assert gate.calls == []


@given(
    sessions=st.lists(
        st.builds(
            replace,
            st.just(sharing()),
            state=st.sampled_from([State.SHARING, State.SHARING, State.PAUSED]),
            consent=st.none() | st.just(consent()) | consents,
            blocked=st.booleans(),
            epoch=st.integers(0, 2),
        ),
        min_size=1,
        max_size=3,
    ),
    looks=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(-10, 6 * 60_000), st.booleans(), st.booleans(), st.booleans()
        ),
        max_size=20,
    ),
)
def test_what_leases_remember_of_a_session_never_makes_another_answer(
    sessions: list[Session], looks: list[tuple[int, int, bool, bool, bool]]
) -> None:
    circumstances, log = SetCircumstances(), MemoryLog()
    leases = Leases(FakeGate(MovedClock().monotonic_ms), log, circumstances)
    for which, after, case, login, healthy in looks:
        session = sessions[which % len(sessions)]
        circumstances.cases_live, circumstances.logins_live, log.fail_from_now = case, login, not healthy
        expected = why_not(session, NOW + after, log_healthy=log.healthy, case_live=case, login_live=login)
        assert leases.obstacles(session, NOW + after) == expected
        gone = {Obstacle.CASE_NOT_LIVE: case, Obstacle.LOGIN_NOT_LIVE: login}
        assert leases.between(session, NOW) == tuple(one for one, holds in gone.items() if not holds)
