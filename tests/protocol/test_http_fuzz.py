"""What fits the description and what just does not, sent to every route by everybody: answered, never by a fault.

Schemathesis makes the requests from the description that the server gives out; the cases are the same each time.
"""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from server.http import openapi
from server.http.routes import table
from server.http.routing import Who
from server.setting_groups import HttpSettings
from server.settings import Settings
from tests.protocol.server_people import Answered, Browser, Customer
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import InEarnest

CASES_OF_EACH = 3
BEHIND_A_PROXY = Settings(http=HttpSettings(trusted_proxies=["127.0.0.0/8", "::1"]))
SIGNING_OUT = "/api/v1/logins/current"


@dataclass(frozen=True, slots=True)
class Made:
    method: str
    path: str
    query: dict[str, Any]
    body: bytes | None


def made() -> list[Made]:
    """From the description, half of them fitting it. Sign-outs come last."""
    document = openapi.document(table(demo_routes=False), secure=False, version="1")
    document["paths"].pop("/api/v1/socket")
    found = [
        case
        for result in schemathesis.openapi.from_dict(document).get_all_operations()
        if isinstance(result, Ok)
        for mode in GenerationMode
        for case in cases_of(result.ok(), mode)
    ]
    return sorted(found, key=lambda one: one.path == SIGNING_OUT)


def cases_of(operation: Any, mode: GenerationMode) -> Iterator[Made]:
    cases: list[Made] = []

    @settings(
        max_examples=CASES_OF_EACH,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(Made(case.method, case.formatted_path, dict(case.query or {}), encoded(case.body)))

    with suppress(Unsatisfiable):  # nothing of this operation can be made not to fit
        collect()
    yield from cases


def encoded(body: Any) -> bytes | None:
    if isinstance(body, NotSet):
        return None
    return body if isinstance(body, bytes) else json.dumps(body).encode()


async def send(browser: Browser, one: Made, number: int) -> Answered:
    query = "&".join(f"{name}={value}" for name, value in one.query.items() if isinstance(value, int))
    path = f"{one.path}?{query}" if query else one.path
    headers = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}
    return await browser.ask(one.method, path, raw=one.body, headers=headers)


async def everybody(server: Stand, stack: AsyncExitStack) -> dict[Who, Browser]:
    agent, officer, nobody = [await stack.enter_async_context(InEarnest(server)) for _ in range(3)]
    customer = await stack.enter_async_context(Customer(server))
    await agent.sign_in("agent")
    await officer.sign_in("officer", "security")
    await customer.claim((await agent.open_session())["invitation"])
    return {Who.ANYONE: nobody, Who.CUSTOMER: customer, Who.AGENT: agent, Who.OFFICER: officer}


@pytest.mark.timeout(300)  # some thousand requests, and a loaded machine
async def test_whatever_is_sent_is_answered_as_described_and_never_by_a_fault(tmp_path: Path) -> None:
    cases = made()
    async with stand(tmp_path, demo=False, settings=BEHIND_A_PROXY) as server, AsyncExitStack() as stack:
        people = await everybody(server, stack)
        for number, one in enumerate(cases):
            for browser in people.values():
                answer = await send(browser, one, number)  # which compares its status with the description
                assert answer.status < 500, (one, answer.body)
                if answer.status >= 400:
                    assert answer.headers["Content-Type"] == "application/problem+json", one
                    assert answer.body["detail"].endswith((".", "?")), answer.body
    assert {one.path.split("/")[3] for one in cases if one.path.startswith("/api/v1/")} >= {
        "sessions",
        "cases",
    }
    assert server.log.failure is None
