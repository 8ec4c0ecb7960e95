"""Looks at what is noted of the collector that entries are sent to."""

from server.checklist.facts import ForwardingState
from server.log_keeping.forwarding_notes import read_forwarding
from server.places import Places
from server.settings import Settings


def look_at_forwarding(settings: Settings, places: Places) -> ForwardingState:
    if not settings.syslog.address:
        return ForwardingState.NONE
    notes = read_forwarding(places.forwarding_notes)
    if notes is None:
        return ForwardingState.UNREADABLE
    return ForwardingState.LATE if notes.late else ForwardingState.TAKEN
