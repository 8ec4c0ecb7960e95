"""Who goes on seeing when somebody's page or line comes and goes: no share is left without a way for its picture."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from session.gate_port import Leg, LegLost
from session.identity import SessionId
from tests.protocol.server_people import OFFER, Share, Socket, in_ready, in_sharing
from tests.protocol.server_stand import Stand, page_id, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def connect_anew(share: Share, agent: Socket) -> None:
    """The customer's page does what it was asked to, and the agent's page answers."""
    await share.customer_socket.next("media.restart")
    await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
    await share.customer_socket.next("media.answer")
    await agent.next("media.offer")
    await agent.send({"type": "media.answer", "sdp": OFFER})


async def test_an_agents_page_loaded_anew_sees_again_though_its_leg_was_lost_before_it_came_back(
    server: Stand,
) -> None:
    """As browsers do it: the old page's socket closes, its leg says goodbye, and only then the new page comes."""
    async with in_sharing(server) as share:
        await share.agent_socket.connection.close()
        await share.customer_socket.view("interrupted")
        server.gate.emit(LegLost(SessionId(share.session), Leg.AGENT))
        await share.customer_socket.next("media.restart")
        await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
        await share.customer_socket.next("media.answer")
        async with share.agent.socket(session=share.session) as again:
            await again.next("media.offer")
            await again.send({"type": "media.answer", "sdp": OFFER})
            assert (await share.customer_socket.view("sharing"))["media_may_flow"]
            assert server.gate.forwarding(SessionId(share.session))


async def test_a_socket_that_breaks_off_after_the_answer_leaves_the_picture_alone(server: Stand) -> None:
    page = page_id()
    async with in_ready(server) as share:
        async with share.agent.socket(session=share.session, page=page) as first:
            await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
            await first.next("media.offer")
            await first.send({"type": "media.answer", "sdp": OFFER})
            await first.send({"type": "media.answer", "sdp": "nonsense"})
            await first.next("problem")  # so the first one was taken
        await share.customer_socket.view("interrupted")
        async with share.agent.socket(session=share.session, page=page):
            await share.customer_socket.send({"type": "media.offer", "sdp": "nonsense"})
            await share.customer_socket.next("problem")  # whatever was sent before has come
        assert "media.restart" not in {message["type"] for message in share.customer_socket.got}


async def test_a_socket_that_breaks_off_before_the_answer_is_asked_for_another(server: Stand) -> None:
    page = page_id()
    async with in_ready(server) as share:
        async with share.agent.socket(session=share.session, page=page) as first:
            await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
            await first.next("media.offer")
        async with share.agent.socket(session=share.session, page=page) as again:
            await connect_anew(share, again)


async def test_an_answer_that_the_gate_cannot_take_is_followed_by_a_new_offer(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
        await share.agent_socket.next("media.offer")
        server.gate.available = False
        await share.agent_socket.send({"type": "media.answer", "sdp": OFFER})
        assert (await share.agent_socket.next("problem"))["code"] == "gate_unavailable"
        server.gate.available = True
        await connect_anew(share, share.agent_socket)
