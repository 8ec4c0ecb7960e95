"""The gate process's end of the control socket. When the other end is gone, or does not read, the process ends."""

import asyncio
import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path

from session.gate_port import GateEvent, GateUnavailable, SdpRefused
from session.identity import SessionId
from session.media import wire
from session.media.gate import GateServer
from session.media.metrics import GateMetrics
from session.media.outbox import Outbox
from session.media.settings import GateSettings

_READ_BYTES = 65_536
_UNREAD_BYTES = 1 << 20


def _later(delay_ms: int, call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(delay_ms / 1_000, call)


def _held_bytes(most: int) -> int:
    """`most` is getrusage's: kilobytes under Linux, bytes elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return most
    return pages * os.sysconf("SC_PAGE_SIZE")


class Control:
    """On the running loop. `stop` is called once, when the supervisor is gone."""

    def __init__(self, supervisor: socket.socket, settings: GateSettings, stop: Callable[[], None]) -> None:
        self._socket = supervisor
        self._outbox = Outbox(supervisor, _UNREAD_BYTES, stop)
        self._frames = wire.Frames()
        self._stop = stop
        self.gate = GateServer(settings, self._event, self._stamps, _later)
        self._send(wire.Ready(self.gate.port))

    def readable(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
            for frame in self._frames.feed(data):
                self._obey(wire.decode_command(frame))
        except BlockingIOError:
            return
        except (OSError, wire.WireBroken):
            data = b""
        if not data:
            self._stop()

    def beat(self) -> None:
        self._send(wire.Beat())

    def _obey(self, command: wire.Command) -> None:
        match command:
            case wire.Renewals(renewals):
                for renewal in renewals:
                    self.gate.renew(renewal.session, renewal.epoch, renewal.stamp, renewal.life_ms)
            case wire.Revoke(session, epoch):
                self.gate.revoke(session, epoch)
            case wire.Close(session):
                self.gate.close(session)
            case wire.TrialKey(key):
                self.gate.trials.know(key)
            case wire.Open() | wire.Answer():
                self._send(self._negotiate(command))
            case wire.AskMetrics(request):
                self._send(wire.Measured(request, self._measure()))

    def _negotiate(self, command: wire.Open | wire.Answer) -> wire.Report:
        try:
            if isinstance(command, wire.Open):
                opened = self.gate.open(command.session, command.offer)
                return wire.Opened(command.request, opened.answer_to_customer, opened.offer_to_agent)
            self.gate.answer(command.session, command.answer)
        except SdpRefused as refused:
            return wire.Refused(command.request, str(refused))
        except GateUnavailable as unavailable:
            return wire.Unavailable(command.request, str(unavailable))
        return wire.Done(command.request)

    def _event(self, event: GateEvent) -> None:
        self._send(wire.event_to_wire(event))

    def _stamps(self, stamp: int, sessions: list[SessionId]) -> None:
        self._send(wire.Stamps(stamp, sessions))

    def _send(self, report: wire.Report) -> None:
        """A supervisor that leaves 1 MB unread renews nothing either: there is no media to lose by ending."""
        self._outbox.put(wire.encode(report))

    def _measure(self) -> GateMetrics:
        used = resource.getrusage(resource.RUSAGE_SELF)
        counters = self.gate.counters
        return GateMetrics(
            pid=os.getpid(),
            port=self.gate.port,
            sessions=len(self.gate.relays),
            flowing=sum(relay.flowing for relay in self.gate.relays.values()),
            cpu_seconds=used.ru_utime + used.ru_stime,
            memory_bytes=_held_bytes(used.ru_maxrss),
            forwarded_packets=counters.forwarded_packets,
            forwarded_bytes=counters.forwarded_bytes,
            curtains=counters.curtains,
            resent_packets=counters.resent_packets,
            asked_again_packets=counters.asked_again,
            key_frames_asked=counters.key_frames_asked,
            drops={reason.value: count for reason, count in counters.drops.items()},
        )
