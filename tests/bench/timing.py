"""Do answers tell by their time who is known? (`timing.*`): sign-ins, link tokens and customers' codes, all refused.

In each row two kinds of request are sent in turn, in an order drawn anew for each pair, over HTTP where there is HTTP,
with all throttles on, each from an address of its own, while the clock goes on by an hour between two sign-ins.
`ours` is the chance that an answer of the first kind takes longer than one of the second (0.5: nobody can tell), `p` is
of the two-sided Mann-Whitney test. **They are told apart if p < 0.001 and the chance is off by more than 0.02**: less
than that takes some 4,500 tries of one name to find, and the throttles allow a hundred in an hour.

Passwords are hashed with cheap parameters: the real ones take the same time either way and would hide the rest. The
row `timing.control` compares two groups of one kind: what it shows is the noise of this machine.
"""

import asyncio
import ipaddress
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from server.composition import CURRENT_KEY
from server.keys import open_or_create
from server.setting_groups import HttpSettings
from server.settings import Settings
from support.identity import CaseId
from tests.bench.ranks import compared
from tests.bench.table import Row, row, show
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import Stand, stand
from verification.customer_code import CustomerCodeVerifier
from verification.sealing import Keyring

PAIRS: Final = 1_000
WARM_UP: Final = 100
HOUR_MS: Final = 3_600_000
BEHIND_A_PROXY: Final = Settings(http=HttpSettings(trusted_proxies=["127.0.0.0/8", "::1"]))

Try = Callable[[], Awaitable[object]]


def main(*, json: bool) -> int:
    show(asyncio.run(_rows()), as_json=json)
    return 0


async def _rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        async with stand(place, demo=False, settings=BEHIND_A_PROXY) as server:
            return [
                await _claims(server),  # first: by the sign-ins' hours the case is no longer live
                await _sign_ins(server, "control", "nobody", "noone"),
                await _sign_ins(server, "sign_in", "agent", "nobody"),
                await _codes(server, place),
            ]


async def _sign_ins(server: Stand, name: str, first: str, second: str) -> Row:
    """A wrong password, for a name that exists and for one that does not."""
    async with Browser(server) as browser:

        async def refused(username: str) -> None:
            server.clock.shift_ms += HOUR_MS
            body = {"door": "agent", "username": username, "password": "wrong horse", "code": "000000"}
            answer = await browser.ask("POST", "/logins", body, headers=_elsewhere())
            assert answer.status == 401, answer.body

        return await _compared(name, lambda: refused(first), lambda: refused(second))


async def _claims(server: Stand) -> Row:
    """The link of an invitation that has ended, and one that never was."""
    async with Browser(server) as agent, Customer(server) as customer:
        await agent.sign_in("agent")
        opened = await agent.open_session()
        await agent.ask("POST", f"/sessions/{opened['session']}/end")
        unknown = {"link": "/join#" + "A" * 22}

        async def refused(invitation: dict[str, Any]) -> None:
            answer = await customer.claim(invitation, headers=_elsewhere())
            assert answer.status == 404, answer.body

        return await _compared("claim", lambda: refused(opened["invitation"]), lambda: refused(unknown))


async def _codes(server: Stand, folder: Path) -> Row:
    """A wrong code of a customer with an authenticator and of one without. Below HTTP: a session has five tries."""
    stores = server.foundation.stores
    keyring = Keyring({CURRENT_KEY: open_or_create(folder / "keys").authenticators}, CURRENT_KEY)
    verifier = CustomerCodeVerifier(stores.authenticators, stores.attempts, keyring)
    case = await stores.cases.find(CaseId(await server.case_of("C-2041")))
    assert case is not None
    known = str(case.customer)

    async def refused(customer: str) -> None:
        server.clock.shift_ms += HOUR_MS
        result = await verifier.verify(
            customer=customer, session="ses", device="dev", code="000000", now_ms=server.clock.now_ms()
        )
        assert not hasattr(result, "authenticator")

    return await _compared("code", lambda: refused(known), lambda: refused("cus_nobody"))


async def _compared(name: str, first: Try, second: Try) -> Row:
    chance = random.Random(1)  # noqa: S311 - which of a pair comes first
    taken: dict[Try, list[float]] = {first: [], second: []}
    for number in range(WARM_UP + PAIRS):
        for each in chance.sample([first, second], 2):
            began = time.perf_counter_ns()
            await each()
            if number >= WARM_UP:
                taken[each].append((time.perf_counter_ns() - began) / 1_000)
    verdict = compared(taken[first], taken[second])
    at: dict[str, int | float | str] = {
        "pairs": PAIRS,
        "median_us": round(statistics.median(taken[second])),
        "difference_us": round(statistics.median(taken[first]) - statistics.median(taken[second]), 1),
        "p": float(f"{verdict.p:.3g}"),
        "told_apart": "yes" if verdict.p < 0.001 and abs(verdict.area - 0.5) > 0.02 else "no",
    }
    return row(f"timing.{name}", at, "chance", round(verdict.area, 4), {"nobody can tell": 0.5})


def _elsewhere() -> dict[str, str]:
    """Another address each time, as the proxy tells it."""
    return {"X-Forwarded-For": str(ipaddress.IPv4Address(random.getrandbits(31) + 2**24))}
