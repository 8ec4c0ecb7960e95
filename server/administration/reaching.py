"""How a command gets an act done: by the running server if there is one, else by an office opened here.

There is no guessing who runs: a server that does not answer but holds the log's lock keeps everybody else out, and then
nothing is done.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp
import msgspec

from server.administration.act import Act, answer_type
from server.administration.errors import ActRefused, CannotReach
from server.administration.host_user import operator
from server.administration.socket_place import SOCKET_FILE, address_in
from server.administration.wire import LARGEST_ACT_BYTES, PATH, Refusal
from server.settings import Settings, data_folder

if TYPE_CHECKING:
    from server.administration.office import Office

AnswerType = TypeVar("AnswerType")
_OK: Final = 200
_UNSURE: Final = "Whether this was done is not known: look before you repeat it."


class _NobodyListens(Exception):
    """No socket, or one that a killed server left."""


async def perform(settings: Settings, act: Act[AnswerType]) -> AnswerType:
    """Raises ActRefused (nothing was changed) and CannotReach (its sentence says what may have been)."""
    data = data_folder(settings)
    if not data.is_dir():
        raise ActRefused(_no_folder(settings, data))
    try:
        return await _by_server(data, act)
    except _NobodyListens:
        async with _office_here(settings) as office:
            return await office.perform(act, operator(os.getuid()))


class Conversation:
    """Several acts after one another, all by the running server or all by one office that stays open between them."""

    def __init__(self, settings: Settings, data: Path, opened: AsyncExitStack) -> None:
        self._settings, self._data, self._opened = settings, data, opened
        self._office: Office | None = None
        self._by_server = False

    async def perform(self, act: Act[AnswerType]) -> AnswerType:
        """Raises as the function does; CannotReach too where the server that began is gone."""
        if self._office is None:
            try:
                answer = await _by_server(self._data, act)
            except _NobodyListens as error:
                if self._by_server:
                    raise CannotReach(f"The server has stopped meanwhile. {_UNSURE}") from error
                self._office = await self._opened.enter_async_context(_office_here(self._settings))
            else:
                self._by_server = True
                return answer
        return await self._office.perform(act, operator(os.getuid()))


@asynccontextmanager
async def conversation(settings: Settings) -> AsyncIterator[Conversation]:
    """Raises ActRefused where there is no data folder."""
    data = data_folder(settings)
    if not data.is_dir():
        raise ActRefused(_no_folder(settings, data))
    async with AsyncExitStack() as opened:
        yield Conversation(settings, data, opened)


async def ask_server(settings: Settings, act: Act[AnswerType]) -> AnswerType | None:
    """What the running server answers; None if none runs here. Raises ActRefused, CannotReach."""
    data = data_folder(settings)
    if not data.is_dir():
        return None
    try:
        return await _by_server(data, act)
    except _NobodyListens:
        return None


async def _by_server(data: Path, act: Act[AnswerType]) -> AnswerType:
    body = msgspec.json.encode(act)
    if len(body) > LARGEST_ACT_BYTES:
        raise ActRefused("This is more than a server takes at once. Give it in pieces. Nothing was done.")
    status, answer = await _exchange(data, body, act.answered_within_s)
    try:
        if status == _OK:
            return msgspec.json.decode(answer, type=answer_type(act))
        refusal = msgspec.json.decode(answer, type=Refusal)
    except msgspec.DecodeError as error:
        raise CannotReach(
            f"The server's answer is not understood: is it of another version? {_UNSURE}"
        ) from error
    raise (ActRefused if refusal.kind == "refused" else CannotReach)(refusal.sentence)


def _office_here(settings: Settings) -> "AbstractAsyncContextManager[Office]":
    """An office is most of the program: a second of loading, which nobody waits for where a server runs."""
    from server.administration.here import office_here  # noqa: PLC0415

    return office_here(settings)


def _no_folder(settings: Settings, data: Path) -> str:
    if not settings.data:
        return (
            "No settings file was named, and no demo has run in this folder. Give `tachiai --config FILE`, or set "
            "TACHIAI_CONFIG. Nothing was done."
        )
    return f"There is no data folder {data}. `tachiai init` makes one. Nothing was done."


async def _exchange(data: Path, body: bytes, within_s: float) -> tuple[int, bytes]:
    timeout = aiohttp.ClientTimeout(total=within_s)
    try:
        with address_in(data) as address:
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(address), timeout=timeout) as session,
                session.post(f"http://tachiai{PATH}", data=body) as response,
            ):
                return response.status, await response.read()
    except (PermissionError, aiohttp.ClientConnectorError) as error:
        cause = getattr(error, "os_error", error)
        if isinstance(cause, PermissionError):
            raise ActRefused(
                f"Only the user whose server this is, and root, may use {data / SOCKET_FILE}. Nothing was done."
            ) from error
        raise _NobodyListens from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise CannotReach(f"The server did not answer. {_UNSURE}") from error
