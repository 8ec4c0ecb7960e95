"""What the conductor's state machine draws from, and what it may be answered."""

from audit.event import EventName
from audit.ports import LogUnavailable
from session.errors import NotRecorded, OpeningRefused, SessionUnknown
from session.events import (
    BadgeAccepted,
    BadgeShown,
    ConsentRefused,
    Resumed,
    ShareStarted,
    TimePassed,
    VerificationLapsed,
    VerificationRefused,
)
from session.gate_port import GateUnavailable
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
    ConsentRefused("too_long"),
    TimePassed(),
)
