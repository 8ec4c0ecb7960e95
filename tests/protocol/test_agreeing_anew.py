"""More time, and something else, over the socket: signed anew each time, on record, and dark first where it must be."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from session.model import CONSENT_LONGEST_MS
from tests.protocol.server_people import Share, begin, in_sharing
from tests.protocol.server_stand import Stand, stand

MINUTE_MS = 60_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def ask_for_longer(share: Share) -> dict[str, Any]:
    """The question that no view has shown yet."""
    shown = [one["view"]["proposal"] for one in share.customer_socket.got if one["type"] == "state"]
    await share.customer_socket.send({"type": "consent.extend"})
    while (found := (await share.customer_socket.next("state"))["view"]["proposal"]) in [None, *shown]:
        continue
    return dict(found)


async def test_more_time_is_signed_for_and_on_record_while_the_picture_goes_on(server: Stand) -> None:
    async with in_sharing(server, "chat") as share:
        before = (await share.customer.ask("GET", "/customer/session")).body["consent"]
        proposal = await ask_for_longer(share)
        assert (proposal["surfaces"], proposal["extras"]) == (["tab"], ["chat"])
        assert proposal["durations_ms"] == [
            10 * MINUTE_MS,
            15 * MINUTE_MS,
        ]  # five are agreed to; thirty would be more
        answer = await share.customer.agree(proposal, minutes=10, extras=("chat",))
        assert answer.status == 200, answer.body
        view = answer.body
        assert (view["state"], view["media_may_flow"], view["proposal"]) == ("sharing", True, None)
        assert view["consent"]["until_ms"] > before["until_ms"]
        granted = [
            event
            for event in await server.recorded(EventName.CUSTOMER_CONSENT_GRANTED)
            if event.outcome is Outcome.INTENT
        ]
        assert "extends_sha256" not in granted[0].facts
        assert granted[1].facts["extends_sha256"] == granted[0].facts["document_sha256"]
        assert granted[1].facts["until_ms"] == view["consent"]["until_ms"]
        receipts = (await share.customer.ask("GET", "/customer/receipts")).body
        assert [one["kind"] for one in receipts] == ["consent", "consent"]


async def test_the_same_signature_counts_once_and_nothing_but_time_can_be_had_by_it(server: Stand) -> None:
    async with in_sharing(server) as share:
        proposal = await ask_for_longer(share)
        for surface, extras in (("window", ()), ("tab", ("pointer",))):
            refused = await share.customer.agree(proposal, surface=surface, minutes=10, extras=extras)
            assert (refused.status, refused.body["code"]) == (422, "consent_refused")
        assert (await share.customer.agree(proposal, minutes=30)).status == 422
        assert (await share.customer.agree(proposal, minutes=10)).status == 200
        again = await share.customer.agree(proposal, minutes=10)
        assert again.status == 409
        names = [event.name for event in await server.events()]
        assert names.count(EventName.CUSTOMER_CONSENT_REFUSED) == 3
        await share.agent_socket.send({"type": "consent.extend"})
        assert (await share.agent_socket.next("problem"))["code"] == "not_allowed"


async def test_past_half_an_hour_the_question_offers_no_time(server: Stand) -> None:
    async with in_sharing(server) as share:
        for minutes in (10, 15):
            assert (await share.customer.agree(await ask_for_longer(share), minutes=minutes)).status == 200
        server.clock.shift_ms += 14 * MINUTE_MS
        assert (await share.customer.agree(await ask_for_longer(share), minutes=15)).status == 200
        server.clock.shift_ms += 14 * MINUTE_MS
        proposal = await ask_for_longer(share)
        assert proposal["durations_ms"] == []
        view = (await share.customer.ask("GET", "/customer/session")).body
        assert view["consent"]["until_ms"] - view["server_now_ms"] < CONSENT_LONGEST_MS - 28 * MINUTE_MS


async def test_something_else_is_dark_first_and_needs_a_new_agreement_but_no_new_proof(server: Stand) -> None:
    async with in_sharing(server, "chat") as share:
        await share.customer_socket.send({"type": "consent.reopen"})
        asked = await share.customer_socket.view("consenting")
        assert (asked["consent"], asked["media_may_flow"]) == (None, False)
        assert asked["verification"]["level"] == "V1"
        shown = await share.agent_socket.view("consenting")
        assert shown["consent"] is None
        (reopened,) = await server.recorded(EventName.CUSTOMER_CONSENT_REOPENED)
        assert reopened.facts == {"state_before": "sharing", "state": "consenting"}
        assert (
            await share.customer.agree(asked["proposal"], surface="tab", extras=("pointer",))
        ).status == 200
        await share.customer_socket.view("ready")
        await begin(share)


async def test_after_ten_minutes_something_else_needs_the_proof_again(server: Stand) -> None:
    async with in_sharing(server) as share:
        assert (await share.customer.agree(await ask_for_longer(share), minutes=15)).status == 200
        server.clock.shift_ms += 11 * MINUTE_MS
        await share.customer_socket.send({"type": "consent.reopen"})
        asked = await share.customer_socket.view("verifying")
        assert (asked["verification"], asked["proposal"]) == (None, None)
        assert asked["fields_from_ms"] > asked["server_now_ms"], "no field before every lease is over"
