"""Proving more in a session, proving alone, and what is shown only then: over HTTP and the live protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from audit.event import EventName, Outcome
from server.http.routes import TABLE
from server.setting_groups import AssuranceSettings
from session.gate_port import LEASE_TTL_MS
from session.identity import SessionId
from tests.protocol.key_shares import send_offer
from tests.protocol.server_people import Browser, Share, in_sharing, in_verifying
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand

PROTECTED = {
    ("POST", "/api/v1/agent/actions/{action}/approve"): {"action"},
    ("POST", "/api/v1/cases/{case}/unmaskings"): {"sensitive"},
    ("POST", "/api/v1/customer/session/consent"): {"tab", "window", "screen"},
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


@pytest.fixture
async def sensitive_at_v1(tmp_path: Path) -> AsyncIterator[Stand]:
    chosen = AssuranceSettings(sensitive="V1")
    async with stand(tmp_path, settings=msgspec.structs.replace(USUAL_SETTINGS, assurance=chosen)) as running:
        yield running


@asynccontextmanager
async def in_consenting(server: Stand) -> AsyncIterator[Share]:
    async with in_verifying(server) as share:
        await share.customer.type_code()
        await share.agent_socket.view("consenting")
        await share.customer_socket.view("consenting")
        yield share


def test_each_route_that_a_proof_protects_says_so() -> None:
    found = {(route.method, route.path): set(route.assured) for route in TABLE if route.assured}
    assert found == PROTECTED


async def unmask(share: Share, field: str) -> tuple[int, str]:
    case = await share.agent.stand.case_of("C-2041")
    answer = await share.agent.ask("POST", f"/cases/{case}/unmaskings", {"field": field})
    return answer.status, answer.body.get("code", "")


async def test_asking_for_more_darkens_the_picture_and_no_code_is_taken_while_a_lease_could_live(
    server: Stand,
) -> None:
    async with in_sharing(server) as share:
        await share.agent_socket.send({"type": "verification.ask", "level": "V1"})
        asked = await share.customer_socket.view("verifying")
        assert not server.gate.forwarding(SessionId(share.session))
        assert (asked["asked"]["level"], asked["methods"][0], asked["consent"]) == ("V1", "totp", None)
        assert asked["fields_from_ms"] > asked["server_now_ms"]
        server.clock.shift_ms -= 30_000  # a fresh code moves the clock on; here it must not
        early = await share.customer.type_code()
        assert (early.status, early.body["code"]) == (409, "not_now")
        server.clock.shift_ms += LEASE_TTL_MS
        assert (await share.customer.type_code()).body["outcome"] == "verified"
        consenting = await share.customer_socket.view("consenting")
        assert (consenting["asked"], consenting["media_may_flow"]) == (None, False)
        assert "methods" not in await share.agent_socket.view("consenting")
    (entry,) = await server.recorded(EventName.AGENT_VERIFICATION_ASKED)
    assert entry.facts == {"level": "V1", "state_before": "sharing"}


async def test_a_code_does_not_answer_a_question_for_a_passkey_and_is_not_used_up_by_it(
    server: Stand,
) -> None:
    async with in_consenting(server) as share:
        await share.agent_socket.send({"type": "verification.ask", "level": "V2"})
        asked = await share.customer_socket.view("verifying")
        assert "totp" not in asked["methods"]
        code = server.fresh_code(share.customer.reference)
        refused = await share.customer.type_code(code)
        assert (refused.status, refused.body["code"]) == (409, "method_not_offered")
        await share.customer_socket.send({"type": "verification.decline"})
        back = await share.customer_socket.view("consenting")
        assert back["verification"]["level"] == "V1"
        await share.agent_socket.send({"type": "verification.ask", "level": "V1"})
        await share.customer_socket.view("verifying")
        assert (await share.customer.type_code(code)).body["outcome"] == "verified"


async def test_the_customer_asks_nobody_and_the_agent_declines_nothing(server: Stand) -> None:
    async with in_verifying(server) as share:
        await share.customer_socket.send({"type": "verification.ask", "level": "V2"})
        assert (await share.customer_socket.next("problem"))["code"] == "not_allowed"
        await share.agent_socket.send({"type": "verification.decline"})
        assert (await share.agent_socket.next("problem"))["code"] == "not_allowed"
        await share.agent_socket.send({"type": "verification.ask", "level": "V3"})
        assert (await share.agent_socket.next("problem"))["code"] == "message_not_understood"


async def test_who_can_prove_nothing_may_talk_and_the_agent_is_told_that_only(server: Stand) -> None:
    async with in_verifying(server) as share:
        await share.customer_socket.send({"type": "verification.decline"})
        while not (await share.agent_socket.next("state"))["view"]["talk_only"]:
            continue
        assert (await share.customer.type_code()).body["outcome"] == "verified"
        assert not (await share.agent_socket.view("consenting"))["talk_only"]


async def test_a_sensitive_field_opens_only_in_a_live_session_of_a_customer_who_proved_enough(
    server: Stand,
) -> None:
    async with in_verifying(server) as share:
        assert await unmask(share, "email") == (200, "")
        assert await unmask(share, "payout_account") == (409, "verification_needed")
        await share.customer.type_code()
        await share.agent_socket.view("consenting")
        assert await unmask(share, "payout_account") == (409, "verification_needed")  # V1 is too little
        refused = await server.recorded(EventName.AGENT_FIELD_UNMASKED)
        assert {"field": "payout_account", "reason": "not_verified"} in [
            dict(event.facts) for event in refused if event.outcome is Outcome.REFUSED
        ]


async def test_where_the_organisation_chose_so_a_code_opens_it_until_the_session_ends(
    sensitive_at_v1: Stand,
) -> None:
    server = sensitive_at_v1
    async with in_consenting(server) as share:
        assert await unmask(share, "payout_account") == (200, "")
        record = await share.agent.ask("GET", f"/cases/{await server.case_of('C-2041')}")
        assert not any(field["locked"] for field in record.body["customer"]["fields"])
        async with Browser(server) as other:  # the same agent, another sign-in: not to them
            await other.sign_in("agent")
            twin = Share(other, share.customer, share.agent_socket, share.customer_socket, share.session)
            assert await unmask(twin, "payout_account") == (409, "verification_needed")
        server.clock.shift_ms += 10 * 60_000
        assert await unmask(share, "payout_account") == (409, "verification_needed")


async def test_a_session_for_a_verification_alone_ends_well_and_shares_nothing(
    sensitive_at_v1: Stand,
) -> None:
    server = sensitive_at_v1
    async with in_verifying(server, purpose="verify") as share:
        await share.customer.type_code()
        while not (view := (await share.agent_socket.next("state"))["view"])["verification"]:
            continue
        assert (view["state"], view["purpose"]) == ("verifying", "verify")
        again = await share.customer.type_code()
        assert (again.status, again.body["code"]) == (409, "not_now")
        assert await unmask(share, "payout_account") == (200, "")
        await share.customer_socket.send({"type": "media.offer", "sdp": "v=0\r\n"})
        assert (await share.customer_socket.next("problem"))["code"] == "not_now"
        await share.agent_socket.send({"type": "session.leave"})
        assert (await share.agent_socket.view("ended"))["end"]["cause"] == "verified"
        assert await unmask(share, "payout_account") == (409, "verification_needed")


async def test_another_certificate_in_the_middle_of_a_share_asks_for_a_new_proof(server: Stand) -> None:
    async with in_sharing(server) as share:
        for certificate in ("AA:01", "AA:01"):
            offer = f"v=0\r\na=fingerprint:sha-256 {certificate}\r\n"
            await send_offer(share, offer)
            await share.customer_socket.next("media.answer")
        offer = "v=0\r\na=fingerprint:sha-256 BB:02\r\n"
        await send_offer(share, offer)
        voided = await share.customer_socket.view("verifying")
        assert (voided["verification"], voided["consent"]) == (None, None)
        assert not server.gate.forwarding(SessionId(share.session))
    assert await server.recorded(EventName.SYSTEM_VERIFICATION_VOIDED)
