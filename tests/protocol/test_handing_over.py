"""An agent leaves a customer to a colleague or to the line: dark first, gone at once, and begun anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from support.identity import StaffId
from support.staff import Role, Staff
from tests.protocol.key_shares import OFFER
from tests.protocol.line_people import Waiter, accept, hear, in_line
from tests.protocol.server_people import Browser, Share, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, stand
from verification.credentials import NO_PASSWORD

E = EventName
IN_THE_SHARE = {"joined", "introducing", "verifying", "consenting", "ready", "sharing"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


@pytest.fixture
async def other(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as browser:
        await browser.sign_in("agent2")
        yield browser


async def hand_over(share: Share, to: str | None) -> int:
    answer = await share.agent.ask("POST", f"/sessions/{share.session}/hand-over", {"to": to})
    return answer.status


async def the_colleague(share: Share) -> str:
    rows = (await share.agent.ask("GET", "/colleagues")).body
    (found,) = [row for row in rows if row["here"]]
    assert found["name"]
    return str(found["id"])


async def test_what_was_shown_ends_and_the_agent_is_gone_before_anybody_else_comes(
    server: Stand, other: Browser
) -> None:
    async with in_sharing(server, "chat") as share:
        case = (await share.agent.ask("GET", f"/sessions/{share.session}")).body["case"]
        assert await hand_over(share, await the_colleague(share)) == 204
        assert (await share.agent_socket.next("bye"))["reason"] == "handed_over"
        shown = await share.customer_socket.view("waiting")
        assert (shown["consent"], shown["verification"], shown["media_may_flow"]) == (None, None, False)
        assert (shown["waiting"]["handed_by"], shown["agent"]["name"]) == ("Aiko Mori", "")
        assert (await share.agent.ask("GET", f"/sessions/{share.session}")).status == 404
        assert (await share.agent.ask("POST", "/socket-tickets", {"session": share.session})).status == 404
        assert (await share.agent.ask("GET", f"/cases/{case}")).status == 200, "theirs until it is taken"
        (told,) = await server.recorded(E.AGENT_SESSION_HANDED_OVER)
        assert told.facts["state_before"] == "sharing"


async def test_a_colleague_takes_case_and_session_and_begins_with_their_own_badge(
    server: Stand, other: Browser
) -> None:
    async with in_sharing(server, "chat") as share:
        case = (await share.agent.ask("GET", f"/sessions/{share.session}")).body["case"]
        assert await hand_over(share, await the_colleague(share)) == 204
        waiter = Waiter(share.customer, share.customer_socket, share.session)
        (row,) = (await other.ask("GET", "/waiting")).body
        assert (row["session"], row["for_you"], row["handed_by"]) == (share.session, True, "Aiko Mori")
        accepted = await accept(other, waiter)
        assert accepted.status == 200, accepted.body
        assert (await share.agent.ask("GET", f"/cases/{case}")).status == 404
        assert (await other.ask("GET", f"/cases/{case}")).status == 200
        async with other.socket(session=share.session) as at_other:
            assert (await hear(other, waiter, await waiter.until_code())).body["outcome"] == "met"
            await other.show_badge(share.session, accepted.body["case_reference"])
            await share.customer_socket.view("joined")
            await share.customer_socket.send({"type": "badge.shown"})
            introduced = await share.customer_socket.view("introducing")
            assert (introduced["agent"]["number"], introduced["introduction"]) == ("A-117", "none")
            assert [one for one in at_other.got if one["type"].startswith("chat")] == []
        assert E.SYSTEM_CASE_CLOSED not in [event.name for event in await server.events()]


async def test_who_hands_over_sees_nothing_from_that_moment_and_can_say_nothing(server: Stand) -> None:
    async with in_sharing(server) as share:
        assert await hand_over(share, None) == 204
        assert await share.agent_socket.closed() == 1000
        told = [one for one in share.agent_socket.got if one["type"] != "beat"]
        assert told[-1] == {"type": "bye", "reason": "handed_over"}
        assert {one["view"]["state"] for one in told if one["type"] == "state"} <= IN_THE_SHARE
        assert await hand_over(share, None) == 404
        (row,) = (await share.agent.ask("GET", "/waiting")).body
        assert (row["session"], row["for_you"]) == (share.session, False)


async def test_a_wait_that_was_handed_over_and_ends_leaves_the_case_with_whoever_had_it(
    server: Stand,
) -> None:
    async with in_sharing(server) as share:
        case = (await share.agent.ask("GET", f"/sessions/{share.session}")).body["case"]
        assert await hand_over(share, None) == 204
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        await share.customer_socket.view("ended")
        assert (await share.agent.ask("GET", f"/cases/{case}")).status == 200
        assert E.SYSTEM_CASE_CLOSED not in [event.name for event in await server.events()]


async def test_the_colleague_it_was_meant_for_comes_first_and_nobody_hands_over_to_nobody(
    server: Stand, other: Browser
) -> None:
    away = Staff(
        StaffId("sta_AAAAAAAAAAAAAAAAAAAAAA"), "third", "Eiji Kondo", "A-120", "Customer help", Role.AGENT
    )
    await server.foundation.stores.staff.add(away, NO_PASSWORD)
    async with in_verifying(server) as share:
        rows = (await share.agent.ask("GET", "/colleagues")).body
        assert [(row["number"], row["here"]) for row in rows] == [("A-117", True), ("A-120", False)]
        (me,) = [row["id"] for row in (await other.ask("GET", "/colleagues")).body if row["here"]]
        for nobody in ("sta_BBBBBBBBBBBBBBBBBBBBBB", "", "cus_1", me):
            assert await hand_over(share, nobody) in {409, 422}
        assert await hand_over(share, away.id) == 204
        assert (await other.ask("GET", "/waiting")).body == []
        waiter = Waiter(share.customer, share.customer_socket, share.session)
        refused = await accept(other, waiter)
        assert (refused.status, refused.body["code"]) == (409, "already_accepted")
        taken_back = await accept(share.agent, waiter)
        assert taken_back.status == 200, "who handed over may think better of it"


async def test_who_gives_back_customers_whom_they_never_met_may_do_so_three_times_an_hour(
    server: Stand, other: Browser
) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        async with in_line(server) as waiter:
            for turn in range(3):
                accepted = await accept(agent, waiter)
                assert accepted.status == 200, accepted.body
                code = await waiter.until_code()
                case = accepted.body["case"]
                back = await agent.ask("POST", f"/sessions/{waiter.session}/hand-over", {"to": None})
                assert back.status == 204, (turn, back.body)
                await waiter.until_place(1)
                assert (await agent.ask("GET", f"/cases/{case}")).status == 404
                assert (await hear(other, waiter, code)).status == 404
        async with in_line(server) as waiter:
            assert (await accept(agent, waiter)).status == 200
            back = await agent.ask("POST", f"/sessions/{waiter.session}/hand-over", {"to": None})
            assert back.status == 429
        returned = await server.recorded(E.SYSTEM_CASE_RETURNED)
        assert len(returned) == 3
        assert all(event.outcome is Outcome.DONE for event in returned)


async def test_after_a_hand_over_a_new_share_needs_everything_anew(server: Stand, other: Browser) -> None:
    async with in_sharing(server) as share:
        assert await hand_over(share, None) == 204
        await share.customer_socket.view("waiting")
        for message in ({"type": "share.resume"}, {"type": "share.start", "surface": "tab"}):
            await share.customer_socket.send(message)
            assert (await share.customer_socket.next("problem"))["code"] == "not_now"
        waiter = Waiter(share.customer, share.customer_socket, share.session)
        assert (await accept(other, waiter)).status == 200
        async with other.socket(session=share.session) as at_other:
            await hear(other, waiter, await waiter.until_code())
            await share.customer_socket.view("joined")
            await other.show_badge(share.session, "C-2041")
            await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
            assert (await share.customer_socket.next("problem"))["code"] == "not_now"
            assert not [one for one in at_other.got if one["type"] == "media.offer"]


@asynccontextmanager
async def on_its_way(agent: Browser, path: str, body: bytes) -> AsyncIterator[list[int]]:
    """A request whose body has not come whole until the block is left; then its status is in the list."""
    go, looked_at = asyncio.Event(), asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield body[:1]
        looked_at.set()
        await go.wait()
        yield body[1:]

    statuses: list[int] = []

    async def sent() -> None:
        headers = {"Origin": agent.stand.url, "Content-Type": "application/json"}
        url = f"{agent.stand.url}/api/v1{path}"
        async with agent.session.post(url, data=parts(), headers=headers) as answer:
            await answer.read()
            statuses.append(answer.status)

    async with asyncio.TaskGroup() as group:
        group.create_task(sent())
        await looked_at.wait()
        await agent.ask("GET", "/colleagues")  # by now the first part has been looked at, too
        yield statuses
        go.set()


async def test_what_an_agent_began_to_ask_before_handing_over_does_nothing_afterwards(
    server: Stand, other: Browser
) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        async with in_line(server) as waiter:
            assert (await accept(agent, waiter)).status == 200
            code = await waiter.until_code()
            path = f"/sessions/{waiter.session}"
            async with (
                on_its_way(agent, f"{path}/meeting", f'{{"heard":"{code}"}}'.encode()) as met,
                on_its_way(agent, f"{path}/hand-over", b'{"to":null}') as handed,
                on_its_way(agent, f"{path}/end", b"{}") as ended,
            ):
                assert (await agent.ask("POST", f"{path}/hand-over", {"to": None})).status == 204
                await waiter.until_place(1)
                assert (await accept(other, waiter)).status == 200
            assert (met, handed, ended) == ([404], [404], [404])
            after = (await other.ask("GET", path)).body
            assert after["state"] == "waiting", "the code that one agent heard is not the next one's"


async def test_a_request_on_its_way_counts_for_nothing_once_whoever_asks_is_signed_out(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        body = b'{"customer":"K-30877","reason":"Asked at the counter"}'
        async with on_its_way(agent, "/provisional-cases", body) as opened:
            assert (await agent.ask("DELETE", "/logins/current")).status == 204
        assert opened == [401]
        assert E.AGENT_CASE_OPENED not in [event.name for event in await server.events()]


async def test_who_never_met_a_customer_that_others_met_gives_the_case_back_too(
    server: Stand, other: Browser
) -> None:
    async with in_sharing(server) as share:
        case = (await share.agent.ask("GET", f"/sessions/{share.session}")).body["case"]
        assert await hand_over(share, None) == 204
        waiter = Waiter(share.customer, share.customer_socket, share.session)
        await share.customer_socket.view("waiting")
        assert (await accept(other, waiter)).status == 200
        assert (await other.ask("GET", f"/cases/{case}")).status == 200
        back = await other.ask("POST", f"/sessions/{share.session}/hand-over", {"to": None})
        assert back.status == 204
        assert (await other.ask("GET", f"/cases/{case}")).status == 404
        assert (await accept(share.agent, waiter)).status == 200
        assert (await share.agent.ask("GET", f"/cases/{case}")).status == 200
