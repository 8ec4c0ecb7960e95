"""What the two pages of a session say to agree on keys for the picture: judged, put on record, and passed on.

The keys themselves are never here: what passes is public, and signed by the pages' device keys. That the server judges
it too spares people a session which could only fail; the pages do not rely on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Self

from audit.event import EventName, Fact, Outcome
from server.signalling.fanout import Fanout
from server.signalling.media_messages import MediaIncoming, MediaOfferOut
from server.signalling.messages import MessageRefused, type_of
from server.signalling.seats import Seat
from session.conductor import Conductor
from session.device_key import parse
from session.identity import SessionId
from session.intents import Intents
from session.model import Introduction, Session, State
from session.ports import Clock, HeardLog
from session.recording import entry
from verification.key_share import (
    Ground,
    KeyShare,
    KeyShareInvalid,
    fingerprint,
    must_be_agents,
    must_be_customers,
)

AGREEMENTS_ALLOWED: Final = 200  # of one session; each is an entry of the log
_OVER: Final = frozenset({State.ENDED, State.WAITING})


class KeyShares:
    """`required`: a picture goes encrypted from page to page, or not at all. The methods raise MessageRefused."""

    def __init__(self, conductor: Conductor, log: HeardLog, clock: Clock, *, required: bool) -> None:
        self.required = required
        self._conductor, self._clock = conductor, clock
        self._intents = Intents(log, clock)
        self._agreed: dict[SessionId, int] = {}

    @classmethod
    def forgetting(
        cls, fanout: Fanout, conductor: Conductor, log: HeardLog, clock: Clock, *, required: bool
    ) -> Self:
        """One that hears from `fanout` when a session has ended, or its agent has left it to others."""
        made = cls(conductor, log, clock, required=required)
        fanout.observe(lambda session: made.forget(session.id) if session.state in _OVER else None)
        return made

    async def offered(self, seat: Seat, message: MediaIncoming) -> str:
        """The customer's share for a new connection. Returns the public key of the customer's device."""
        session = await self._conductor.load(seat.session)
        if session.consent is None or session.device is None:
            return ""  # there is no agreement, so that the conductor refuses the offer
        self._must_be_few(session.id, message)
        share = self._sent(message)
        if share is not None:
            with _refusing(message):
                ground = _ground(session, seat)
                must_be_customers(share, ground, parse(ground.customer_device))
        return session.device.public_key

    async def answered(self, seat: Seat, offer: MediaOfferOut, message: MediaIncoming) -> dict[str, Fact]:
        """The agent's share fits the customer's of this `offer`. Returns what is to be put on record of the two."""
        session = await self._conductor.load(seat.session)
        self._must_be_few(session.id, message)
        customers = offer.key_share
        share = self._sent(message)
        if share is None:
            return {"encryption": "to_the_gate"}
        with _refusing(message):
            if customers is None:
                raise KeyShareInvalid("The customer's page has no key for the picture now.")
            ground = _ground(session, seat)
            must_be_agents(share, ground, customers.key, parse(ground.agent_device))
        return {
            "encryption": "end_to_end",
            "compared": session.introduction is Introduction.WORDS,
            "keys": fingerprint(ground, customers.key, share.key),
        }

    async def agreed(self, seat: Seat, facts: dict[str, Fact]) -> None:
        """Durable, before the customer's page has what it needs to send a picture. Raises NotRecorded."""
        session = await self._conductor.load(seat.session)
        if session.state not in _OVER:
            self._agreed[session.id] = self._agreed.get(session.id, 0) + 1
        now = self._clock.now_ms()
        intended = entry(session, EventName.SYSTEM_KEYS_AGREED, Outcome.INTENT, now, facts)
        self._intents.done(intended, await self._intents.append(intended))

    def forget(self, session: SessionId) -> None:
        self._agreed.pop(session, None)

    def _must_be_few(self, session: SessionId, message: MediaIncoming) -> None:
        if self._agreed.get(session, 0) >= AGREEMENTS_ALLOWED:
            raise MessageRefused(
                "not_now", "This session has made too many connections. Begin a new one.", type_of(message)
            )

    def _sent(self, message: MediaIncoming) -> KeyShare | None:
        if message.key_share is not None:
            return KeyShare(message.key_share.key, message.key_share.signature)
        if self.required:
            raise MessageRefused(
                "encryption_required",
                "Pictures go here only encrypted from browser to browser, and this browser did not offer that. "
                "Use a current Chrome, Edge or Firefox.",
                type_of(message),
            )
        return None


@contextmanager
def _refusing(message: MediaIncoming) -> Iterator[None]:
    try:
        yield
    except KeyShareInvalid as error:
        raise MessageRefused("key_share_refused", str(error), type_of(message)) from error


def _ground(session: Session, seat: Seat) -> Ground:
    if session.signed_badge is None or session.device is None:
        raise KeyShareInvalid("This session has no badge and no device to sign keys for.")
    return Ground(
        session=session.id,
        case=seat.labels.case_reference,
        transcript=session.transcript,
        badge=session.signed_badge.document,
        agent_device=session.signed_badge.device_key,
        customer_device=session.device.public_key,
    )
