"""Who goes on seeing when somebody's page or line comes and goes: no share is left without a way for its picture."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from session.gate_port import Leg, LegLost
from session.identity import SessionId
from tests.protocol.key_shares import send_answer, send_offer
from tests.protocol.server_people import Share, Socket, in_ready, in_sharing
from tests.protocol.server_stand import Stand, page_id, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def connect_anew(share: Share, agent: Socket) -> None:
    """The customer's page does what it was asked to, and the agent's page answers."""
    await share.customer_socket.next("media.restart")
    await send_offer(share)
    await share.customer_socket.next("media.answer")
    await send_answer(share, await agent.next("media.offer"), socket=agent)


async def test_an_agents_page_loaded_anew_sees_again_though_its_leg_was_lost_before_it_came_back(
    server: Stand,
) -> None:
    """As browsers do it: the old page's socket closes, its leg says goodbye, and only then the new page comes."""
    async with in_sharing(server) as share:
        await share.agent_socket.connection.close()
        await share.customer_socket.view("interrupted")
        server.gate.emit(LegLost(SessionId(share.session), Leg.AGENT))
        await share.customer_socket.next("media.restart")
        await send_offer(share)
        await share.customer_socket.next("media.answer")
        async with share.agent.socket(session=share.session) as again:
            offer = await again.next("media.offer")
            await send_answer(share, offer, socket=again)
            assert (await share.customer_socket.view("sharing"))["media_may_flow"]
            assert server.gate.forwarding(SessionId(share.session))


async def test_a_socket_that_breaks_off_after_the_answer_leaves_the_picture_alone(server: Stand) -> None:
    page = page_id()
    async with in_ready(server) as share:
        async with share.agent.socket(session=share.session, page=page) as first:
            await send_offer(share)
            offer = await first.next("media.offer")
            await send_answer(share, offer, socket=first)
            await send_answer(share, offer, socket=first, sdp="nonsense")
            await first.next("problem")  # so the first one was taken
        await share.customer_socket.view("interrupted")
        async with share.agent.socket(session=share.session, page=page):
            await send_offer(share, "nonsense")
            await share.customer_socket.next("problem")  # whatever was sent before has come
        assert "media.restart" not in {message["type"] for message in share.customer_socket.got}


async def test_a_socket_that_breaks_off_before_the_answer_is_asked_for_another(server: Stand) -> None:
    page = page_id()
    async with in_ready(server) as share:
        async with share.agent.socket(session=share.session, page=page) as first:
            await send_offer(share)
            await first.next("media.offer")
        async with share.agent.socket(session=share.session, page=page) as again:
            await connect_anew(share, again)


async def test_an_answer_that_the_gate_cannot_take_is_followed_by_a_new_offer(server: Stand) -> None:
    async with in_ready(server) as share:
        await send_offer(share)
        offer = await share.agent_socket.next("media.offer")
        server.gate.available = False
        await send_answer(share, offer)
        assert (await share.agent_socket.next("problem"))["code"] == "gate_unavailable"
        server.gate.available = True
        await connect_anew(share, share.agent_socket)
