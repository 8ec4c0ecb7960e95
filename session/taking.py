"""Taking access away: the gate first and at once, then the row, then the log. Part of the conductor's shell.

Nothing here waits, not even for a giving of the same session that is under way: that giving then comes to nothing,
since it finds `Holding.changes` raised.
"""

from typing import Final

from session import recording, remarks
from session.effects import CloseMedia, Effect, GrantMedia, NotifyParties, RevokeMedia
from session.events import (
    ConnectionLost,
    ConsentDeclined,
    ConsentRefused,
    EndDemanded,
    ExchangeDropped,
    HandedOver,
    IntroductionRefused,
    MeetingCodeRefused,
    SessionEvent,
    StepUpAsked,
    TimePassed,
    VerificationLapsed,
    VerificationRefused,
)
from session.holding import Holding
from session.identity import SessionId
from session.leases import Leases
from session.model import Session
from session.ports import Clock, Notices
from session.register import Register
from session.transitions import IllegalEvent, step

# Some of these take nothing but a chance (a refused code): they must count even while nothing can be recorded.
_TAKING: Final = (
    ConnectionLost,
    VerificationRefused,
    VerificationLapsed,
    ConsentRefused,
    ConsentDeclined,
    StepUpAsked,
    TimePassed,
    EndDemanded,
    ExchangeDropped,
    HandedOver,
    IntroductionRefused,
    MeetingCodeRefused,
)


def takes_away(event: SessionEvent, effects: tuple[Effect, ...]) -> bool:
    return isinstance(event, _TAKING) or any(
        isinstance(effect, RevokeMedia | CloseMedia) for effect in effects
    )


class Taking:
    def __init__(self, register: Register, leases: Leases, notices: Notices, clock: Clock) -> None:
        self._register, self._leases, self._notices, self._clock = register, leases, notices, clock

    def at_once(self, holding: Holding, event: SessionEvent) -> bool:
        """Carry `event` out if it takes something away, and say whether it did. Raises IllegalEvent.

        An event that may become legal through a giving under way is left to queue behind it.
        """
        now = self._clock.now_ms()
        try:
            after, effects = step(holding.truth, event, now)
        except IllegalEvent:
            if holding.giving.locked():
                return False
            raise
        if not takes_away(event, effects):
            return False
        self.take(holding, event, (after, effects), now)
        return True

    def take(
        self, holding: Holding, event: SessionEvent, stepped: tuple[Session, tuple[Effect, ...]], now: int
    ) -> None:
        """Carry out a step that is known to take something away; its row and entries are left to be settled."""
        before, (after, effects) = holding.truth, stepped
        for effect in effects:
            self._darken(after.id, effect)
        if after is not before:
            holding.truth, holding.dirty = after, True
            holding.changes += 1
        holding.untold += recording.taken(before, event, after, now)
        if (remark := remarks.of_step(before, event, after, now)) is not None:
            holding.remark(remark)
        self._register.to_be_settled(holding)
        if NotifyParties() in effects:
            self._notices.session_changed(after)

    def _darken(self, session: SessionId, effect: Effect) -> None:
        match effect:
            case RevokeMedia(epoch):
                self._leases.revoke(session, epoch)
            case CloseMedia():
                self._leases.close(session)
            case GrantMedia() | NotifyParties():
                pass
