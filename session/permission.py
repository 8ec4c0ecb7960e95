"""Whether media may flow now. Total: any session at any time has an answer, and the answer is no unless all holds.

1. The state is `sharing`, and both parties are here.
2. The agent was introduced as policy asked, and nobody is blocked.
3. The customer was verified on this very device, at the level that the consent needed. (How fresh that was is judged
   when consent is given; a running share is bounded by its consent.)
4. The consent is of now and at most 30 minutes long, and names one surface, the one that is shown. What it makes longer
   began no more than 30 minutes before its end, but for the time that the question may stand.
5. Media was granted at least once (`epoch` > 0).
6. Outside: the log is healthy, the case is live, the agent's sign-in is live. Unknown counts as no.
"""

from collections.abc import Iterator
from enum import StrEnum

from session.agreeing import latest_end
from session.model import CONSENT_LONGEST_MS, SURFACES, Introduction, Party, Session, State
from session.policy import LEVEL_FOR_SURFACE, surface_fits


class Obstacle(StrEnum):
    """Why media may not flow. For diagnostics and tests; pages show the state instead."""

    NOT_SHARING = "not_sharing"
    SOMEBODY_ABSENT = "somebody_absent"
    NOT_INTRODUCED = "not_introduced"
    BLOCKED = "blocked"
    NOT_VERIFIED = "not_verified"
    OTHER_DEVICE = "other_device"
    LEVEL_TOO_LOW = "level_too_low"
    NO_CONSENT = "no_consent"
    CONSENT_NOT_OF_NOW = "consent_not_of_now"
    CONSENT_TOO_LONG = "consent_too_long"
    SURFACE_UNFIT = "surface_unfit"
    NEVER_GRANTED = "never_granted"
    LOG_UNHEALTHY = "log_unhealthy"
    CASE_NOT_LIVE = "case_not_live"
    LOGIN_NOT_LIVE = "login_not_live"


def permitted(session: Session, now: int, *, log_healthy: bool, case_live: bool, login_live: bool) -> bool:
    """True only if no obstacle is found. `now` is UTC milliseconds."""
    return not why_not(session, now, log_healthy=log_healthy, case_live=case_live, login_live=login_live)


def of_now(session: Session, now: int) -> bool:
    """The one thing about a session itself that time alone can change: its consent has begun and is not over."""
    consent = session.consent
    return consent is not None and consent.granted_at <= now < consent.until


def why_not(
    session: Session, now: int, *, log_healthy: bool, case_live: bool, login_live: bool
) -> tuple[Obstacle, ...]:
    """Every obstacle, in the order of the rules."""
    outside = {
        Obstacle.LOG_UNHEALTHY: log_healthy,
        Obstacle.CASE_NOT_LIVE: case_live,
        Obstacle.LOGIN_NOT_LIVE: login_live,
    }
    return (
        *_of_the_session(session),
        *_of_the_verification(session),
        *_of_the_consent(session, now),
        *(obstacle for obstacle, holds in outside.items() if holds is not True),
    )


def _of_the_session(session: Session) -> Iterator[Obstacle]:
    if session.state is not State.SHARING:
        yield Obstacle.NOT_SHARING
    if session.present != frozenset(Party):
        yield Obstacle.SOMEBODY_ABSENT
    if session.introduction is Introduction.NONE or session.introduction_asked not in {
        Introduction.NONE,
        Introduction.BADGE,
        session.introduction,
    }:
        yield Obstacle.NOT_INTRODUCED
    if session.blocked:
        yield Obstacle.BLOCKED
    if session.epoch <= 0:
        yield Obstacle.NEVER_GRANTED


def _of_the_verification(session: Session) -> Iterator[Obstacle]:
    verification, consent = session.verification, session.consent
    if verification is None:
        yield Obstacle.NOT_VERIFIED
        return
    if session.device is None or verification.device != session.device.id:
        yield Obstacle.OTHER_DEVICE
    if consent is not None and not verification.level.at_least(consent.level_needed):
        yield Obstacle.LEVEL_TOO_LOW


def _of_the_consent(session: Session, now: int) -> Iterator[Obstacle]:
    consent = session.consent
    if consent is None:
        yield Obstacle.NO_CONSENT
        return
    if not of_now(session, now):
        yield Obstacle.CONSENT_NOT_OF_NOW
    if consent.until - consent.granted_at > CONSENT_LONGEST_MS or consent.until > latest_end(session):
        yield Obstacle.CONSENT_TOO_LONG
    if not surface_fits(session.surface_shown, consent):
        yield Obstacle.SURFACE_UNFIT
    elif len(consent.scopes & SURFACES) == 1 and not consent.level_needed.at_least(
        LEVEL_FOR_SURFACE[consent.surface]
    ):
        yield Obstacle.LEVEL_TOO_LOW
