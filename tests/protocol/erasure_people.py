"""A server with a customer who had a session, and officers who can approve their erasure."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from audit.erasure.retention import DAY_MS
from server.administration.acts import CloseCase, ImportCustomers, ListCases
from server.administration.erasure_acts import ErasureLine, ListErasures, RequestErasure
from server.setting_groups import Settings
from support.customer import Customer as StoredCustomer
from tests.protocol.administration_ways import Way, add_officer
from tests.protocol.server_people import Answered, Browser, in_sharing
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand

REFERENCE = "K-30518"
CASE = "C-2041"
USERNAMES = ("officer", "officer2")
CANARIES = (
    "Canary Person",
    "canary.person@example.com",
    "+81 3-5555-7777",
    "canary field",
    "canary proof",
    "canary hold",
)


@dataclass(slots=True)
class Scene:
    stand: Stand
    operator: Way
    officers: list[Browser]

    async def customer(self) -> StoredCustomer:
        found = await self.stand.foundation.stores.customer_roll.of_reference(REFERENCE)
        assert found is not None
        return found

    async def request(self, level: str = "V2") -> ErasureLine:
        act = RequestErasure(customer=REFERENCE, level=level, proof="canary proof")  # type: ignore[arg-type]  # also others
        return await self.operator.do(act)

    async def approve(self, officer: int, asked: ErasureLine) -> Answered:
        return await self.ask(officer, "POST", f"/security/erasures/{asked.erasure}/approve")

    async def shown(self, officer: int = 0) -> dict[str, Any]:
        return dict((await self.ask(officer, "GET", "/security/erasures")).body)

    async def ask(self, officer: int, method: str, path: str) -> Answered:
        """Signed in anew where a sign-in has run out."""
        answer = await self.officers[officer].ask(method, path)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        assert (
            await self.officers[officer].sign_in(USERNAMES[officer], "security")
        ).status == HTTPStatus.CREATED
        return await self.officers[officer].ask(method, path)

    async def listed(self) -> ErasureLine:
        return (await self.operator.do(ListErasures())).erasures[0]

    async def approved(self) -> ErasureLine:
        asked = await self.request()
        assert (await self.approve(0, asked)).body == {"step": "first"}
        assert (await self.approve(1, asked)).body == {"step": "second"}
        return asked

    async def days_later(self, days: int = 7) -> None:
        """The keeper's round on that day."""
        self.stand.clock.shift_ms += days * DAY_MS
        await self.stand.composed.services.erasures.erasing.carry_out_due()

    async def had_a_session(self) -> str:
        """Of the customer, with consent, and over; what is known about them are canaries. The case is closed."""
        content = (
            "reference,name,email,phone,note:text\n"
            f"{REFERENCE},Canary Person,canary.person@example.com,+81 3-5555-7777,canary field\n"
        )
        await self.operator.do(ImportCustomers(content=content.encode(), update=True))
        async with in_sharing(self.stand) as share:
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.agent_socket.view("ended")
        await self.operator.do(CloseCase(reference=CASE))
        await self.operator.do(
            ListCases()
        )  # its entry is awaited, so whatever was asked before stands in the log
        return share.session


@asynccontextmanager
async def scene(
    folder: Path, *, settings: Settings = USUAL_SETTINGS, shift_ms: int = 0
) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(stand(folder, settings=settings, shift_ms=shift_ms))
        yield await scene_in(server, folder, stack)


async def scene_in(
    server: Stand, folder: Path, stack: AsyncExitStack, *, keys_folder: Path | None = None
) -> Scene:
    await add_officer(server, "officer2", "S-013", keys_folder)
    officers = [await stack.enter_async_context(Browser(server)) for _ in range(2)]
    for browser, username in zip(officers, USERNAMES, strict=True):
        assert (await browser.sign_in(username, "security")).status == 201
    return Scene(server, Way(folder, server), officers)
