"""What may succeed once, tried fifty times at once over HTTP: the same races for the tests and for the soak.

A race stages something that is good once, opens fifty connections, and then sends fifty uses of it together, each from
an address of its own, so that no throttle decides in place of the claim. It gives how many were heard and refused.
"""

import asyncio
import ipaddress
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from server.enrolling import new_holder
from server.setting_groups import HttpSettings
from server.settings import Settings
from tests.protocol.described import check_described
from tests.protocol.enrolment_people import Newcomer, customer_of, link_for, token_of
from tests.protocol.me_people import own_site
from tests.protocol.passkey_people import Keyring, challenge_for, customer_with_passkey
from tests.protocol.server_people import IDLE_S, Browser, DeviceKey, in_verifying
from tests.protocol.server_stand import MANY_SIGN_INS, Stand

AT_ONCE: Final = 50
WITHIN_S: Final = 60.0
HOUR_MS: Final = 3_600_000
BEHIND_A_PROXY: Final = Settings(
    http=HttpSettings(trusted_proxies=["127.0.0.0/8", "::1"]), flags=MANY_SIGN_INS.flags
)

Race = Callable[[Stand], Awaitable[Counter[str]]]


@dataclass(frozen=True, slots=True)
class Use:
    """One request. `cookie` is the whole header, "" for none."""

    path: str
    body: Mapping[str, Any]
    cookie: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Crowd:
    """Fifty connections that are open before anything is sent on them."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=WITHIN_S),
        )

    async def __aenter__(self) -> Self:
        await asyncio.gather(*(self._knock() for _ in range(AT_ONCE)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def all_at_once(self, uses: list[Use]) -> list[tuple[int, Any]]:
        """Status and body of each, in the order of `uses`."""
        return await asyncio.gather(*(self._send(use) for use in uses))

    async def _knock(self) -> None:
        async with self._session.get(f"{self._stand.url}/healthz") as answer:
            await answer.read()

    async def _send(self, use: Use) -> tuple[int, Any]:
        path, address = f"/api/v1{use.path}", str(ipaddress.IPv4Address(random.getrandbits(31) + 2**24))
        headers = {"Origin": self._stand.url, "Content-Type": "application/json", "X-Forwarded-For": address}
        if use.cookie:
            headers["Cookie"] = use.cookie
        async with self._session.post(
            self._stand.url + path, data=json.dumps(use.body).encode(), headers={**headers, **use.headers}
        ) as answer:
            check_described("POST", path, answer.status)
            return answer.status, json.loads(await answer.read() or b"null")


def cookie_of(browser: Browser, name: str) -> str:
    value = next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == name)
    return f"{name}={value}"


async def customer_code(server: Stand) -> Counter[str]:
    """One code of an authenticator, typed fifty times into the session that asks for it."""
    async with in_verifying(server) as share, Crowd(server) as crowd:
        code, cookie = server.fresh_code("K-30518"), cookie_of(share.customer, "tachiai-customer")
        use = Use("/customer/session/verification", {"code": code}, cookie)
        answers = await crowd.all_at_once([use] * AT_ONCE)
        await share.agent.ask("POST", f"/sessions/{share.session}/end")
        return Counter(body.get("outcome", f"refused {status}") for status, body in answers)


async def invitation(server: Stand) -> Counter[str]:
    """One invitation: half of fifty browsers bring the link's token, half the spoken code."""
    async with Browser(server) as agent, Crowd(server) as crowd:
        assert (await agent.sign_in("agent")).status == 201
        opened = await agent.open_session()
        ways = (
            {"token": opened["invitation"]["link"].partition("#")[2]},
            {"code": opened["invitation"]["code"]},
        )
        uses = [
            Use(
                "/invitations/claim",
                {**ways[number % 2], "device_key": DeviceKey().jwk, "language": "en"},
            )
            for number in range(AT_ONCE)
        ]
        answers = await crowd.all_at_once(uses)
        await agent.ask("POST", f"/sessions/{opened['session']}/end")
        return Counter("let in" if status == 201 else f"refused {status}" for status, _ in answers)


async def staff_code(server: Stand) -> Counter[str]:
    """One code of a member of staff, in fifty sign-ins with the right password."""
    server.clock.shift_ms += HOUR_MS  # the last round's refusals are out of the window
    async with Crowd(server) as crowd:
        body = {
            "door": "agent",
            "username": "agent2",
            "password": server.accounts["agent2"].password,
            "code": server.fresh_code("agent2"),
        }
        answers = await crowd.all_at_once([Use("/logins", body)] * AT_ONCE)
        return Counter("signed in" if status == 201 else f"refused {status}" for status, _ in answers)


async def enrolment_link(server: Stand) -> Counter[str]:
    """One enrolment link, claimed by fifty browsers, each with a cookie of its own."""
    link = await link_for(server, await customer_of(server, "C-2056"))
    async with Crowd(server) as crowd:
        cookies = [f"tachiai-enrolment={new_holder()}" for _ in range(AT_ONCE)]  # as the page gives them
        uses = [Use("/enrolment/claim", {"token": token_of(link)}, cookie) for cookie in cookies]
        answers = await crowd.all_at_once(uses)
        return Counter("held" if status == 201 else f"refused {status}" for status, _ in answers)


async def passkey_challenge(server: Stand) -> Counter[str]:
    """One question to a customer's passkey, answered fifty times, each by a signature of its own."""
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with in_verifying(server) as share, Crowd(server) as crowd:
        challenge, cookie = await challenge_for(share), cookie_of(share.customer, "tachiai-customer")
        bodies = [keyring.latest.assertion(challenge, server.url) for _ in range(AT_ONCE)]
        path = "/customer/session/verification/passkey"
        answers = await crowd.all_at_once([Use(path, body, cookie) for body in bodies])
        await share.agent.ask("POST", f"/sessions/{share.session}/end")
        return Counter(body.get("outcome", f"refused {status}") for status, body in answers)


async def recovery_code(server: Stand) -> Counter[str]:
    """One recovery code of the customer, typed fifty times into the session that asks for it."""
    async with Newcomer(server) as newcomer:
        assert (await newcomer.claim(await link_for(server, await customer_of(server)))).status == 201
        await newcomer.scan()
        assert (await newcomer.confirm()).status == 200
        code = (await newcomer.ask("POST", "/enrolment/recovery-codes")).body["recovery_codes"][0]
    async with in_verifying(server) as share, Crowd(server) as crowd:
        body = {"code": code.replace("-", ""), "method": "recovery_code"}
        use = Use("/customer/session/verification", body, cookie_of(share.customer, "tachiai-customer"))
        answers = await crowd.all_at_once([use] * AT_ONCE)
        await share.agent.ask("POST", f"/sessions/{share.session}/end")
        return Counter(body.get("outcome", f"refused {status}") for status, body in answers)


async def hand_off(server: Stand) -> Counter[str]:
    """One token of the organisation's site, brought to the customers' page by fifty browsers."""
    async with own_site(server) as site, Crowd(server) as crowd:
        use = Use("/me/logins", {"token": await site.token_for()})
        answers = await crowd.all_at_once([use] * AT_ONCE)
        return Counter("let in" if status == 201 else f"refused {status}" for status, _ in answers)


# The race, and the answer that exactly one of the fifty gets.
RACES: Final[Mapping[str, tuple[Race, str]]] = {
    "customer_code": (customer_code, "verified"),
    "invitation": (invitation, "let in"),
    "staff_code": (staff_code, "signed in"),
    "enrolment_link": (enrolment_link, "held"),
    "passkey_challenge": (passkey_challenge, "verified"),
    "recovery_code": (recovery_code, "verified"),
    "hand_off": (hand_off, "let in"),
}


async def run(name: str, server: Stand, rounds: int) -> None:
    """Raises AssertionError unless exactly one of fifty succeeded in every round."""
    race, success = RACES[name]
    for number in range(rounds):
        heard = await race(server)
        told = f"round {number + 1} of {name}: {dict(heard)}"
        assert heard[success] == 1, told
        assert heard.total() == AT_ONCE, told
        assert "refused 500" not in heard, told  # too many at once may be refused, as long as it is meant
