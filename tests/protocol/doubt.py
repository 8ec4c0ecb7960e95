"""People of whom it is demanded that they prove again who they are, and what is refused them meanwhile."""

import asyncio

from session.identity import StaffId
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand
from tests.protocol.staff_passkey_people import staff_id

WITHIN_S = 30.0


async def doubt(server: Stand, username: str, *, sign_in_since_ms: int | None = None) -> str:
    """As a flag does it. Whose id that is."""
    person = StaffId(await staff_id(server, username))
    demands = server.composed.services.agents.demands
    assert await demands.demand(person, "searching", doubted_since_ms=sign_in_since_ms)
    return person


def refused(answer: Answered) -> bool:
    return answer.status == 403 and answer.body["code"] == "proof_demanded"


async def proved_by_code(browser: Browser, username: str, door: str = "agent") -> Answered:
    code = browser.stand.fresh_code(username)
    return await browser.ask("POST", f"/staff/me/confirmations?door={door}", {"code": code})


async def doubted(browser: Browser) -> None:
    """Until a flag's demand has come over them."""
    async with asyncio.timeout(WITHIN_S):
        while not refused(await browser.ask("GET", "/cases")):
            continue
