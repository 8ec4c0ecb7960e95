"""Other systems by API key: what a key opens, what none opens, and that the same twice is the same."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from audit.event import ActorKind, EventName
from server.administration.acts import CreateKey, ListKeys, RevokeKey, RotateKey
from server.key_door import REFUSED, USES
from tests.protocol.administration_ways import Way
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand

EVERYTHING = ["cases:write", "customers:write", "enrolments:write"]
MEI: dict[str, Any] = {
    "reference": "K-40001",
    "name": "Mei Ono",
    "email": "mei.ono@example.com",
    "phone": "+81 3-5555-0100",
    "fields": [{"name": "account", "kind": "account", "value": "12345678"}],
}
CASE = {"reference": "C-5001", "customer": "K-40001", "reason": "A transfer is late", "agent": "agent"}
HOUR_MS = 3_600_000


@dataclass(slots=True)
class System:
    """Another system: it keeps no cookies and sends no Origin."""

    stand: Stand
    session: aiohttp.ClientSession
    token: str = ""

    async def post(self, path: str, body: Any = None, **headers: str) -> Answered:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.post(
            f"{self.stand.url}/api/v1{path}", json=body, headers={**sent, **headers}
        ) as answer:
            return Answered(answer.status, await answer.json(), answer.headers)


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    async with (
        stand(tmp_path) as server,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        made = await office(server).do(CreateKey(name="crm", scopes=EVERYTHING, days=90))
        yield System(server, session, made.token)


def office(server: Stand) -> Way:
    return Way(server.foundation.log_folder.parent, server)


async def with_key(system: System, *scopes: str, days: int = 1) -> tuple[System, str]:
    made = await office(system.stand).do(CreateKey(name="narrow", scopes=list(scopes), days=days))
    return System(system.stand, system.session, made.token), made.key.id


async def test_a_customer_and_a_case_come_in_and_the_agent_has_it_at_once(system: System) -> None:
    customer, case = await system.post("/customers", MEI), await system.post("/cases", CASE)
    assert (customer.status, case.status) == (201, 201)
    async with Browser(system.stand) as agent:
        await agent.sign_in("agent")
        record = await agent.ask("GET", f"/cases/{case.body['id']}")
        assert (record.status, record.body["live"], record.body["origin"]) == (200, True, "system")
        assert {"name": "account", "masked": "•••78", "locked": True} in record.body["customer"]["fields"]
        assert (await agent.ask("POST", "/sessions", {"case": case.body["id"]})).status == 201


async def test_the_same_twice_is_the_same_and_something_else_is_refused(system: System) -> None:
    first = await system.post("/customers", MEI)
    again = await system.post("/customers", MEI)
    assert (again.status, again.body) == (200, first.body)
    other = await system.post("/customers", {**MEI, "phone": "+81 3-5555-0199"})
    assert (other.status, other.body["code"]) == (409, "different")
    case = await system.post("/cases", CASE)
    assert ((await system.post("/cases", CASE)).status, (await system.post("/cases", CASE)).body) == (
        200,
        case.body,
    )
    assert (await system.post("/cases", {**CASE, "reason": "Something else"})).status == 409


async def test_another_system_stands_for_a_case_that_an_agent_opened(system: System) -> None:
    async with Browser(system.stand) as agent:
        await agent.sign_in("agent")
        asked = {"customer": "K-30518", "reason": "Asked at the counter"}
        opened = (await agent.ask("POST", "/provisional-cases", asked)).body
        named = {
            "reference": opened["reference"],
            "customer": "K-30518",
            "reason": "A ticket",
            "agent": "agent",
        }
        for other in ({"customer": "K-30877"}, {"agent": "agent2"}):
            assert (await system.post("/cases", {**named, **other})).status == 409
        assert (await agent.ask("GET", f"/cases/{opened['id']}")).status == 409
        for _ in range(2):
            told = await system.post("/cases", named)
            assert (told.status, told.body["id"]) == (200, opened["id"])
        assert (await agent.ask("GET", f"/cases/{opened['id']}")).status == 200
        confirmed = await system.stand.recorded(EventName.KEY_CASE_CONFIRMED)
        assert [event.actor.kind for event in confirmed] == [ActorKind.KEY] * 2  # the intent, and its outcome


async def test_twenty_at_once_make_one(system: System) -> None:
    answers = await asyncio.gather(*(system.post("/customers", MEI) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert len({answer.body["id"] for answer in answers}) == 1


async def test_a_customers_link_to_enrol_is_given_by_key(system: System) -> None:
    await system.post("/customers", MEI)
    link = await system.post("/customers/K-40001/enrolments")
    assert (link.status, link.body["url"].startswith(f"{system.stand.url}/enrol#")) == (201, True)
    assert (await system.post("/customers/K-0/enrolments")).status == 404
    enrolled = await system.post("/customers/K-30518/enrolments")
    assert (enrolled.status, enrolled.body["code"]) == (409, "enrolled_already")
    assert link.body["url"].partition("#")[2] not in str(await system.stand.events())


async def test_what_is_no_live_key_is_answered_alike(system: System) -> None:
    _, revoked = await with_key(system, "customers:write")
    gone, key = await with_key(system, "customers:write")
    await office(system.stand).do(RevokeKey(key=key))
    short, _ = await with_key(system, "customers:write")
    system.stand.clock.shift_ms += 25 * HOUR_MS
    wrong = f"tk_{revoked}_{'A' * 43}"
    tokens = ["", wrong, f"tk_{'0' * 16}_{'A' * 43}", gone.token, short.token, "tk_", "x" * 5_000, "é"]
    answers = [await System(system.stand, system.session, token).post("/customers", MEI) for token in tokens]
    assert {answer.status for answer in answers} == {401}
    assert len({str(answer.body) for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/problem+json"}
    refused = [event for event in await system.stand.events() if event.name is EventName.KEY_REQUEST_REFUSED]
    assert len(refused) == len(tokens)


async def test_a_key_does_what_its_scopes_say_and_no_more(system: System) -> None:
    await system.post("/customers", MEI)
    narrow, _ = await with_key(system, "cases:write")
    assert (await narrow.post("/cases", CASE)).status == 201
    for path, body in (("/customers", MEI), ("/customers/K-40001/enrolments", None)):
        answer = await narrow.post(path, body)
        assert (answer.status, answer.body["code"]) == (403, "key_not_allowed")


async def test_a_cookie_never_stands_in_for_a_key_nor_a_key_for_a_cookie(system: System) -> None:
    async with Browser(system.stand) as officer:
        await officer.sign_in("officer", "security")
        assert (await officer.ask("POST", "/customers", MEI)).status == 401
        bearer = {"Authorization": f"Bearer {system.token}"}
        assert (await officer.ask("POST", "/customers", MEI, headers=bearer)).status == 201
    async with system.session.get(
        f"{system.stand.url}/api/v1/security/sessions", headers={"Authorization": f"Bearer {system.token}"}
    ) as answer:
        assert answer.status == 401
    signing_in = await system.post(
        "/logins", {"door": "agent", "username": "a", "password": "b", "code": "1"}
    )
    assert (signing_in.status, signing_in.body["code"]) == (403, "wrong_origin")  # a key lifts no other rule


async def test_every_use_is_on_record_by_the_keys_name_and_without_its_secret(system: System) -> None:
    await system.post("/customers", MEI)
    await system.post("/customers", MEI)
    await system.post("/customers", {"reference": "K 1"})
    (key,) = (await office(system.stand).do(ListKeys())).keys
    uses = [event for event in await system.stand.events() if event.name is EventName.KEY_REQUEST_MADE]
    assert {(event.actor.kind, event.actor.id) for event in uses} == {(ActorKind.KEY, key.id)}
    assert len(uses) == 3
    assert key.last_used_ms is not None
    written = str(await system.stand.events()) + system.stand.written.getvalue()
    assert system.token.split("_", 2)[2] not in written
    assert "mei.ono" not in written


async def test_a_full_log_lets_no_key_do_anything(system: System) -> None:
    system.stand.disk.full = True
    answer = await system.post("/customers", MEI)
    assert (answer.status, answer.body["code"]) == (503, "not_recorded")
    assert await system.stand.foundation.stores.customer_roll.of_reference("K-40001") is None


async def test_a_rotated_key_overlaps_and_then_is_gone(system: System) -> None:
    (key,) = (await office(system.stand).do(ListKeys())).keys
    made = await office(system.stand).do(RotateKey(key=key.id, days=30, overlap_hours=24))
    fresh = System(system.stand, system.session, made.token)
    assert (await system.post("/customers", MEI)).status == 201
    assert (await fresh.post("/customers", MEI)).status == 200
    system.stand.clock.shift_ms += 25 * HOUR_MS
    assert (await system.post("/customers", MEI)).status == 401
    assert (await fresh.post("/customers", MEI)).status == 200


async def test_a_key_that_asks_too_often_waits_and_the_next_one_does_not(system: System) -> None:
    counters, taken = system.stand.composed.services.key_door._counters, f"key/{key_id(system)}"

    async def use() -> None:
        """Again and again: while it is asked, time gives some back."""
        while True:
            await counters.take(taken, USES)
            await asyncio.sleep(0)

    for _ in range(USES.count):
        await counters.take(taken, USES)
    async with asyncio.TaskGroup() as group:
        using = group.create_task(use())
        answer = await system.post("/customers", MEI)
        using.cancel()
    assert (answer.status, answer.body["code"]) == (429, "too_many_attempts")
    other, _ = await with_key(system, "customers:write")
    assert (await other.post("/customers", MEI)).status == 201


async def test_a_flood_of_wrong_keys_is_summed_in_the_log_and_keeps_no_good_key_out(system: System) -> None:
    stranger = System(system.stand, system.session, f"tk_{'0' * 16}_{'A' * 43}")
    answers = await asyncio.gather(*(stranger.post("/customers", MEI) for _ in range(REFUSED.count + 10)))
    assert {answer.status for answer in answers} == {401}
    refused = [event for event in await system.stand.events() if event.name is EventName.KEY_REQUEST_REFUSED]
    assert len(refused) == REFUSED.count
    assert (await system.post("/customers", MEI)).status == 201


async def test_the_description_names_the_key_its_scope_and_both_answers(system: System) -> None:
    async with system.session.get(f"{system.stand.url}/api/v1/openapi.json") as answer:
        described = await answer.json()
    posting = described["paths"]["/api/v1/cases"]["post"]
    assert posting["security"] == [{"key": ["cases:write"]}]
    assert {"200", "201"} <= set(posting["responses"])
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def key_id(system: System) -> str:
    return system.token.split("_")[1]


UNFIT: list[dict[str, Any]] = [
    {"reference": ""},
    {"reference": "K 1"},
    {"reference": "K" * 65},
    {"name": ""},
    {"name": "a\u0000b"},
    {"name": "\u202eMei"},
    {"email": "mei"},
    {"phone": "call me"},
    {"fields": [{"name": "name", "kind": "text", "value": "x"}]},
    {"fields": [{"name": "a", "kind": "secret", "value": "x"}]},
    {"fields": [{"name": "a", "kind": "text", "value": "x"}] * 2},
    {"fields": [{"name": "a", "kind": "text", "value": "x"}] * 17},
    {"vip": True},
]


async def test_what_does_not_fit_is_told_by_field_and_never_repeated(system: System) -> None:
    for change in UNFIT:
        answer = await system.post("/customers", {**MEI, **change})
        assert (answer.status, answer.body["code"]) == (422, "does_not_fit"), change
        assert "Mei" not in answer.body["detail"]
    assert await system.stand.foundation.stores.customer_roll.of_reference("K-40001") is None
