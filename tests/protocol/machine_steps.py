"""What the conductor's state machine draws from, and what it may be answered."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings

from audit.event import Event, EventName, Outcome
from audit.ports import LogUnavailable
from session.errors import NotRecorded, OpeningRefused, SessionUnknown
from session.events import (
    BadgeAccepted,
    BadgeShown,
    ConsentDeclined,
    ConsentRefused,
    FingerprintSeen,
    HelpProlonged,
    MeetingCodeMatched,
    MeetingCodeRefused,
    Resumed,
    ShareStarted,
    StepUpAsked,
    TimePassed,
    VerificationDeclined,
    VerificationLapsed,
    VerificationRefused,
)
from session.gate_port import GateUnavailable
from session.identity import SessionId
from session.model import EndCause, Level, Party
from session.ports import StoreUnavailable
from session.transitions import IllegalEvent
from tests.storage.session_examples import DEVICE, accepting, device_of

NAMES = (SessionId("ses_a"), SessionId("ses_b"), SessionId("ses_c"), SessionId("ses_d"))
# Two sessions of one customer, and one of another customer whom the same browser claims to be; the last is unrelated.
CUSTOMERS = dict(zip(NAMES, ("cus_1", "cus_1", "cus_2", "cus_3"), strict=True))
DEVICES = dict(zip(NAMES, (device_of("ses_2"), DEVICE, DEVICE, device_of("ses_3")), strict=True))


@dataclass(slots=True)
class Told:
    """What the people of one session have said so far, kept apart from the code under test."""

    present: set[Party] = field(default_factory=set)
    page: str | None = None
    ended: bool = False
    withdrawn: bool = True  # since the last pause, loss or reload nobody asked for a picture again


SETTINGS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
CAUSES = sorted(set(EndCause) - {EndCause.SERVER_RESTARTED})  # which is for starts alone
REFUSALS = (
    IllegalEvent,
    NotRecorded,
    OpeningRefused,
    SessionUnknown,
    StoreUnavailable,
    GateUnavailable,
    LogUnavailable,
)
GRANTS = {
    EventName.CUSTOMER_SHARE_STARTED,
    EventName.CUSTOMER_SHARE_RESUMED,
    EventName.SYSTEM_SHARE_RESTORED,
}
GOING_ON = (ShareStarted("tab"), Resumed())
SMALL_STEPS = (
    BadgeShown(),
    BadgeAccepted(),
    *GOING_ON,
    ShareStarted("window"),
    ShareStarted("unknown"),
    VerificationRefused("totp"),
    VerificationRefused("totp", replayed=True),
    VerificationLapsed(),
    VerificationDeclined(),
    StepUpAsked(Level.V1),
    StepUpAsked(Level.V2),
    FingerprintSeen("f1"),
    FingerprintSeen("f2"),
    ConsentRefused("too_long"),
    ConsentDeclined(),
    HelpProlonged(),
    MeetingCodeMatched(accepting().nonce),
    MeetingCodeRefused(accepting().nonce),
    TimePassed(),
)


def intents(events: list[Event], name: EventName) -> list[Event]:
    return [event for event in events if event.name is name and event.outcome is Outcome.INTENT]


def done(events: list[Event], name: EventName) -> list[Event]:
    return [event for event in events if event.name is name and event.outcome is Outcome.DONE]


def agreed_since(events: list[Event]) -> int:
    """When the customer last agreed from the beginning, and not to more time."""
    granted = intents(events, EventName.CUSTOMER_CONSENT_GRANTED)
    return int([event for event in granted if "extends_sha256" not in event.facts][-1].facts["granted_at_ms"])


def failed_otherwise(task: asyncio.Task[object]) -> bool:
    if task.cancelled():
        return False
    error = task.exception()
    return error is not None and not isinstance(error, REFUSALS)


async def gathered(*tasks: asyncio.Task[None]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
