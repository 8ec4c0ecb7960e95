"""The server's side: the `Gate` port over a process that is started, watched and started again.

Everything here is a callback of the loop or waits for one; there is no task that could be lost. The process is lost
when its socket closes, when it says or takes nothing for 1.5 s, or when 1 MB of commands would wait for it; then it is
killed, its sessions are reported in one `GateLost`, and a new one is started after a pause that doubles up to 5 s.

What waits is little: four questions at most are on their way, the others wait here; renewals go together at the end of
the loop's turn, one a session; a revocation or a closing overtakes both.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from session.gate_port import (
    LEASE_TTL_MS,
    SDP_LIMIT_BYTES,
    GateEvent,
    GateLost,
    GateUnavailable,
    Opened,
    SdpRefused,
    Stamp,
)
from session.identity import SessionId
from session.media import wire
from session.media.event_stream import EventStream
from session.media.metrics import GateMetrics
from session.media.outbox import Outbox
from session.media.settings import GateSettings
from session.media.trial import Trial, new_credentials, new_key

_HOME = Path(__file__).resolve().parent.parent.parent
_SILENCE_S: Final = 1.5
_WATCH_S: Final = 0.25
_ASKED_AT_ONCE: Final = 4
_UNTAKEN_BYTES: Final = 1 << 20
_START_S: Final = 15.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_STEADY_S: Final = 10.0  # a process that lived this long was well: the pause begins anew
_READ_BYTES = 65_536
_UNAVAILABLE = "The media gate is starting. Nothing is shared now; try again in a few seconds."


class GateProcess:
    """Implements `Gate`. `start` and `stop` belong to whoever composes the server; use from one loop only.

    `answer_s`: for how many seconds `open`, `answer` and `metrics` wait, their turn included. `events`: where several
    processes put what happens; whoever made it ends it."""

    def __init__(
        self, settings: GateSettings, *, answer_s: float = 5.0, events: EventStream | None = None
    ) -> None:
        self.settings = settings
        self.answer_s = answer_s
        self.restarts = 0
        self._events = events or EventStream()
        self._ends_events = events is None
        self._trial_key = new_key()
        self._sessions: set[SessionId] = set()
        self._ending: list[subprocess.Popen[bytes]] = []
        self._waiting: dict[int, asyncio.Future[wire.Report]] = {}
        self._request = 0
        self._turn = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._renewals: dict[SessionId, wire.Renew] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._outbox: Outbox | None = None
        self._frames = wire.Frames()
        self._ready = asyncio.Event()
        self._heard_s = self._started_s = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._timer: asyncio.TimerHandle | None = None
        self._port = 0
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Of the running process; None between two."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """It is up and has said so."""
        return self._ready.is_set()

    @property
    def sessions(self) -> int:
        """How many it serves, those that are being opened included."""
        return len(self._sessions)

    def serves(self, session: SessionId) -> bool:
        return session in self._sessions

    @property
    def port(self) -> int:
        """The UDP port, once started. A restarted process takes the same one."""
        return self._port

    async def start(self) -> None:
        """Raises GateUnavailable if the process does not come up."""
        self.begin()
        await self.started()

    def begin(self) -> None:
        """Starting takes half a second, in which other things can be done; `started` waits for the rest of it."""
        self._stopping = False
        self._launch()

    async def started(self) -> None:
        """After `begin`. Raises GateUnavailable if the process does not come up."""
        try:
            await asyncio.wait_for(self._ready.wait(), _START_S)
        except TimeoutError as error:
            await self.stop()
            raise GateUnavailable(
                "The media gate did not start. See the server's log for what it said."
            ) from error

    async def stop(self) -> None:
        """Curtains fall, the process ends, nothing is reported as lost, and `events` comes to its end."""
        for session in self._sessions.copy():
            self.close(session)
        self._stopping = True
        if self._timer:
            self._timer.cancel()
        process = self._process
        self._let_go(GateUnavailable("The media gate is stopped."))
        if process:
            self._ending.append(process)
            await asyncio.to_thread(_wait_or_kill, process)
        for process in self._ending:
            await asyncio.to_thread(process.wait)
        self._ending.clear()
        if self._ends_events:
            self._events.end()

    async def open(self, session: SessionId, customer_offer: str) -> Opened:
        _check_size(customer_offer)
        known = session in self._sessions
        self._sessions.add(session)
        opened = False
        try:
            report = await self._ask(lambda request: wire.Open(request, session, customer_offer), session)
            opened = isinstance(report, wire.Opened)
        finally:
            if not opened and not known:  # refused, too late or given up: it may be open there all the same
                self.close(session)
        if isinstance(report, wire.Opened):
            return Opened(report.answer_to_customer, report.offer_to_agent)
        raise GateUnavailable(_UNAVAILABLE)

    async def answer(self, session: SessionId, agent_answer: str) -> None:
        _check_size(agent_answer)
        await self._ask(lambda request: wire.Answer(request, session, agent_answer), session)

    def renew(self, session: SessionId, epoch: int, stamp: int, life_ms: int = LEASE_TTL_MS) -> None:
        if session in self._sessions:
            if not self._renewals:
                asyncio.get_running_loop().call_soon(self._tell_renewals)
            self._renewals[session] = wire.Renew(session, epoch, stamp, life_ms)

    def revoke(self, session: SessionId, epoch: int) -> None:
        self._tell_first(wire.Revoke(session, epoch))

    def close(self, session: SessionId) -> None:
        self._sessions.discard(session)
        self._renewals.pop(session, None)
        self._tell_first(wire.Close(session))

    def events(self) -> AsyncIterator[GateEvent]:
        return self._events.read()

    def trial(self) -> Trial:
        """A way to ask this gate whether packets reach it. Raises GateUnavailable."""
        if not self._ready.is_set():
            raise GateUnavailable(_UNAVAILABLE)
        ufrag, password = new_credentials(self._trial_key, time.monotonic_ns() // 1_000_000)
        return Trial(ufrag, password, self.settings.told, self._port)

    async def metrics(self) -> GateMetrics:
        """Raises GateUnavailable."""
        report = await self._ask(wire.AskMetrics, "")
        if isinstance(report, wire.Measured):
            return report.metrics
        raise GateUnavailable(_UNAVAILABLE)

    async def _ask(self, command: Callable[[int], wire.Command], subject: str) -> wire.Report:
        """Send a command that is answered, when it is its turn. Raises SdpRefused or GateUnavailable."""
        process = self._process
        try:
            async with asyncio.timeout(self.answer_s), self._turn:
                if process is not self._process:  # what was to be asked was about sessions that are lost
                    raise GateUnavailable(_UNAVAILABLE)
                report = await self._answer_to(command, subject)
        except TimeoutError as error:
            raise GateUnavailable(_UNAVAILABLE) from error
        match report:
            case wire.Refused(_, sentence):
                raise SdpRefused(sentence)
            case wire.Unavailable(_, sentence):
                raise GateUnavailable(sentence)
            case _:
                return report

    async def _answer_to(self, command: Callable[[int], wire.Command], subject: str) -> wire.Report:
        if not self._ready.is_set():
            raise GateUnavailable(_UNAVAILABLE)
        self._request += 1
        request = self._request
        answer: asyncio.Future[wire.Report] = asyncio.get_running_loop().create_future()
        self._waiting[request] = answer
        try:
            self._tell_renewals()  # what was renewed before this was asked is renewed before it is answered
            self._tell(command(request), subject)
            return await answer
        finally:
            self._waiting.pop(request, None)

    def _tell_renewals(self) -> None:
        renewals = list(self._renewals.values())
        self._renewals.clear()
        if renewals:
            self._tell(wire.Renewals(renewals), "")

    def _tell(self, command: wire.Command, subject: str) -> None:
        if self._outbox:
            self._outbox.put(wire.encode(command), subject)

    def _tell_first(self, command: wire.Revoke | wire.Close) -> None:
        if self._outbox:
            self._outbox.put_first(wire.encode(command), command.session)

    def _launch(self) -> None:
        loop = asyncio.get_running_loop()
        self._socket, theirs = socket.socketpair()
        self._outbox = Outbox(self._socket, _UNTAKEN_BYTES, self._lose)
        settings = replace(self.settings, port=self._port or self.settings.port)
        descriptor = str(theirs.fileno())
        arguments = [
            sys.executable,
            "-m",
            "session.media",
            descriptor,
            msgspec.json.encode(settings).decode(),
        ]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                arguments, pass_fds=(theirs.fileno(),), cwd=_HOME, stdin=subprocess.DEVNULL
            )
        self._outbox.put(wire.encode(wire.TrialKey(self._trial_key)), "")
        self._frames = wire.Frames()
        self._heard_s = self._started_s = loop.time()
        loop.add_reader(self._socket.fileno(), self._readable)
        self._timer = loop.call_later(_WATCH_S, self._watch)

    def _readable(self) -> None:
        if not self._socket:
            return
        try:
            data = self._socket.recv(_READ_BYTES)
            for frame in self._frames.feed(data):
                self._hear(wire.decode_report(frame))
        except BlockingIOError:
            return
        except (OSError, wire.WireBroken):
            data = b""
        if not data:
            self._lose()

    def _hear(self, report: wire.Report) -> None:
        self._heard_s = asyncio.get_running_loop().time()
        match report:
            case wire.Beat():
                return
            case wire.Ready(port):
                self._port = port
                self._ready.set()
            case wire.Stamps(stamp, sessions):
                for session in self._sessions.intersection(sessions):
                    self._events.put(Stamp(session, stamp))
            case wire.Event():
                if report.session in self._sessions:
                    self._events.put(wire.event_from_wire(report))
            case _:
                waiting = self._waiting.get(report.request)
                if waiting and not waiting.done():
                    waiting.set_result(report)

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        self._ending = [process for process in self._ending if process.poll() is None]
        limit = _SILENCE_S if self._ready.is_set() else _START_S
        stuck = self._outbox is not None and self._outbox.stuck_s() > _SILENCE_S
        if stuck or loop.time() - self._heard_s > limit:
            self._lose()
            return
        if loop.time() - self._started_s > _STEADY_S:
            self._pause_s = _FIRST_PAUSE_S
        self._timer = loop.call_later(_WATCH_S, self._watch)

    def _lose(self) -> None:
        """Kill what is left of the process, say so, and start another after a pause."""
        if self._stopping or not self._process:
            return
        process, lost = self._process, tuple(self._sessions)
        process.kill()
        self._ending.append(process)
        self._sessions.clear()
        self._let_go(GateUnavailable(_UNAVAILABLE))
        self._events.put(GateLost(lost))
        if self._timer:
            self._timer.cancel()
        self._try_again()

    def _relaunch(self) -> None:
        self.restarts += 1
        try:
            self._launch()
        except OSError:  # no process or no socket to be had now
            self._let_go(GateUnavailable(_UNAVAILABLE))
            self._try_again()

    def _try_again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._pause_s, self._relaunch)
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)

    def _let_go(self, reason: GateUnavailable) -> None:
        self._ready.clear()
        self._process = None
        self._renewals.clear()
        if self._outbox:
            self._outbox.close()
            self._outbox = None
        if self._socket:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(reason)


def _check_size(sdp: str) -> None:
    """Here too, so that what is too long never reaches the process."""
    if len(sdp.encode(errors="replace")) > SDP_LIMIT_BYTES:
        raise SdpRefused(
            "The connection description from this browser is too long. Reload the page and try again."
        )


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    """Its socket is closed, so it ends by itself; if not within a second, it is ended."""
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
