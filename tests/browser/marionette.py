"""Marionette, Firefox's own protocol, for what WebDriver BiDi has no words for: an authenticator that needs no finger,
and where the window is. Messages are JSON behind their length, as `length:[0, id, command, parameters]`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WITHIN_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.05
_PORT_FILE: Final = "MarionetteActivePort"


@dataclass(slots=True)
class Marionette:
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _asked: int = 0

    async def begin(self) -> str:
        """The address of the same session's BiDi socket."""
        answer = await self.ask("WebDriver:NewSession", {"webSocketUrl": True})
        return str(answer["capabilities"]["webSocketUrl"])

    async def has_an_authenticator(self) -> None:
        """As a laptop has one: passkeys that can be found, and an owner who always says yes."""
        options = dict.fromkeys(
            ("hasResidentKey", "hasUserVerification", "isUserConsenting", "isUserVerified"), True
        )
        await self.ask(
            "WebAuthn:AddVirtualAuthenticator", {"protocol": "ctap2", "transport": "internal", **options}
        )

    async def is_at(self, *, width: int, height: int) -> None:
        """The window, in the left upper corner of the screen."""
        await self.ask("WebDriver:SetWindowRect", {"x": 0, "y": 0, "width": width, "height": height})

    async def ask(self, command: str, parameters: dict[str, Any]) -> Any:
        self._asked += 1
        message = json.dumps([0, self._asked, command, parameters])
        self._writer.write(f"{len(message)}:{message}".encode("ascii"))
        async with asyncio.timeout(WITHIN_S):
            _kind, number, error, result = await self.heard()
        assert number == self._asked
        assert error is None, f"{command}: {error}"
        return result

    async def heard(self) -> Any:
        length = (await self._reader.readuntil(b":"))[:-1]
        return json.loads(await self._reader.readexactly(int(length)))


@asynccontextmanager
async def marionette(profile: Path) -> AsyncIterator[Marionette]:
    """Of the Firefox that was started with `--marionette` on this profile, once it listens."""
    async with asyncio.timeout(WITHIN_S):
        while not (port := _port_of(profile)):  # noqa: ASYNC110  # Firefox tells by a file
            await asyncio.sleep(_LOOK_EVERY_S)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        made = Marionette(reader, writer)
        await made.heard()  # what it is, said without being asked
        yield made
    finally:
        writer.close()


def _port_of(profile: Path) -> int:
    try:
        return int((profile / _PORT_FILE).read_text("ascii"))
    except (FileNotFoundError, ValueError):  # not there, or not written yet
        return 0
