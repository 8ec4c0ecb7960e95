"""What the fan-out needs to make views: whether media may flow, and the consent prompt."""

from server.consents import Consents
from server.signalling.views import Labels
from session.conductor import Conductor
from session.model import Session


class LiveEye:
    """Implements `signalling.fanout.Eye`."""

    def __init__(self, conductor: Conductor, consents: Consents) -> None:
        self._conductor, self._consents = conductor, consents

    def media_may_flow(self, session: Session, now: int) -> bool:
        return self._conductor.media_may_flow(session, now)

    def proposal(self, session: Session, labels: Labels) -> bytes | None:
        return self._consents.as_json(session, labels)
