"""What the fan-out needs to make views: whether media may flow, the consent prompt, how to prove who one is, and
what the agent advises."""

from server.consents import Consents
from server.line_desk import LineDesk
from server.signalling.guidance_messages import GuideShown
from server.signalling.guides import Guides
from server.signalling.messages import WaitingShown
from server.signalling.views import Labels
from server.verifications import Verifications
from session.conductor import Conductor
from session.model import Session


class LiveEye:
    """Implements `signalling.fanout.Eye`."""

    def __init__(
        self,
        conductor: Conductor,
        consents: Consents,
        verifications: Verifications,
        line: LineDesk,
        guides: Guides,
    ) -> None:
        self._conductor, self._consents, self._verifications = conductor, consents, verifications
        self._line, self._guides = line, guides

    def media_may_flow(self, session: Session, now: int) -> bool:
        return self._conductor.media_may_flow(session, now)

    def proposal(self, session: Session, labels: Labels) -> bytes | None:
        return self._consents.as_json(session, labels)

    def methods(self, session: Session) -> tuple[str, ...]:
        return tuple(method.value for method in self._verifications.methods_now(session))

    def waiting(self, session: Session) -> WaitingShown | None:
        return self._line.shown(session)

    def guide(self, session: Session) -> GuideShown | None:
        return self._guides.shown(session)
