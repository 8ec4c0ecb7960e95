"""One exact change, from an agent's proposal to the organisation's systems: a passkey, a second agent, a hold."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from audit.event import EventName, Outcome
from server.administration.acts import CreateKey
from server.storage.action_tables import actions as action_table
from session.device_key import device_id
from support.action import Action, ActionKind
from support.identity import CaseId, CustomerId, StaffId
from tests.protocol.administration_ways import Way
from tests.protocol.passkey_people import Keyring, asked, customer_with_passkey, prove
from tests.protocol.server_people import Answered, Browser, Share, in_verifying
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import bytes_of
from verification.passkey_challenge import first_transcript, for_session

SUMMARY = "New payout account: 0000-555-0199000"
CHANGE = {"kind": "change_payout_address", "summary": SUMMARY}
HOUR_MS = 3_600_000


@dataclass
class Scene:
    server: Stand
    share: Share
    second: Browser
    keyring: Keyring

    async def propose(self, body: dict[str, str] | None = None) -> Answered:
        path = f"/sessions/{self.share.session}/actions"
        return await self.share.agent.ask("POST", path, body or CHANGE)

    async def proposed(self) -> dict[str, Any]:
        answer = await self.propose()
        assert answer.status == 201, answer.body
        return dict(answer.body)

    async def own_hash(self) -> bytes:
        """As the customer's page makes it, from what it shows."""
        shown = (await self.share.customer.ask("GET", "/customer/session/action")).body
        return bytes_of(
            Action(
                id=shown["id"],
                kind=ActionKind(shown["kind"]),
                summary=shown["summary"],
                session=self.share.session,
                case=CaseId(""),
                customer=CustomerId(""),
                proposed_by=StaffId(""),
                proposed_at_ms=0,
                expires_at_ms=0,
            ).hash
        )

    async def confirm(self) -> Answered:
        options = await asked(self.share.customer)
        view = (await self.share.customer.ask("GET", "/customer/session")).body
        transcript = first_transcript(
            session=view["session"],
            case=options["case"],
            agent=options["agent"],
            number=view["agent"]["number"],
            device=device_id(self.share.customer.key.jwk),
        )
        bound = for_session(transcript, "V3", await self.own_hash())
        challenge = bound.challenge(bytes_of(options["nonce"]))
        assert challenge == bytes_of(options["challenge"])
        return await prove(self.share, self.keyring.latest.assertion(challenge, self.server.url))

    async def approve(self, action: str) -> Answered:
        return await self.second.ask("POST", f"/api/v1/agent/actions/{action}/approve")

    async def follow_time(self) -> None:
        await self.server.composed.services.actions.follow_time()

    async def state(self, action: str) -> str:
        found = await self.server.foundation.stores.actions.find(action)
        assert found is not None
        return found.state


@asynccontextmanager
async def scene(server: Stand, keyring: Keyring) -> AsyncIterator[Scene]:
    async with in_verifying(server) as share, Browser(server) as second:
        assert (await second.sign_in("agent2")).status == 201
        yield Scene(server, share, second, keyring)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def released(server: Stand, after: int = 0) -> list[dict[str, Any]]:
    way = Way(server.foundation.log_folder.parent, server)
    made = await way.do(CreateKey(name=f"core {after}", scopes=["actions:read"], days=90))
    headers = {"Authorization": f"Bearer {made.token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/api/v1/actions?after={after}", headers=headers) as answer,
    ):
        assert answer.status == 200
        return list((await answer.json())["actions"])


async def mails(server: Stand) -> list[str]:
    kept = await server.foundation.stores.outbox.latest(readable=True)
    return [one.message.body.decode() for one in kept]


async def test_a_change_is_confirmed_approved_held_back_and_released_once(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with scene(server, keyring) as at:
        action = await at.proposed()
        confirmed = await at.confirm()
        assert [confirmed.body[name] for name in ("outcome", "level")] == ["verified", "V3"]
        after = (await at.share.customer.ask("GET", "/customer/session")).body
        assert (after["state"], after["verification"]) == (
            "verifying",
            None,
        )  # it shows nothing more than before
        answers = await asyncio.gather(*(at.approve(action["id"]) for _ in range(8)))
        assert sorted(answer.status for answer in answers) == [200] + [409] * 7
        await at.follow_time()
        assert await at.state(action["id"]) == "approved"
        assert await released(server) == []
    assert any(SUMMARY in mail and "/action#" in mail for mail in await mails(server))
    server.clock.shift_ms += 24 * HOUR_MS
    await asyncio.gather(*(at.follow_time() for _ in range(4)), return_exceptions=True)
    (told,) = await released(server)
    assert (told["id"], told["summary"], told["customer"], told["case"]) == (
        *(action["id"], SUMMARY),
        *("K-30518", "C-2041"),
    )
    assert await released(server, told["index"]) == []
    names = [(event.name, event.outcome) for event in await server.events()]
    assert names.count((EventName.CUSTOMER_ACTION_CONFIRMED, Outcome.DONE)) == 1
    assert names.count((EventName.SYSTEM_ACTION_RELEASED, Outcome.DONE)) == 1
    assert names.count((EventName.AGENT_ACTION_APPROVED, Outcome.DONE)) == 1
    assert SUMMARY not in repr(await server.events())
    assert SUMMARY not in server.written.getvalue()


async def test_a_second_agent_approves_only_what_the_customer_has_confirmed(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with scene(server, keyring) as at:
        action = await at.proposed()
        view = (await at.share.customer.ask("GET", "/customer/session")).body
        assert (view["asked"]["level"], view["methods"]) == ("V3", ["passkey"])
        too_early = await at.approve(action["id"])
        assert (too_early.status, too_early.body["code"]) == (409, "verification_needed")
        await at.confirm()
        own = await at.share.agent.ask("POST", f"/api/v1/agent/actions/{action['id']}/approve")
        assert (own.status, own.body["code"]) == (409, "action_own")
        (waiting,) = (await at.second.ask("GET", "/api/v1/agent/actions")).body
        assert (waiting["confirmed"], waiting["own"], waiting["summary"]) == (True, False, SUMMARY)
        assert (await at.approve(action["id"])).status == 200
        cancelled = await at.second.ask("POST", f"/api/v1/agent/actions/{action['id']}/cancel")
        assert cancelled.status == 204
        assert (await at.second.ask("GET", "/api/v1/agent/actions")).body == []


async def test_a_customer_cancels_by_the_link_in_their_mail_and_nothing_is_released(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with scene(server, keyring) as at:
        action = await at.proposed()
        await at.confirm()
        assert (await at.approve(action["id"])).status == 200
        (mail,) = [mail for mail in await mails(server) if "/action#" in mail]
        found = re.search(r"/action#([A-Za-z0-9_-]+)", mail)
        assert found is not None
        async with Browser(server) as anybody:
            assert (await anybody.ask("POST", "/actions/shown", {"token": "guessed"})).status == 404
            shown = await anybody.ask("POST", "/actions/shown", {"token": found[1]})
            assert (shown.body["state"], shown.body["summary"]) == ("approved", SUMMARY)
            done = await anybody.ask("POST", "/actions/cancelled", {"token": found[1]})
            assert (done.status, done.body["state"]) == (200, "cancelled")
            again = await anybody.ask("POST", "/actions/cancelled", {"token": found[1]})
            assert (again.status, again.body["code"]) == (409, "action_not_open")
    server.clock.shift_ms += 25 * HOUR_MS
    await at.follow_time()
    assert await released(server) == []
    assert await server.recorded(EventName.CUSTOMER_ACTION_CANCELLED)


TOLD = {
    "time": (EventName.SYSTEM_ACTION_EXPIRED, "time"),
    "end": (EventName.SYSTEM_ACTION_EXPIRED, "session_ended"),
    "asked_anew": (EventName.AGENT_ACTION_CANCELLED, "replaced"),
}


@pytest.mark.parametrize("death", ["time", "end", "asked_anew"])
async def test_a_confirmation_dies_with_its_time_its_session_and_the_next_question(
    server: Stand, death: str
) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with scene(server, keyring) as at:
        action = await at.proposed()
        assert (await at.confirm()).body["outcome"] == "verified"
        if death == "time":
            server.clock.shift_ms += 5 * 60_000
            await at.second.sign_in("agent2")  # an approval asks for a sign-in of the last five minutes
        elif death == "end":
            await at.share.agent.ask("POST", f"/sessions/{at.share.session}/end")
        else:
            await at.proposed()
        refused = await at.approve(action["id"])
        assert refused.status == 409
        assert refused.body["code"] in {"verification_needed", "action_not_open"}
        server.clock.shift_ms += 10 * 60_000
        await at.follow_time()
        assert await at.state(action["id"]) in {"expired", "cancelled"}
    name, reason = TOLD[death]
    assert reason in {event.facts["reason"] for event in await server.recorded(name)}


async def test_what_the_customer_says_no_to_is_declined_at_once_for_the_agent_and_the_log(
    server: Stand,
) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with scene(server, keyring) as at:
        action = await at.proposed()
        await at.share.customer_socket.send({"type": "verification.decline"})
        while not (await at.share.agent_socket.next("state"))["view"]["talk_only"]:
            pass  # what came before the "no"
        (shown,) = (await at.share.agent.ask("GET", f"/sessions/{at.share.session}/actions")).body
        assert (shown["id"], shown["state"]) == (action["id"], "declined")
        assert (await at.approve(action["id"])).body["code"] == "action_not_open"
        assert (await at.second.ask("GET", "/api/v1/agent/actions")).body == []
        assert (await at.propose()).status == 201, "another one may follow"
    (declined,) = [
        event for event in await server.events() if event.name is EventName.CUSTOMER_ACTION_CANCELLED
    ]
    assert (declined.facts["action"], declined.facts["reason"]) == (action["id"], "declined")


async def test_what_cannot_be_read_aloud_is_not_proposed_and_a_code_confirms_nothing(server: Stand) -> None:
    async with scene(server, Keyring()) as at:
        for summary in ("two\nlines", " blank", "x\u202ey"):
            answer = await at.propose({**CHANGE, "summary": summary})
            assert answer.status == 422, summary
        assert (await at.propose({**CHANGE, "kind": "give_all"})).status == 422
        await at.proposed()
        refused = await at.share.customer.type_code()
        assert (refused.status, refused.body["code"]) == (409, "method_not_offered")
        other = await at.second.ask("POST", f"/sessions/{at.share.session}/actions", CHANGE)
        assert other.status == 404  # it is not their session


@pytest.mark.parametrize("held_ms", [24 * HOUR_MS, 0], ids=["at the end", "lifted before the end"])
async def test_an_agent_blocked_meanwhile_has_approved_nothing(server: Stand, held_ms: int) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with scene(server, keyring) as at:
        action = await at.proposed()
        await at.confirm()
        assert (await at.approve(action["id"])).status == 200
    approver = await server.foundation.stores.staff.find_by_username("agent2")
    assert approver is not None
    server.clock.shift_ms += held_ms
    await server.foundation.stores.staff.block(approver.id, server.clock.now_ms() + HOUR_MS)
    await at.follow_time()
    assert await at.state(action["id"]) == "cancelled"
    async with server.foundation.database.reading() as connection:
        assert (
            await connection.scalar(action_table.select().with_only_columns(action_table.c.summary))
            is not None
        )
