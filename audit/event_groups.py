"""Events that belong together for the log or its readers. Pure."""

from typing import Final

from audit.event import EventName

# With these a session begins.
OPENINGS: Final = frozenset({EventName.AGENT_SESSION_OPENED, EventName.CUSTOMER_HELP_ASKED})

# What happens around the steps of a session. A log that has stopped has little room, and keeps it for acts.
REMARKS: Final = frozenset(
    {
        EventName.CUSTOMER_BADGE_SHOWN,
        EventName.CUSTOMER_PAGE_CONNECTED,
        EventName.CUSTOMER_PAGE_LOST,
        EventName.AGENT_PAGE_CONNECTED,
        EventName.AGENT_PAGE_LOST,
        EventName.SYSTEM_LEG_CONNECTED,
        EventName.SYSTEM_LEG_LOST,
        EventName.SYSTEM_PICTURE_STARTED,
        EventName.SYSTEM_LEASE_REFUSED,
        EventName.SYSTEM_LEASE_WITHHELD,
        EventName.SYSTEM_LEASE_RESTORED,
    }
)
