"""The port through which the law of a session moves the media server.

Terms. A *leg* is one browser's transport to the gate; a session has two. A *stamp* is a reading of the gate's own
monotonic clock, opaque to everybody else. An *epoch* counts the grants of one session: each grant has a new,
higher one, and a revocation is final for its epoch and every lower one.

The lease. The gate forwards a packet only while its clock reads less than `stamp + TTL`, where the stamp is the last
one that came back in a `renew`. It offers a stamp every 0.5 s (`Stamp` event) for every open session; whoever may
grant answers with `renew(session, epoch, stamp)` or stays silent. Silence, for whatever reason, stops media within TTL.
A renewal that comes late extends nothing, because the stamp in it is old. Whoever can vouch for less than TTL gives a
shorter life: then media stops with what the renewal rests on, not up to TTL later.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from session.identity import SessionId

LEASE_TTL_MS: Final = 2_000
STAMP_EVERY_MS: Final = 500
SDP_LIMIT_BYTES: Final = 32 * 1024


class Leg(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Opened:
    """What `open` answers: the SDP answer for the customer's browser, and the SDP offer for the agent's."""

    answer_to_customer: str
    offer_to_agent: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """`stamp` is to be handed back unread in `renew`. Sent at once when a session is opened, then every 0.5 s."""

    session: SessionId
    stamp: int


@dataclass(frozen=True, slots=True)
class LegConnected:
    """ICE is validated and DTLS is done on this leg. Sent again after a reconnection of the leg."""

    session: SessionId
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegLost:
    """The leg's DTLS was closed, or nothing valid has come from it for 3 s while a picture flows (15 s otherwise: an
    idle browser checks only every few seconds)."""

    session: SessionId
    leg: Leg


@dataclass(frozen=True, slots=True)
class PictureStarted:
    """The first packet of a key frame was forwarded under this epoch."""

    session: SessionId
    epoch: int


@dataclass(frozen=True, slots=True)
class GateLost:
    """The gate process ended or hung; every session in `sessions` has no media and never will again."""

    sessions: tuple[SessionId, ...]


GateEvent = Stamp | LegConnected | LegLost | PictureStarted | GateLost


class SdpRefused(Exception):
    """The SDP cannot be served. The message is a sentence for the person at that browser."""


class GateUnavailable(Exception):
    """There is no gate process to serve this now (starting, full, or gone)."""


class Gate(Protocol):
    """Forwards a customer's packets to the agent, undecoded, only under a live lease.

    `open` and `answer` may wait (at most 5 s, then `GateUnavailable`). `renew`, `revoke` and `close` never wait and
    never raise: they hand a message to the operating system and return; if that cannot be done the gate is lost and
    nothing is forwarded.
    """

    async def open(self, session: SessionId, customer_offer: str) -> Opened:
        """Make (or make anew, after a lost leg) both legs of a session. Nothing is forwarded until `renew`.

        Raises SdpRefused (too long, not parsable, no usable codec, no fingerprint) or GateUnavailable.
        """
        ...

    async def answer(self, session: SessionId, agent_answer: str) -> None:
        """Give the agent's SDP answer. Raises SdpRefused or GateUnavailable."""
        ...

    def renew(self, session: SessionId, epoch: int, stamp: int, life_ms: int = LEASE_TTL_MS) -> None:
        """Let media of `epoch` flow until `stamp` + `life_ms` (at most TTL), or as long as it may already.

        No effect if `epoch` or a higher one was revoked.
        """
        ...

    def revoke(self, session: SessionId, epoch: int) -> None:
        """Stop at once and send the curtain. Final for `epoch` and every lower one."""
        ...

    def close(self, session: SessionId) -> None:
        """Revoke all epochs, send the curtain, then forget the session and its legs."""
        ...

    def events(self) -> AsyncIterator[GateEvent]:
        """All events, in order, for one reader."""
        ...
