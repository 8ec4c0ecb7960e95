"""Staff in doubt get nothing until they have proved again who they are: over HTTP, at sockets and in the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.administration.acts import DisableStaff, EnableStaff
from session.identity import SessionId, StaffId
from session.model import State
from tests.protocol.administration_ways import Way, add_officer
from tests.protocol.doubt import WITHIN_S, doubt, doubted, proved_by_code, refused
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, page_id, stand
from tests.protocol.staff_passkey_people import passkey_of, prove, staff_id
from tests.protocol.test_login_company import FIREFOX
from verification.proof_demand import DemandEnd


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def test_a_picture_is_dark_before_anything_is_written_and_the_session_waits_for_the_proof(
    server: Stand,
) -> None:
    async with in_sharing(server) as share:
        session = SessionId(share.session)
        assert server.gate.forwarding(session)
        await doubt(server, "agent")
        assert not server.gate.forwarding(session)
        assert (await share.agent_socket.next("bye"))["reason"] == "must_prove"
        await share.customer_socket.view("interrupted")
        assert refused(await share.agent.ask("GET", f"/sessions/{share.session}"))
        assert refused(await share.agent.ask("POST", "/socket-tickets", {"session": share.session}))
        assert (await proved_by_code(share.agent, "agent")).status == 204
        async with share.agent.socket(session=share.session) as again:
            await again.view("sharing")
            await share.customer_socket.view("sharing")
            server.gate.offer_stamps()
            async with asyncio.timeout(WITHIN_S):
                while not server.gate.forwarding(session):
                    await share.agent.ask("GET", "/staff/me")
    written = [event.name for event in await server.events()]
    order = [EventName.SYSTEM_PROOF_DEMANDED, EventName.AGENT_LOGIN_CONFIRMED, EventName.AGENT_PROOF_GIVEN]
    assert sorted(order, key=written.index) == order


async def test_a_ticket_from_before_the_demand_opens_no_socket(server: Stand) -> None:
    async with in_sharing(server) as share:
        ticket = await share.agent.ticket(session=share.session)
        await doubt(server, "agent")
        async with share.agent.dial() as socket:
            await socket.send({"type": "hello", "ticket": ticket, "page": page_id()})
            assert await socket.closed() == 4400
        assert not server.gate.forwarding(SessionId(share.session))


async def test_who_is_in_doubt_can_end_their_session_and_their_sign_in(server: Stand) -> None:
    async with in_sharing(server) as share:
        await doubt(server, "agent")
        assert (await share.agent.ask("POST", f"/sessions/{share.session}/end")).status == 200
        await share.customer_socket.view("ended")
        assert (await share.agent.ask("DELETE", "/logins/current")).status == 204


async def test_a_minute_without_the_proof_ends_the_session(server: Stand) -> None:
    async with in_sharing(server) as share:
        await doubt(server, "agent")
        await share.customer_socket.view("interrupted")
        server.clock.shift_ms += 61_000
        await share.customer_socket.view("ended")
        found = await server.composed.services.conductor.load(SessionId(share.session))
        assert found.state is State.ENDED


async def test_a_demand_survives_a_restart_and_a_new_sign_in(tmp_path: Path) -> None:
    async with stand(tmp_path) as before, Browser(before) as agent:
        assert (await agent.sign_in("agent")).status == 201
        await doubt(before, "agent")
    async with stand(tmp_path, shift_ms=before.clock.shift_ms) as after, Browser(after) as agent:
        assert (await agent.sign_in("agent")).status == 201
        assert refused(await agent.ask("GET", "/cases"))
        assert (await proved_by_code(agent, "agent")).status == 204
        assert (await agent.ask("GET", "/cases")).status == 200


async def test_whoever_has_a_passkey_proves_it_by_that_alone_and_by_none_that_is_younger(
    server: Stand,
) -> None:
    own = await passkey_of(server, "agent")
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201
        server.clock.shift_ms += 1_000
        await doubt(server, "agent")
        ways = (await agent.ask("GET", "/staff/me/confirmations?door=agent")).body
        assert ways == {"passkey": True, "code": False, "provider": None}
        answer = await proved_by_code(agent, "agent")
        assert (answer.status, answer.body["code"]) == (403, "proof_passkey")
        assert refused(await agent.ask("POST", "/staff/me/passkeys/options"))
        server.clock.shift_ms += 1_000
        younger = await passkey_of(server, "agent")
        answer = await prove(agent, younger, "agent")
        assert (answer.status, answer.body["code"]) == (403, "proof_new_passkey")
        assert refused(await agent.ask("GET", "/cases"))
        assert (await prove(agent, own, "agent")).status == 204
        assert (await agent.ask("GET", "/cases")).status == 200
    reasons = [event.facts["reason"] for event in await server.recorded(EventName.AGENT_CONFIRMATION_REFUSED)]
    assert reasons == ["proof_passkey", "proof_new_passkey"]


async def test_a_stolen_password_and_code_do_not_prove_the_sign_in_that_they_made(server: Stand) -> None:
    """The whole way, from the detector on: another kind of browser, while a customer shares."""
    async with in_sharing(server) as share, Browser(server) as thief, Browser(server) as thief_again:
        thief.session.headers.update(FIREFOX)
        server.clock.shift_ms += 30_000
        assert (await thief.sign_in("agent")).status == 201
        await doubted(thief)
        assert refused(await share.agent.ask("GET", "/cases"))
        for browser in (thief, thief_again):
            if browser is thief_again:
                server.clock.shift_ms += 30_000
                assert (await browser.sign_in("agent")).status == 201
            answer = await proved_by_code(browser, "agent")
            assert (answer.status, answer.body["code"]) == (403, "proof_doubted")
            assert (await browser.ask("GET", "/staff/me/confirmations?door=agent")).body["code"] is False
            assert refused(await browser.ask("GET", "/cases"))
        assert (await proved_by_code(share.agent, "agent")).status == 204
        assert (await share.agent.ask("GET", "/cases")).status == 200
        assert [(await one.ask("GET", "/cases")).status for one in (thief, thief_again)] == [401, 401]
    (given,) = [
        one for one in await server.recorded(EventName.AGENT_PROOF_GIVEN) if one.outcome is Outcome.INTENT
    ]
    assert given.facts["means"] == "code"
    raised = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
    assert {(one.facts["detector"], one.facts["action"]) for one in raised} == {("login_beside", "step_up")}


async def test_a_doubt_about_a_sign_in_is_added_to_a_demand_that_is_open(server: Stand) -> None:
    async with Browser(server) as old, Browser(server) as new:
        assert (await old.sign_in("agent")).status == 201
        await doubt(server, "agent")
        server.clock.shift_ms += 30_000
        since = server.clock.now_ms()
        assert (await new.sign_in("agent")).status == 201
        await doubt(server, "agent", sign_in_since_ms=since)
        assert (await proved_by_code(new, "agent")).body["code"] == "proof_doubted"
        assert (await proved_by_code(old, "agent")).status == 204


@asynccontextmanager
async def of_team(server: Stand, username: str, *, like: str) -> AsyncIterator[None]:
    """Moved to the team of somebody else, and back."""
    stores = server.foundation.stores.staff
    mine, theirs = await stores.find_by_username(username), await stores.find_by_username(like)
    assert mine is not None
    assert theirs is not None
    assert await stores.change(mine, role=mine.role, team=theirs.team)
    yield
    assert await stores.change(replace(mine, team=theirs.team), role=mine.role, team=mine.team)


async def test_an_officer_sees_who_must_prove_and_waives_it_with_a_reason_but_not_for_their_own_team(
    server: Stand,
) -> None:
    async with Browser(server) as agent, Browser(server) as officer:
        assert (await agent.sign_in("agent")).status == 201
        assert (await officer.sign_in("officer", "security")).status == 201
        person = await doubt(server, "agent")
        shown = (await officer.ask("GET", "/security/staff")).body
        (since,) = [one["must_prove_since_ms"] for one in shown if one["id"] == person]
        assert since is not None
        way, stores = f"/security/staff/{person}/proof/waive", server.foundation.stores
        async with of_team(server, "officer", like="agent"):
            answer = await officer.ask("POST", way, {"reason": "Called back"})
        assert (answer.status, answer.body["code"]) == (409, "proof_own_team")
        assert refused(await agent.ask("GET", "/cases"))
        assert (await officer.ask("POST", way, {"reason": "Called back on their desk line"})).status == 204
        assert (await agent.ask("GET", "/cases")).status == 200
        assert (await officer.ask("POST", way, {"reason": "Again"})).status == 404
        (demand,) = await stores.proof_demands.latest_of({person})
        assert (demand.ended, demand.reason) == (DemandEnd.WAIVED, "Called back on their desk line")
    waived = await server.recorded(EventName.OFFICER_PROOF_WAIVED)
    assert [one.outcome for one in waived] == [Outcome.REFUSED, Outcome.INTENT, Outcome.DONE]


async def test_a_block_in_place_of_the_proof_leaves_the_demand_for_when_it_is_lifted(
    server: Stand, tmp_path: Path
) -> None:
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201
        await doubt(server, "agent")
        operator = Way(tmp_path, server)
        await operator.do(DisableStaff(username="agent", desk="agent"))
        await operator.do(EnableStaff(username="agent", desk="agent"))
        assert (await agent.sign_in("agent")).status == 201
        assert refused(await agent.ask("GET", "/cases"))


async def test_an_officer_in_doubt_oversees_nothing(server: Stand) -> None:
    async with Browser(server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 201
        async with officer.socket(purpose="oversight") as oversight:
            await doubt(server, "officer")
            assert (await oversight.next("bye"))["reason"] == "must_prove"
        assert refused(await officer.ask("GET", "/security/flags"))
        assert (await proved_by_code(officer, "officer", "security")).status == 204
        assert (await officer.ask("GET", "/security/flags")).status == 200


@pytest.mark.parametrize(
    ("act", "body"), [("sign-out", None), ("block", {"minutes": None}), ("unlink", None)]
)
async def test_an_officer_in_doubt_stops_agents_and_no_other_officer(
    server: Stand, act: str, body: dict[str, object] | None
) -> None:
    """Who has a stolen sign-in would else shut out those who would end it."""
    await add_officer(server, "officer2", "S-014")
    async with Browser(server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 201
        await doubt(server, "officer")
        colleague, agent = await staff_id(server, "officer2"), await staff_id(server, "agent")
        assert refused(await officer.ask("POST", f"/security/staff/{colleague}/{act}", body))
        assert not refused(await officer.ask("POST", f"/security/staff/{agent}/{act}", body))


async def test_pages_lead_to_the_proof_and_on_to_what_was_asked_for_and_nowhere_else(server: Stand) -> None:
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201
        assert (await agent.page("/agent/prove?then=/agent/actions")).headers["Location"] == "/agent/actions"
        for elsewhere in (
            "//evil.example",
            "/security",
            "/agentx",
            "/agent/%0d%0aX",
            "https://evil.example",
            "/agent/" + "a" * 300,
        ):
            assert (await agent.page(f"/agent/prove?then={elsewhere}")).headers["Location"] == "/agent"
        await doubt(server, "agent")
        led = await agent.page("/agent/actions")
        assert (led.status, led.headers["Location"]) == (303, "/agent/prove?then=/agent/actions")
        page = await agent.page(led.headers["Location"])
        assert page.status == 200
        assert "C-2041" not in page.body


async def test_nobody_of_that_name_is_demanded_of(server: Stand) -> None:
    demands = server.composed.services.agents.demands
    assert not await demands.demand(StaffId("sta_none"), "searching")
    assert not demands.open_for("sta_none")


async def test_who_opens_the_line_of_references_is_stopped_and_their_colleague_is_not(server: Stand) -> None:
    async with Browser(server) as agent, Browser(server) as colleague:
        assert (await agent.sign_in("agent")).status == 201
        assert (await colleague.sign_in("agent2")).status == 201
        for number in range(104, 109):
            body = {"customer": f"K-{number}", "reason": "Asked at the counter"}
            await agent.ask("POST", "/provisional-cases", body)
        await doubted(agent)
        assert (await colleague.ask("GET", "/cases")).status == 200
    (raised,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
    assert (raised.facts["detector"], raised.facts["action"]) == ("searching", "step_up")
    assert raised.facts["target"] == await staff_id(server, "agent")
