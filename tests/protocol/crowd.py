"""Two agents with a session and case each, the first one's customer, and an officer: the same for many tests."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from server.http.routing import Who
from tests.protocol.me_people import on_own_page
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import Stand, stand

NOBODY: Final = None
AT_MOST: Final = 12  # uses: then a new server, before anybody has asked for too much


@dataclass(slots=True)
class People:
    stand: Stand
    browsers: dict[Who | None, Browser]
    own: dict[str, str]
    foreign: dict[str, str]

    async def unharmed(self) -> bool:
        """Is everybody signed in and every session live, whatever was tried?"""
        asked = {
            Who.AGENT: "/cases",
            Who.CUSTOMER: "/customer/session",
            Who.ME: "/me",
            Who.OFFICER: "/security/sessions",
        }
        answers = {who: await self.browsers[who].ask("GET", path) for who, path in asked.items()}
        if any(answer.status != 200 for answer in answers.values()):
            return False
        live = {each["session"] for each in answers[Who.OFFICER].body if each["state"] != "ended"}
        return {self.own["session"], self.foreign["session"]} <= live


@dataclass(slots=True)
class Crowd:
    """Gathers them anew where what a test did has ended something of theirs."""

    folder: Path
    _here: AsyncExitStack = field(default_factory=AsyncExitStack)
    _people: People | None = None
    _uses: int = 0
    _servers: int = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._here.aclose()

    async def gathered(self) -> People:
        self._uses += 1
        people, self._people = self._people, None  # where something fails here, the next one begins anew
        if people is None or self._uses > AT_MOST or not await people.unharmed():
            await self._here.aclose()
            self._servers += 1
            self._uses = 0
            place = self.folder / str(self._servers)
            place.mkdir()
            people = await _gather(self._here, place)
        self._people = people
        return people


async def _gather(stack: AsyncExitStack, folder: Path) -> People:
    server = await stack.enter_async_context(stand(folder))
    agent, other, officer, nobody = [await stack.enter_async_context(Browser(server)) for _ in range(4)]
    customer = await stack.enter_async_context(Customer(server))
    for browser, name, door in (
        (agent, "agent", "agent"),
        (other, "agent2", "agent"),
        (officer, "officer", "security"),
    ):
        answer = await browser.sign_in(name, door)
        assert answer.status == 201, answer.body
    own, foreign = await agent.open_session("C-2041"), await other.open_session("C-2056")
    await customer.claim(own["invitation"])
    me = await stack.enter_async_context(on_own_page(server))
    return People(
        server,
        {Who.AGENT: agent, Who.OFFICER: officer, Who.CUSTOMER: customer, Who.ME: me, NOBODY: nobody},
        {"session": own["session"], "case": await server.case_of("C-2041"), "path": "styles/base.css"},
        {"session": foreign["session"], "case": await server.case_of("C-2056"), "path": "styles/base.css"},
    )
