"""One socket of one party, from its `hello` to its end. See PROTOCOL.md for what is said on it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import WSMsgType, web

from server.signalling.dispatch import Desk, Rule, rule_for
from server.signalling.messages import Hello, Incoming, MessageRefused, ProblemMessage, decode, type_of
from server.signalling.pipe import Pipe
from server.signalling.seats import OfficerSeat, Seat
from session.errors import ChatRefused

HELLO_WITHIN_S: Final = 5.0
REFUSALS_ALLOWED: Final = 20
WAITING_MESSAGES: Final = 16
NO_HELLO_CODE: Final = 4400
TOO_MANY_REFUSALS_CODE: Final = 4408
_log: Final = structlog.get_logger("socket")


class NoHello(Exception):
    """The first message was another one, or did not come in time: close with 4400."""


@dataclass(frozen=True, slots=True)
class Guards:
    """`permitted` is asked before every message; `explain` gives code and sentence for an error of ours; `stranger`
    hears of every text that was no message of this protocol (to be looked at, never to be kept)."""

    permitted: Callable[[Seat], bool]
    explain: Callable[[Exception], tuple[str, str]]
    stranger: Callable[[Seat, str], None]


async def receive_hello(socket: web.WebSocketResponse) -> Hello:
    """Raises NoHello."""
    try:
        async with asyncio.timeout(HELLO_WITHIN_S):
            frame = await socket.receive()
        message = decode(frame.data) if frame.type is WSMsgType.TEXT else None
    except (TimeoutError, MessageRefused) as error:
        raise NoHello from error
    if not isinstance(message, Hello):
        raise NoHello
    return message


class Connection:
    """A seated party's socket. Giving messages wait for each other in a short line; reducing ones wait for nothing."""

    def __init__(self, pipe: Pipe, seat: Seat, desk: Desk, guards: Guards) -> None:
        self._pipe, self._seat, self._desk, self._guards = pipe, seat, desk, guards
        self._line: asyncio.Queue[tuple[Rule, Incoming] | None] = asyncio.Queue(WAITING_MESSAGES)
        self._refusals = 0

    async def run(self, lost: Callable[[], Awaitable[None]]) -> None:
        """Until the socket is over. `lost` is awaited at once then, even while a message is still being handled.

        Nothing here is cancelled half way: a socket that closes must not cut an event of the law in two.
        """
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self._work())
            await self._piped()
            self._group.create_task(_awaited(lost))
            while not self._line.empty():
                self._line.get_nowait()
            self._line.put_nowait(None)

    async def _piped(self) -> None:
        # An error that left this group would cancel what it handles: whatever breaks a socket, breaks the socket only.
        try:
            await self._pipe.run(self._take)
        except Exception as error:  # noqa: BLE001
            _log.error("a socket broke", exc_info=error)

    def _take(self, text: str) -> None:
        if not self._guards.permitted(self._seat):
            self._seat.dismiss("signed_out")
            return
        try:
            message = decode(text)
            self._assign(rule_for(self._seat, message), message)
        except MessageRefused as error:
            self._guards.stranger(self._seat, text)
            self._problem(error.code, str(error), error.of)

    def _assign(self, rule: Rule, message: Incoming) -> None:
        if rule.at_once is not None and self._done_at_once(rule.at_once, message):
            return
        if rule.reducing or rule.fleeting:
            self._group.create_task(self._handle(rule, message))
            return
        try:
            self._line.put_nowait((rule, message))
        except asyncio.QueueFull:
            raise MessageRefused(
                "too_many_messages", "Wait for the answers first.", type_of(message)
            ) from None

    def _done_at_once(self, at_once: Callable[[Desk, Seat, Incoming], bool], message: Incoming) -> bool:
        """A task for each of these would cost more than what it does."""
        try:
            return at_once(self._desk, self._seat, message)
        except Exception as error:  # noqa: BLE001  # as in `_handle`
            self._refused(error, message)
            return True

    async def _work(self) -> None:
        while (item := await self._line.get()) is not None:
            if self._guards.permitted(self._seat):  # it may have waited long enough for that to be over
                await self._handle(*item)

    async def _handle(self, rule: Rule, message: Incoming) -> None:
        try:
            await rule.handler(self._desk, self._seat, message)
        except Exception as error:  # noqa: BLE001  # `explain` logs what is not a refusal of ours
            self._refused(error, message)

    def _refused(self, error: Exception, message: Incoming) -> None:
        code, detail = self._guards.explain(error)
        self._problem(code, detail, type_of(message), counted=not isinstance(error, ChatRefused))

    def _problem(self, code: str, detail: str, of: str | None, *, counted: bool = True) -> None:
        self._refusals += (
            counted  # what people write is no fault of their page, and must not end what they show
        )
        self._seat.outbox.put(ProblemMessage(code=code, detail=detail, of=of))
        if self._refusals >= REFUSALS_ALLOWED:
            self._seat.outbox.end(None, close_code=TOO_MANY_REFUSALS_CODE)


class OfficerConnection:
    """An officer's socket only listens; whatever it says is refused."""

    def __init__(self, pipe: Pipe, seat: OfficerSeat) -> None:
        self._pipe, self._seat = pipe, seat
        self._refusals = 0

    async def run(self) -> None:
        await self._pipe.run(self._refuse)

    def _refuse(self, _text: str) -> None:
        self._refusals += 1
        self._seat.outbox.put(
            ProblemMessage(code="not_allowed", detail="An oversight page only listens.", of=None)
        )
        if self._refusals >= REFUSALS_ALLOWED:
            self._seat.outbox.end(None, close_code=TOO_MANY_REFUSALS_CODE)


async def _awaited(action: Callable[[], Awaitable[None]]) -> None:
    await action()
