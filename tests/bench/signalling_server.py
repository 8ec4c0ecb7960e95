"""The server that `signalling` measures, in a process of its own: many shares that are agreed to, pointer and all.

It obeys lines on standard input and answers each with one JSON line:

    open N    there are N shares that wait for their pages; gives {"shares": [{"session", "customer", "agent"}, ...]},
              all that there are, with the cookies of both
    entries   gives {"entries": ...}, the log's size
    stop      ends

The first line that it writes of itself names the server: {"url": ..., "pid": ...}. The shares are put there by the
events that the pages' requests lead to, each with its entries and rows; what the pages do over their sockets, they do.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from server.cycle_collection import short_collections
from server.doorway import Limits
from server.gate_settings import GateAddressSettings
from session.events import ConsentGranted, VerificationSucceeded
from session.model import CONSENT_LONGEST_MS, Consent, Level, Scope, Verification
from tests.bench.loopback import BEHIND_A_PROXY
from tests.bench.staging import AtWork, at_work, claimed, say, standard_input
from tests.protocol.server_stand import Stand, stand

SESSIONS_OF_ONE_AGENT: Final = 20
PLAIN: Final = msgspec.structs.replace(
    BEHIND_A_PROXY, gate=GateAddressSettings(encryption="where_possible")
)  # the pages here bring no keys for a picture
MANY: Final = Limits(of_all=8_192, of_each=8_192)  # as an operator of so many sessions would set it


@dataclass(slots=True)
class Staged:
    """`agents`: each for twenty shares."""

    shares: list[dict[str, str]]
    agents: list[AtWork]


async def serve() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        async with stand(place, demo=False, settings=PLAIN, level="warning", limits=MANY) as server:
            say({"url": server.url, "pid": os.getpid()})
            with short_collections():  # as every server that serves in earnest
                await _obey(server, await standard_input())


async def _obey(server: Stand, lines: asyncio.StreamReader) -> None:
    staged = Staged([], [])
    while (line := (await lines.readline()).decode().split()) and line[0] != "stop":
        if line[0] == "open":
            await _open(server, staged, int(line[1]))
            say({"shares": staged.shares})
        else:
            say({"entries": server.log.size})


async def _open(server: Stand, staged: Staged, wanted: int) -> None:
    while len(staged.shares) < wanted:
        number = len(staged.shares)
        if number % SESSIONS_OF_ONE_AGENT == 0:
            staged.agents.append(await at_work(server, number // SESSIONS_OF_ONE_AGENT))
        staged.shares.append(await _share(server, staged.agents[-1], number))


async def _share(server: Stand, agent: AtWork, number: int) -> dict[str, str]:
    found = await claimed(server, agent, number)
    conductor, now = server.composed.services.conductor, server.clock.now_ms()
    opened = await conductor.load(found.session)
    proved = Verification(
        method="totp",
        level=Level.V1,
        at=now,
        until=now + 600_000,
        device=found.device.id,
        case=opened.case,
        customer=opened.customer,
        agent=opened.agent,
        login=opened.agent_login,
    )
    asked = await conductor.apply(found.session, VerificationSucceeded(proved))
    agreed = Consent(
        scopes=frozenset({Scope.TAB, Scope.POINTER}),
        granted_at=now,
        until=now + CONSENT_LONGEST_MS,
        wording_version=1,
        language="en",
        document="{}",
        signature="",
        level_needed=Level.V1,
    )
    await conductor.apply(found.session, ConsentGranted(agreed, asked.consent_nonce or ""))
    return {"session": found.session, "customer": found.cookie, "agent": agent.cookie}


if __name__ == "__main__":
    asyncio.run(serve())
