"""What the conductor's state machine draws from, and what it may be answered."""

import asyncio

from audit.event import Event, EventName, Outcome
from audit.ports import LogUnavailable
from session.errors import NotRecorded, OpeningRefused, SessionUnknown
from session.events import (
    BadgeAccepted,
    BadgeShown,
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
from session.model import Level
from session.ports import StoreUnavailable
from session.transitions import IllegalEvent

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
    HelpProlonged(),
    MeetingCodeMatched(),
    MeetingCodeRefused(),
    TimePassed(),
)


def intents(events: list[Event], name: EventName) -> list[Event]:
    return [event for event in events if event.name is name and event.outcome is Outcome.INTENT]


def done(events: list[Event], name: EventName) -> list[Event]:
    return [event for event in events if event.name is name and event.outcome is Outcome.DONE]


def failed_otherwise(task: asyncio.Task[object]) -> bool:
    if task.cancelled():
        return False
    error = task.exception()
    return error is not None and not isinstance(error, REFUSALS)
