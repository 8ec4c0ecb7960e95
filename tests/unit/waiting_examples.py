"""Sessions that are at each point of a wait, and the event that each point waits for."""

from typing import Final

from session.events import HandedOver, HelpProlonged, MeetingCodeMatched, MeetingCodeRefused, SessionEvent
from session.identity import StaffId
from session.model import Session
from session.transitions import step
from tests.storage.session_examples import NOW, accepting, waiting

LATE: Final = waiting(now=NOW - 8 * 60_000)
ACCEPTED: Final = step(waiting(), accepting(), NOW)[0]

WAITING: Final[dict[str, tuple[SessionEvent, Session]]] = {
    "accepted": (accepting(), waiting()),
    "prolonged": (HelpProlonged(), LATE),
    "met": (MeetingCodeMatched(accepting().nonce), ACCEPTED),
    "handed over": (HandedOver(StaffId("sta_2"), "Sora Ito", ACCEPTED.agent), ACCEPTED),
    "mistyped": (MeetingCodeRefused(accepting().nonce), ACCEPTED),
}
