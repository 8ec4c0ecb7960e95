"""What a customer sees on their own page: whether somebody of ours talks to them, who looked and why, with proofs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.note import Verifier
from audit.receipts.checking import Checked, check_receipt
from audit.receipts.statement import AccessStatement, ConsentStatement
from audit.receipts.trust import LogKeys
from server.administration.acts import AssignCase, CloseCase
from server.me.contact import SHOWN_MS
from tests.protocol.administration_ways import Way
from tests.protocol.me_people import OTHER, on_own_page
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


@asynccontextmanager
async def agent_at(server: Stand, username: str = "agent") -> AsyncIterator[Browser]:
    async with Browser(server) as agent:
        assert (await agent.sign_in(username)).status == 201
        yield agent


async def accesses(browser: Browser) -> list[dict[str, Any]]:
    answer = await browser.ask("GET", "/me/history")
    assert answer.status == 200, answer.body
    return list(answer.body["accesses"])


async def held(server: Stand, browser: Browser, index: int) -> Checked:
    url = f"{server.url}/api/v1/me/receipts/{index}"
    async with browser.session.get(url) as response:
        assert response.status == 200
        assert response.headers["Content-Disposition"].endswith(f'-{index}.tachiai-receipt"')
        content = await response.read()
    return check_receipt(content, LogKeys((Verifier.parse(server.log.verifier_key),)))


async def test_a_contact_that_was_noted_is_shown_to_that_customer_for_half_an_hour(server: Stand) -> None:
    async with agent_at(server) as agent, on_own_page(server) as haruto, on_own_page(server, OTHER) as emma:
        case = await server.case_of("C-2041")
        assert (await haruto.ask("GET", "/me/contact")).body["talking"] is False
        noted = await agent.ask("POST", f"/cases/{case}/contact", {"channel": "phone"})
        assert noted.status == 201, noted.body
        shown = (await haruto.ask("GET", "/me/contact")).body
        assert shown["talking"] is True
        (way,) = shown["ways"]
        assert (way["channel"], way["agent_name"], way["agent_number"]) == ("phone", "Aiko Mori", "A-104")
        assert (way["agent_team"], way["case_reference"]) == ("Customer help", "C-2041")
        assert way["until_ms"] - way["since_ms"] == SHOWN_MS
        assert (await emma.ask("GET", "/me/contact")).body["talking"] is False
        assert (await agent.ask("GET", f"/cases/{case}/contact")).body["contact"] == noted.body
    server.clock.shift_ms += SHOWN_MS
    async with on_own_page(server) as haruto:
        assert (await haruto.ask("GET", "/me/contact")).body["talking"] is False


@pytest.mark.parametrize("ending", ["end", "close", "assign", "block"])
async def test_a_contact_is_shown_no_longer_than_it_is_true(server: Stand, ending: str) -> None:
    operator = Way(server.foundation.log_folder.parent, server)
    async with agent_at(server) as agent, on_own_page(server) as haruto:
        case = await server.case_of("C-2041")
        await agent.ask("POST", f"/cases/{case}/contact", {"channel": "mail"})
        assert (await haruto.ask("GET", "/me/contact")).body["talking"] is True
        if ending == "end":
            assert (await agent.ask("DELETE", f"/cases/{case}/contact")).status == 204
            assert len(await server.recorded(EventName.AGENT_CONTACT_ENDED)) == 1
        elif ending == "close":
            await operator.do(CloseCase(reference="C-2041"))
        elif ending == "assign":
            await operator.do(AssignCase(reference="C-2041", agent="agent2"))
        else:
            staff = await server.foundation.stores.staff.find_by_username("agent")
            assert staff is not None
            await server.foundation.stores.staff.block(staff.id, server.clock.now_ms() + 3_600_000)
        assert (await haruto.ask("GET", "/me/contact")).body["talking"] is False


async def test_a_contact_in_a_case_of_others_is_not_noted(server: Stand) -> None:
    async with agent_at(server) as agent:
        answers = [
            await agent.ask("POST", f"/cases/{case}/contact", {"channel": "phone"})
            for case in (await server.case_of("C-2056"), "cas_AAAAAAAAAAAAAAAAAAAAAA", "x")
        ]
        assert {answer.status for answer in answers} == {404}
        assert len({json.dumps(answer.body) for answer in answers}) == 1
        late = await agent.ask(
            "POST", f"/cases/{await server.case_of('C-1987')}/contact", {"channel": "phone"}
        )
        assert late.status == 409
    assert EventName.AGENT_CONTACT_NOTED not in {event.name for event in await server.events()}


async def test_where_it_cannot_be_recorded_the_page_does_not_say_yes(server: Stand) -> None:
    async with agent_at(server) as agent, on_own_page(server) as haruto:
        case = await server.case_of("C-2041")
        server.disk.full = True
        assert (await agent.ask("POST", f"/cases/{case}/contact", {"channel": "phone"})).status == 503
        assert (await haruto.ask("GET", "/me/contact")).body["talking"] is False


async def test_every_look_is_told_with_who_when_why_what_and_a_proof(server: Stand) -> None:
    async with agent_at(server) as agent, on_own_page(server) as haruto, on_own_page(server, OTHER) as emma:
        case = await server.case_of("C-2041")
        await agent.ask("GET", f"/cases/{case}")
        await agent.ask("POST", f"/cases/{case}/unmaskings", {"field": "email"})
        await agent.ask("POST", f"/cases/{case}/unmaskings", {"field": "no_such_field"})
        field, record = await accesses(haruto)
        assert (field["what"], field["field"], record["what"]) == ("field", "email", "record")
        assert {look["case_reference"] for look in (field, record)} == {"C-2041"}
        assert field["who"] == {
            "kind": "agent",
            "name": "Aiko Mori",
            "number": "A-104",
            "team": "Customer help",
        }
        assert field["proof"] is record["proof"] is True
        for look in (field, record):
            found = await held(server, haruto, look["index"])
            assert found.index == look["index"]
            said = found.statement
            assert isinstance(said, AccessStatement)
            assert (said.what, said.field, said.at_ms) == (look["what"], look["field"], look["at_ms"])
            assert (said.agent_number, said.case) == ("A-104", "C-2041")
        assert await accesses(emma) == []
        for index in (field["index"], 0, 10**15, "x", "-1", "9" * 40):
            assert (await emma.ask("GET", f"/me/receipts/{index}")).status == 404
    issued = [event for event in await server.events() if event.name is EventName.CUSTOMER_RECEIPT_ISSUED]
    assert [event.facts["kind"] for event in issued] == ["access", "access"]


async def test_a_refused_try_and_a_noted_contact_are_told_too(server: Stand) -> None:
    async with agent_at(server) as agent, agent_at(server, "agent2") as other, on_own_page(server) as haruto:
        case = await server.case_of("C-2041")
        await other.ask("GET", f"/cases/{case}")
        await agent.ask("POST", f"/cases/{case}/contact", {"channel": "phone"})
        contact, refused = await accesses(haruto)
        assert (contact["what"], contact["proof"]) == ("contact", True)
        assert (refused["what"], refused["proof"], refused["who"]["name"]) == ("refused", False, "Ben Carter")
        assert (await haruto.ask("GET", f"/me/receipts/{refused['index']}")).status == 404
        said = (await held(server, haruto, contact["index"])).statement
        assert isinstance(said, AccessStatement)
        assert said.what == "contact"


async def test_a_session_is_seen_as_contact_and_its_receipts_are_kept_on_the_page(server: Stand) -> None:
    async with on_own_page(server) as haruto:
        async with in_sharing(server) as share:
            (way,) = (await haruto.ask("GET", "/me/contact")).body["ways"]
            assert (way["channel"], way["state"]) == ("session", "sharing")
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.customer_socket.view("ended")
        assert (await haruto.ask("GET", "/me/contact")).body["talking"] is False
        await server.recorded(EventName.CUSTOMER_SESSION_ENDED)
        history = (await haruto.ask("GET", "/me/history")).body
        assert [row["kind"] for row in history["receipts"]] == ["withdrawal", "consent"]
        assert "session" in {look["what"] for look in history["accesses"]}
        assert history["before"] is None
        said = await held(server, haruto, history["receipts"][1]["index"])
        assert isinstance(said.statement, ConsentStatement)
        assert said.wording is not None


async def test_what_is_older_is_on_the_next_page(server: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.me.history.AT_ONCE", 4)
    async with agent_at(server) as agent:
        case = await server.case_of("C-2041")
        for _ in range(5):
            await agent.ask("GET", f"/cases/{case}")
    async with on_own_page(server) as haruto:
        found: list[int] = []
        before: int | None = None
        for _ in range(8):
            path = "/me/history" if before is None else f"/me/history?before={before}"
            page = (await haruto.ask("GET", path)).body
            found += [look["index"] for look in page["accesses"]]
            if (before := page["before"]) is None:
                break
        assert len(found) == len(set(found)) == 5
        assert found == sorted(found, reverse=True)
        assert (await haruto.ask("GET", "/me/history?before=x")).status == 404


async def test_a_code_that_was_passed_on_is_told_to_its_owner(server: Stand) -> None:
    async with on_own_page(server) as haruto:
        assert (await haruto.ask("GET", "/me/history")).body["warnings"] == []
        customer = await server.foundation.stores.customer_roll.of_reference("K-30518")
        assert customer is not None
        actor = Actor(ActorKind.CUSTOMER, customer.id)
        replayed = Event(
            EventName.CUSTOMER_CODE_REPLAYED,
            Outcome.REFUSED,
            server.clock.now_ms(),
            actor,
            session="ses_AAAAAAAAAAAAAAAAAAAAAA",
            customer=customer.id,
        )
        await server.log.append(replayed)
        warnings = (await haruto.ask("GET", "/me/history")).body["warnings"]
        assert warnings == [{"at_ms": replayed.at_ms, "what": "code_replayed"}]
