"""What supervisor and gate process say to each other: 4 bytes of length, then one msgpack message.

The socket is a pair that only these two hold. A message that does not parse ends the process that received it.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from session import gate_port as port
from session.identity import SessionId
from session.media.metrics import GateMetrics

FRAME_LIMIT_BYTES: Final = 512 * 1024


class Open(msgspec.Struct, tag=True, frozen=True):
    request: int
    session: SessionId
    offer: str


class Answer(msgspec.Struct, tag=True, frozen=True):
    request: int
    session: SessionId
    answer: str


class Renew(msgspec.Struct, frozen=True, array_like=True):
    session: SessionId
    epoch: int
    stamp: int
    life_ms: int


class Renewals(msgspec.Struct, tag=True, frozen=True):
    """Those of one turn of the supervisor's loop: a message each would be too many for hundreds of sessions."""

    renewals: list[Renew]


class Revoke(msgspec.Struct, tag=True, frozen=True):
    session: SessionId
    epoch: int


class Close(msgspec.Struct, tag=True, frozen=True):
    session: SessionId


class TrialKey(msgspec.Struct, tag=True, frozen=True):
    """Said once, before anything else: the key of all trials. Not an argument of the process, which others can read."""

    key: bytes


class AskMetrics(msgspec.Struct, tag=True, frozen=True):
    request: int


class Ready(msgspec.Struct, tag=True, frozen=True):
    port: int


class Beat(msgspec.Struct, tag=True, frozen=True):
    """Sent every 0.25 s; its absence is how a hung process is noticed."""


class Opened(msgspec.Struct, tag=True, frozen=True):
    request: int
    answer_to_customer: str
    offer_to_agent: str


class Done(msgspec.Struct, tag=True, frozen=True):
    request: int


class Refused(msgspec.Struct, tag=True, frozen=True):
    request: int
    sentence: str


class Unavailable(msgspec.Struct, tag=True, frozen=True):
    request: int
    sentence: str


class Measured(msgspec.Struct, tag=True, frozen=True):
    request: int
    metrics: GateMetrics


class Event(msgspec.Struct, tag=True, frozen=True):
    """One event of the port. `name` is its class; a field that it does not have is left at its default."""

    name: str
    session: SessionId
    number: int = 0
    leg: port.Leg | None = None


class Stamps(msgspec.Struct, tag=True, frozen=True):
    """One stamp for all sessions that are open."""

    stamp: int
    sessions: list[SessionId]


Command = Open | Answer | Renewals | Revoke | Close | TrialKey | AskMetrics
Report = Ready | Beat | Opened | Done | Refused | Unavailable | Measured | Event | Stamps

_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_reports: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


class WireBroken(Exception):
    """The other end does not speak this protocol."""


class Frames:
    """Cuts the stream into messages."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises WireBroken."""
        self._pending += data
        while len(self._pending) >= 4:
            size = int.from_bytes(self._pending[:4], "big")
            if size > FRAME_LIMIT_BYTES:
                raise WireBroken(f"a message of {size} bytes")
            if len(self._pending) < 4 + size:
                return
            frame = bytes(self._pending[4 : 4 + size])
            del self._pending[: 4 + size]
            yield frame


def encode(message: Command | Report) -> bytes:
    body = _encoder.encode(message)
    return len(body).to_bytes(4, "big") + body


def decode_command(frame: bytes) -> Command:
    """Raises WireBroken."""
    try:
        return _commands.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireBroken("not a command") from error


def decode_report(frame: bytes) -> Report:
    """Raises WireBroken."""
    try:
        return _reports.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireBroken("not a report") from error


def event_to_wire(event: port.GateEvent) -> Event:
    match event:
        case port.Stamp(session, stamp):
            return Event("Stamp", session, stamp)
        case port.LegConnected(session, leg):
            return Event("LegConnected", session, leg=leg)
        case port.LegLost(session, leg):
            return Event("LegLost", session, leg=leg)
        case port.PictureStarted(session, epoch):
            return Event("PictureStarted", session, epoch)
        case port.GateLost():
            raise ValueError("only the supervisor can say that its process is lost")


def event_from_wire(event: Event) -> port.GateEvent:
    """Raises WireBroken."""
    match event.name, event.leg:
        case "Stamp", None:
            return port.Stamp(event.session, event.number)
        case "PictureStarted", None:
            return port.PictureStarted(event.session, event.number)
        case "LegConnected", port.Leg() as leg:
            return port.LegConnected(event.session, leg)
        case "LegLost", port.Leg() as leg:
            return port.LegLost(event.session, leg)
        case _:
            raise WireBroken(f"an event named {event.name}")
