"""Other systems ask for verifications: the same law as an agent's, answered by polling and by a signed webhook."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from audit.event import ActorKind, EventName
from server.administration.acts import CreateKey, ListStaff, RevokeKey, RotateKey
from server.administration.webhook_acts import AddWebhook
from server.log_keeping.verification_outcomes import VerificationOutcomes
from server.setting_groups import WebhooksSettings
from server.settings import Settings
from tests.protocol.administration_ways import Way
from tests.protocol.outside_peers import HookPeer, listening
from tests.protocol.server_people import Answered, Browser, Customer, Socket
from tests.protocol.server_stand import Stand, stand
from tests.protocol.test_http_keys import System
from verification.ports import StoreUnavailable

SCOPES = ["verifications:read", "verifications:write"]
ASKED: dict[str, Any] = {"customer": "K-30518", "level": "V1", "reason": "A payment to a new payee"}
TO_HERE = Settings(organisation="Kawa Exchange", webhooks=WebhooksSettings(networks=["127.0.0.0/8"]))


class Asking(System):
    async def get(self, path: str) -> Answered:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.get(f"{self.stand.url}/api/v1{path}", headers=headers) as answer:
            return Answered(answer.status, await answer.json(), answer.headers)

    async def state(self, request: str, wanted: str) -> dict[str, Any]:
        """By polling, as another system does."""
        async with asyncio.timeout(60):
            while (seen := await self.get(f"/verifications/{request}")).body["state"] != wanted:
                assert seen.status == 200, seen.body
                await asyncio.sleep(0.05)
        return dict(seen.body)

    @property
    def office(self) -> Way:
        return Way(self.stand.foundation.log_folder.parent, self.stand)


@asynccontextmanager
async def asking(server: Stand) -> AsyncIterator[Asking]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        one = Asking(server, session)
        made = await one.office.do(CreateKey(name="payments", scopes=SCOPES, days=90))
        one.token = made.token
        yield one


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Asking]:
    async with stand(tmp_path, settings=TO_HERE) as server, asking(server) as one:
        yield one


@asynccontextmanager
async def joined(
    system: Asking, asked: dict[str, Any], *, by_code: bool = False
) -> AsyncIterator[tuple[Customer, Socket]]:
    """The customer has opened the invitation and sees who asks."""
    async with Customer(system.stand) as customer:
        invitation = {"link": asked["link"], "code": asked["spoken"]}
        claimed = await customer.claim(invitation, by_code=by_code)
        assert claimed.status == 201, claimed.body
        async with customer.socket(purpose="session") as socket:
            yield customer, socket


async def accept(socket: Socket) -> dict[str, Any]:
    await socket.send({"type": "badge.shown"})
    await socket.view("introducing")
    await socket.send({"type": "badge.accept"})
    return await socket.view("verifying")


async def test_a_customer_proves_who_they_are_and_the_system_is_told_by_polling_and_by_webhook(
    system: Asking,
) -> None:
    async with listening(HookPeer()) as peer:
        hook = await system.office.do(AddWebhook(name="payments", url=f"http://127.0.0.1:{peer.port}/hook"))
        asked = await system.post("/verifications", {**ASKED, "webhook": "payments"})
        assert asked.status == 201, asked.body
        request = asked.body["id"]
        assert (asked.body["state"], asked.body["wanted"], asked.body["customer"]) == (
            "pending",
            "V1",
            "K-30518",
        )
        async with joined(system, asked.body) as (customer, socket):
            view = await accept(socket)
            assert (view["purpose"], view["agent"]["name"]) == ("verify", "payments")
            assert (await system.get(f"/verifications/{request}")).body["state"] == "joined"
            assert (await customer.type_code("000000")).body["outcome"] == "refused"
            assert (await customer.type_code()).body["outcome"] == "verified"
            assert (await socket.view("ended"))["end"]["cause"] == "verified"
        seen = await system.state(request, "verified")
        assert (seen["level"], seen["method"], seen["cause"]) == ("V1", "totp", None)
        async with asyncio.timeout(60):
            while not peer.calls:  # noqa: ASYNC110  # the peer tells nobody
                await asyncio.sleep(0.05)
        told = Webhook(hook.secret).verify(peer.calls[0].body, peer.calls[0].headers)
    assert told["type"] == "verification.finished"
    assert {name: value for name, value in told["data"].items() if name != "state"} == {
        name: seen[name] for name in ("id", "customer", "wanted", "level", "method", "cause", "at_ms")
    }
    await is_on_record_without_secrets(system, asked.body, hook.secret)


async def is_on_record_without_secrets(system: Asking, asked: dict[str, Any], secret: str) -> None:
    await system.stand.recorded(EventName.SYSTEM_MESSAGE_SENT)
    await system.stand.recorded(EventName.SYSTEM_SESSION_ENDED)
    events = await system.stand.events()
    names = [event.name.value for event in events if event.outcome.value == "done"]
    wanted = ["key:case:opened", "key:verification:requested", "agent:session:opened", "system:session:ended"]
    assert set(wanted) <= set(names)
    assert "system:message:sent" in names
    requested = next(event for event in events if event.name is EventName.KEY_VERIFICATION_REQUESTED)
    assert (requested.actor.kind, requested.facts["verification"]) == (ActorKind.KEY, asked["id"])
    secret_things = (asked["link"].partition("#")[2], asked["spoken"], secret, ASKED["reason"])
    assert not any(thing in str([event.facts for event in events]) for thing in secret_things)
    assert await system.stand.foundation.stores.verification_requests.unsettled() == []


async def test_the_same_again_is_the_same_request_and_something_else_is_refused(system: Asking) -> None:
    once = {"Idempotency-Key": "order-1"}
    answers = await asyncio.gather(*(system.post("/verifications", ASKED, **once) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201], [one.body for one in answers]
    assert len({str(answer.body) for answer in answers}) == 1
    other = await system.post("/verifications", {**ASKED, "reason": "Another"}, **once)
    assert (other.status, other.body["code"]) == (409, "sent_before")
    async with joined(system, answers[0].body, by_code=True):
        again = await system.post("/verifications", ASKED, **once)
        assert (again.status, again.body["link"], again.body["spoken"]) == (200, None, None)
        busy = await system.post("/verifications", ASKED)
        assert (busy.status, busy.body["code"]) == (409, "customer_busy")
    wrong = await system.post("/verifications", ASKED, **{"Idempotency-Key": "a b"})
    assert wrong.status == 422


async def test_what_a_code_cannot_prove_is_not_proved_by_one(system: Asking) -> None:
    asked = await system.post("/verifications", {**ASKED, "level": "V2"})
    async with joined(system, asked.body) as (customer, socket):
        await accept(socket)
        while (await socket.view("verifying")).get("asked") is None:
            await socket.read()
        answer = await customer.type_code()
        assert answer.status == 409 or answer.body["outcome"] != "verified", answer.body
        assert (await system.get(f"/verifications/{asked.body['id']}")).body["state"] == "joined"


async def test_whoever_does_not_prove_it_has_failed_with_the_cause(system: Asking) -> None:
    async def fails(customer: Customer, _: Socket) -> None:
        for _attempt in range(5):
            await customer.type_code("000000")

    async def leaves(_: Customer, socket: Socket) -> None:
        await socket.send({"type": "share.stop", "by": "page"})

    for does, cause in ((leaves, "customer_stopped"), (fails, "verification_failed")):
        asked = await system.post("/verifications", ASKED)
        async with joined(system, asked.body) as (customer, socket):
            await accept(socket)
            await does(customer, socket)
            seen = await system.state(asked.body["id"], "failed")
        assert (seen["cause"], seen["level"]) == (cause, None)


async def test_what_is_withdrawn_or_of_a_revoked_key_ends_and_what_nobody_opens_expires(
    system: Asking,
) -> None:
    first = (await system.post("/verifications", ASKED)).body
    answer = await system.post(f"/verifications/{first['id']}/withdrawal")
    assert answer.status == 200, answer.body
    assert (await system.state(first["id"], "withdrawn"))["cause"] == "agent_left"
    async with Customer(system.stand) as customer:
        assert (await customer.claim({"link": first["link"], "code": ""})).status in {404, 410}
    second = (await system.post("/verifications", ASKED)).body
    system.stand.clock.shift_ms += 11 * 60_000
    await system.state(second["id"], "expired")
    third = (await system.post("/verifications", ASKED)).body
    rotated = await system.office.do(RotateKey(key=system.token.split("_")[1], days=1, overlap_hours=1))
    async with joined(system, third) as (_, socket):
        await system.office.do(RevokeKey(key=system.token.split("_")[1]))
        await socket.view("ended")
    assert (await system.get(f"/verifications/{third['id']}")).status == 401
    system.token = rotated.token
    assert (await system.state(third["id"], "withdrawn"))["cause"] == "blocked"


async def test_nobody_else_sees_a_request_and_no_system_is_among_the_people(system: Asking) -> None:
    request = (await system.post("/verifications", ASKED)).body["id"]
    other = await system.office.do(CreateKey(name="crm", scopes=SCOPES, days=1))
    reading = await system.office.do(CreateKey(name="payments", scopes=SCOPES[:1], days=1))
    mine, system.token = system.token, other.token
    assert (await system.get(f"/verifications/{request}")).status == 404
    assert (await system.post(f"/verifications/{request}/withdrawal")).status == 404
    system.token = reading.token
    assert (await system.get(f"/verifications/{request}")).body["state"] == "pending"
    assert (await system.post("/verifications", ASKED)).status == 403
    system.token = mine
    staff = await system.office.do(ListStaff())
    assert not any(line.username.startswith("system:") for line in staff.staff)
    async with Browser(system.stand) as agent:
        await agent.sign_in("agent")
        assert (await agent.ask("POST", "/verifications", ASKED)).status == 401


UNFIT: list[tuple[Any, int]] = [
    ({**ASKED, "customer": "K-0"}, 404),
    ({**ASKED, "webhook": "nobody"}, 422),
    ({**ASKED, "level": "V0"}, 422),
    ({**ASKED, "level": "V3"}, 422),
    ({**ASKED, "reason": ""}, 422),
    ({**ASKED, "reason": " "}, 422),
    ({**ASKED, "reason": "a\nb"}, 422),
    ({**ASKED, "reason": "x" * 501}, 422),
    ({**ASKED, "code": "000000"}, 422),
    ({"customer": "K-30518"}, 422),
    ([], 422),
]


async def test_what_does_not_fit_asks_nobody(system: Asking) -> None:
    for body, status in UNFIT:
        answer = await system.post("/verifications", body)
        assert answer.status == status, (body, answer.body)
    assert await system.stand.foundation.stores.verification_requests.unsettled() == []
    assert system.stand.composed.services.conductor.live() == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from([*ASKED.values()]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MUTANTS = st.dictionaries(st.sampled_from([*ASKED, "webhook", "more"]), VALUES, max_size=5)


async def test_mutants_of_a_body_are_refused_or_taken_and_never_a_fault(system: Asking) -> None:
    tried: list[dict[str, Any]] = []

    @settings(max_examples=150, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(MUTANTS)
    def collect(body: dict[str, Any]) -> None:
        tried.append({**ASKED, **body})

    collect()
    for body in tried:
        answer = await system.post("/verifications", body)
        assert answer.status in {201, 404, 409, 422}, (body, answer.body)


async def test_a_case_that_a_crash_left_open_between_its_steps_is_closed(
    system: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = system.stand
    stores, parts = server.foundation.stores, server.composed.services.verification_requests

    async def killed(*_: Any) -> None:
        raise StoreUnavailable("killed")

    with monkeypatch.context() as dying:
        dying.setattr(stores.verification_requests, "add", killed)
        dying.setattr(parts.asking, "tidy", killed)  # nothing is tidied by whoever is dead
        assert (await system.post("/verifications", ASKED)).status == 503
    (left,) = [
        case for case in await stores.case_roll.page(only_open=True) if case.reference.startswith("V-")
    ]
    going_on = await system.post("/verifications", ASKED)
    assert going_on.status == 201, going_on.body
    server.clock.shift_ms += 61_000
    (keeper,) = [one for one in parts.keepers if isinstance(one, VerificationOutcomes)]
    await keeper.look()
    still = [case for case in await stores.case_roll.page(only_open=True) if case.reference.startswith("V-")]
    assert len(still) == 1, "the one that somebody waits for"
    assert left.id not in {case.id for case in still}
