"""The live protocol from outside: tickets, first words, floods, takeovers, and 10,000 broken messages."""

import asyncio
import json
import random
import typing
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from server.signalling.messages import Incoming, MessageRefused, decode, type_of
from session.identity import SessionId
from tests.protocol.broken_messages import SEEDS, mutant
from tests.protocol.broken_sockets import assert_no_fault, broken_into, unmoved
from tests.protocol.key_shares import send_offer
from tests.protocol.server_people import Browser, Socket, in_ready, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, page_id, stand

MUTANTS = 10_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def hello(socket: Socket, ticket: str) -> None:
    await socket.send({"type": "hello", "ticket": ticket, "page": page_id()})


async def test_a_ticket_works_once(server: Stand) -> None:
    async with in_verifying(server) as share:
        ticket = await share.agent.ticket(session=share.session)
        async with share.agent.dial() as first:
            await hello(first, ticket)
            await first.next("welcome")
            async with share.agent.dial() as second:
                await hello(second, ticket)
                assert await second.closed() == 4400


async def test_a_ticket_is_good_for_its_own_cookie_only(server: Stand) -> None:
    async with in_verifying(server) as share, Browser(server) as other:
        await other.sign_in("agent2")
        ticket = await share.agent.ticket(session=share.session)
        async with other.dial() as socket:
            await hello(socket, ticket)
            assert await socket.closed() == 4400


async def test_a_page_of_another_origin_gets_no_socket(server: Stand) -> None:
    async with in_verifying(server) as share:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with share.agent.dial(origin="https://evil.example"):
                pass
        assert refused.value.status == 403


async def test_nobody_gets_a_socket_without_a_cookie(server: Stand) -> None:
    async with Browser(server) as stranger:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with stranger.dial():
                pass
        assert refused.value.status in {401, 403}


async def test_anything_but_hello_first_closes(server: Stand) -> None:
    async with in_verifying(server) as share:
        for text in ('{"type":"badge.shown"}', "nonsense", "{}", '{"type":"hello","ticket":"x"}'):
            async with share.agent.dial() as socket:
                await socket.connection.send_str(text)
                assert await socket.closed() == 4400


async def test_silence_instead_of_hello_closes(server: Stand) -> None:
    async with in_verifying(server) as share, share.agent.dial() as socket:
        assert await socket.closed() == 4400


async def test_an_agent_may_not_send_what_is_the_customers(server: Stand) -> None:
    async with in_ready(server) as share:
        for message in (
            {"type": "badge.accept"},
            {"type": "consent.decline"},
            {"type": "share.start", "surface": "tab"},
            {"type": "share.stop", "by": "page"},
            {"type": "media.offer", "sdp": "v=0"},
        ):
            await share.agent_socket.send(message)
            assert (await share.agent_socket.next("problem"))["code"] == "not_allowed"
        await share.customer_socket.send({"type": "session.leave"})
        assert (await share.customer_socket.next("problem"))["code"] == "not_allowed"
        assert (await share.customer.ask("GET", "/customer/session")).body["state"] == "ready"


async def test_a_share_before_its_time_is_refused_with_a_sentence(server: Stand) -> None:
    async with in_verifying(server) as share:
        await share.customer_socket.send({"type": "share.start", "surface": "tab"})
        problem = await share.customer_socket.next("problem")
        assert (problem["code"], problem["of"]) == ("not_now", "share.start")
        assert problem["detail"].endswith(".")


async def test_another_surface_than_the_agreed_one_is_refused(server: Stand) -> None:
    async with in_ready(server) as share:
        for surface in ("window", "screen", "unknown"):
            await share.customer_socket.send({"type": "share.start", "surface": surface})
            assert (await share.customer_socket.next("problem"))["code"] == "surface_refused"
        assert not server.gate.forwarding(SessionId(share.session))


async def test_twenty_refused_messages_close_the_socket(server: Stand) -> None:
    async with in_verifying(server) as share:
        for _ in range(20):
            await share.customer_socket.connection.send_str("{}")
        assert await share.customer_socket.closed() == 4408


async def test_a_flood_closes_the_socket(server: Stand) -> None:
    async with in_verifying(server) as share:
        for _ in range(200):
            await share.customer_socket.connection.send_str('{"type":"badge.shown"}')
        assert await share.customer_socket.closed() in {4408, 4429}


async def test_a_message_over_64_kb_closes_the_socket_and_one_below_does_not(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.customer_socket.send({"type": "media.offer", "sdp": "x" * 33 * 1024})
        assert (await share.customer_socket.next("problem"))["code"] == "sdp_too_large"
        await share.customer_socket.send({"type": "media.offer", "sdp": "x" * 70 * 1024})
        assert await share.customer_socket.closed() == 1009


async def test_bytes_instead_of_text_close_the_socket(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.customer_socket.connection.send_bytes(b"{}")
        assert await share.customer_socket.closed() == 1003


async def test_a_page_that_stops_answering_is_lost_within_three_seconds(server: Stand) -> None:
    async with in_sharing(server) as share:
        begun = asyncio.get_running_loop().time()
        transport = share.customer_socket.connection._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()  # type: ignore[union-attr]
        view = await share.agent_socket.view("interrupted")
        assert asyncio.get_running_loop().time() - begun < 3.5
        assert not view["media_may_flow"]
        transport.resume_reading()  # type: ignore[union-attr]


async def test_a_sdp_that_the_gate_refuses_is_explained(server: Stand) -> None:
    async with in_ready(server) as share:
        await send_offer(share, "nonsense")
        problem = await share.customer_socket.next("problem")
        assert (problem["code"], problem["of"]) == ("sdp_refused", "media.offer")


async def test_the_agents_offer_waits_for_an_agent_who_comes_later(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.agent_socket.connection.close()
        await share.customer_socket.view("interrupted")
        async with share.agent.socket(session=share.session) as again:
            await share.customer_socket.view("ready")
            await send_offer(share)
            await again.next("media.offer")


async def test_after_the_end_a_socket_shows_the_end_and_says_goodbye(server: Stand) -> None:
    async with in_verifying(server) as share:
        await share.agent_socket.send({"type": "session.leave"})
        await share.customer_socket.next("bye")
        async with share.customer.socket(purpose="session") as late:
            assert late.got[0]["view"]["end"]["cause"] == "agent_left"
            assert (await late.next("bye"))["reason"] == "ended"


async def test_an_officers_page_only_listens(server: Stand) -> None:
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        async with officer.socket(purpose="oversight") as oversight:
            await oversight.send({"type": "session.leave"})
            assert (await oversight.next("problem"))["code"] == "not_allowed"


async def test_ten_thousand_broken_messages_are_refused_by_the_parser() -> None:
    chance = random.Random(20261123)  # noqa: S311  # a seed, so that a failure can be had again
    for _ in range(MUTANTS):
        refusal = refusal_of(mutant(chance))
        assert refusal is None or refusal.of is None or refusal.of.replace(".", "").isalpha()


def test_the_seeds_of_the_broken_messages_are_of_every_kind_there_is_and_fit() -> None:
    assert all(refusal_of(json.dumps(seed)) is None for seed in SEEDS)
    kinds = {type_of(kind) for kind in typing.get_args(Incoming)}  # a type has its tag as its instances do
    assert {seed["type"] for seed in SEEDS} == kinds


async def test_broken_messages_on_the_wire_change_nothing_and_fail_nothing(server: Stand) -> None:
    """Many sockets, since each closes after twenty refusals; and a share beside them, which must not notice."""
    chance = random.Random(20261124)  # noqa: S311
    async with in_sharing(server) as beside:
        seen = len(beside.customer_socket.got)
        async with broken_into(server) as target:
            for _ in range(30):
                await target.send_broken(chance, 40)
        await unmoved(server, beside, seen)
    assert_no_fault(server)


def refusal_of(text: str) -> MessageRefused | None:
    """None if the mutant is still a message."""
    try:
        decode(text)
    except MessageRefused as refusal:
        return refusal
    return None
