"""Keys for a picture: both pages sign them, the log has them first, and without them nothing goes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from audit.event import EventName, Outcome
from server.gate_settings import GateAddressSettings
from server.signalling import key_shares
from session.identity import SessionId
from tests.protocol.key_shares import OFFER, fresh_key, ground_of, latest_view, send_answer, send_offer
from tests.protocol.server_people import Share, in_ready
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand
from verification.badge import encoded
from verification.key_share import agents_text, customers_text

LENIENT = msgspec.structs.replace(USUAL_SETTINGS, gate=GateAddressSettings(encryption="where_possible"))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def agreed(server: Stand) -> list[Any]:
    return [
        event.facts
        for event in await server.events()
        if event.name is EventName.SYSTEM_KEYS_AGREED and event.outcome is Outcome.INTENT
    ]


async def connected(share: Share) -> dict[str, Any]:
    """Both pages have sent theirs. Returns what the agent's page was offered."""
    await send_offer(share)
    offer = await share.agent_socket.next("media.offer")
    await send_answer(share, offer)
    return offer


async def test_the_agents_key_reaches_the_customer_once_it_is_on_record(server: Stand) -> None:
    async with in_ready(server) as share:
        customers = await send_offer(share)
        offer = await share.agent_socket.next("media.offer")
        assert offer["key_share"] == customers
        assert offer["device_key"] == share.customer.key.jwk
        agents = await send_answer(share, offer)
        told = await share.customer_socket.next("media.keys")
        assert (told["key_share"], told["customer_key"]) == (agents, customers["key"])
        (facts,) = await agreed(server)
        assert (facts["encryption"], facts["compared"], len(facts["keys"])) == ("end_to_end", False, 64)


async def test_a_log_that_cannot_write_gives_the_customer_no_key(server: Stand) -> None:
    async with in_ready(server) as share:
        await send_offer(share)
        offer = await share.agent_socket.next("media.offer")
        server.disk.full = True
        await send_answer(share, offer)
        assert (await share.agent_socket.next("problem"))["code"] == "not_recorded"
        await share.customer_socket.send({})
        await share.customer_socket.next("problem")  # whatever was sent before has come
        assert "media.keys" not in {message["type"] for message in share.customer_socket.got}


async def test_a_page_without_a_key_is_refused_with_a_sentence_and_opens_no_way(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
        problem = await share.customer_socket.next("problem")
        assert (problem["code"], problem["of"]) == ("encryption_required", "media.offer")
        await send_offer(share)
        await share.agent_socket.next("media.offer")
        await share.agent_socket.send({"type": "media.answer", "sdp": OFFER})
        assert (await share.agent_socket.next("problem"))["code"] == "encryption_required"
        told = await share.customer_socket.next("media.keys")
        assert told["key_share"] is None, "the customer's page can say why no picture goes"
        assert not await agreed(server)
        assert not server.gate.forwarding(SessionId(share.session))


async def test_keys_that_somebody_else_signed_are_refused(server: Stand) -> None:
    async with in_ready(server) as share:
        ground = ground_of(latest_view(share.customer_socket), share.agent.device, share.customer.key)
        key = fresh_key()
        right = share.customer.key.sign(customers_text(ground, key))
        wrong: list[dict[str, str]] = [
            {"key": fresh_key(), "signature": right},
            {"key": key, "signature": share.agent.device.sign(customers_text(ground, key))},
            {"key": encoded(bytes([4]) + bytes(64)), "signature": right},
            {"key": "", "signature": ""},
            {"key": key, "signature": right + "A"},
        ]
        for made in wrong:
            await share.customer_socket.send({"type": "media.offer", "sdp": OFFER, "key_share": made})
            problem = await share.customer_socket.next("problem")
            assert problem["code"] == "key_share_refused"
            assert problem["detail"].endswith(".")


async def test_an_agents_key_is_for_one_key_of_the_customers_and_no_other(server: Stand) -> None:
    async with in_ready(server) as share:
        await send_offer(share)
        earlier = await share.agent_socket.next("media.offer")
        await send_offer(share)
        await share.agent_socket.next("media.offer")
        await send_answer(share, earlier)
        assert (await share.agent_socket.next("problem"))["code"] == "key_share_refused"
        ground = ground_of(latest_view(share.agent_socket), share.agent.device, share.customer.key)
        key = fresh_key()
        stolen = share.customer.key.sign(agents_text(ground, earlier["key_share"]["key"], key))
        made = {"key": key, "signature": stolen}
        await share.agent_socket.send({"type": "media.answer", "sdp": OFFER, "key_share": made})
        assert (await share.agent_socket.next("problem"))["code"] == "key_share_refused"
        assert not await agreed(server)


async def test_an_offer_is_answered_once_so_that_an_agents_page_cannot_fill_the_log(server: Stand) -> None:
    async with in_ready(server) as share:
        offer = await connected(share)
        await share.customer_socket.next("media.keys")
        for _ in range(3):
            await send_answer(share, offer)
            assert (await share.agent_socket.next("problem"))["code"] == "not_now"
        assert len(await agreed(server)) == 1


async def test_a_customers_page_whose_line_broke_off_is_told_the_keys_again(server: Stand) -> None:
    async with in_ready(server) as share:
        await connected(share)
        told = await share.customer_socket.next("media.keys")
        await share.customer_socket.connection.close()
        page = share.customer_socket.page
        async with share.customer.socket(purpose="session", page=page) as again:
            assert await again.next("media.keys") == told


async def test_where_the_policy_lets_it_a_picture_goes_without_and_the_log_says_so(tmp_path: Path) -> None:
    async with stand(tmp_path, settings=LENIENT) as server, in_ready(server) as share:
        await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
        assert (await share.agent_socket.next("media.offer"))["key_share"] is None
        await share.agent_socket.send({"type": "media.answer", "sdp": OFFER})
        assert (await share.customer_socket.next("media.keys"))["key_share"] is None
        assert await agreed(server) == [{"encryption": "to_the_gate"}]


async def test_an_answer_without_a_key_that_was_meant_for_an_earlier_offer_keeps_out_no_later_one(
    tmp_path: Path,
) -> None:
    async with stand(tmp_path, settings=LENIENT) as server, in_ready(server) as share:
        for _ in range(2):
            await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
            await share.agent_socket.next("media.offer")
        for _ in range(2):
            await share.agent_socket.send({"type": "media.answer", "sdp": OFFER})
            assert (await share.customer_socket.next("media.keys"))["key_share"] is None


async def test_a_session_makes_so_many_connections_and_no_more_however_often_its_pages_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_shares, "AGREEMENTS_ALLOWED", 2)
    async with stand(tmp_path, settings=LENIENT) as server, in_ready(server) as share:
        await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
        await share.agent_socket.next("media.offer")
        for _ in range(3):
            await share.agent_socket.send({"type": "media.answer", "sdp": OFFER})
        assert (await share.agent_socket.next("problem"))["code"] == "not_now"
        await share.customer_socket.send({"type": "media.offer", "sdp": OFFER})
        assert (await share.customer_socket.next("problem"))["code"] == "not_now"
        assert len(await agreed(server)) == 2


async def test_keys_that_cannot_be_put_on_record_make_the_customers_page_offer_anew(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_ready(server) as share:
        await send_offer(share)
        offer = await share.agent_socket.next("media.offer")
        server.disk.full = True
        await send_answer(share, offer)
        refused = await share.customer_socket.next("problem")
        assert (refused["code"], refused["of"]) == ("not_recorded", "media.offer")
        assert "media.keys" not in {message["type"] for message in share.customer_socket.got}
