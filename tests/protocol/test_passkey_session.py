"""A customer's passkey over HTTP: made by a link, used in a session, and refused whenever something is not as it was
asked for. A running server with its real database and log."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from audit.event import EventName
from session.events import StepUpAsked
from session.identity import SessionId
from session.model import Level
from tests.protocol.passkey_people import (
    Keyring,
    asked,
    customer_with_passkey,
    own_challenge,
    prove,
)
from tests.protocol.server_people import Browser, in_verifying
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import PRESENT, Credential, b64, bytes_of


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def refusals(server: Stand) -> list[str]:
    return [
        str(event.facts["reason"])
        for event in await server.events()
        if event.name is EventName.CUSTOMER_PASSKEY_REFUSED
    ]


async def test_a_customer_makes_a_passkey_by_a_link_and_proves_who_they_are_with_it(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with in_verifying(server) as share:
        options = await asked(share.customer)
        challenge = bytes_of(options["challenge"])
        assert challenge == await own_challenge(share, options)  # the page can tell what it has signed
        body = keyring.latest.assertion(challenge, server.url)
        answer = await prove(share, body)
        assert [answer.body[name] for name in ("outcome", "attempts_left", "level")] == ["verified", 5, "V2"]
        assert "tachiai-device" in answer.headers.get("Set-Cookie", "")  # this browser is known from now on
        shown = await share.agent_socket.view("consenting")
        assert (shown["verification"]["method"], shown["verification"]["level"]) == ("passkey", "V2")
        view = await share.customer_socket.view("consenting")
        assert "screen" in view["proposal"]["surfaces"]
        assert (await prove(share, body)).status == 409  # nothing is asked for any more
    finished = await server.recorded(EventName.CUSTOMER_ENROLMENT_FINISHED)
    assert finished[0].facts["method"] == "passkey"
    (one,) = await server.recorded(EventName.CUSTOMER_PASSKEY_ASSERTED)
    assert one.facts["passkey"] == finished[0].facts["passkey"]
    assert server.foundation.log.healthy
    assert keyring.latest.id.hex() not in repr(await server.events())


async def test_what_was_asked_of_one_session_is_good_in_no_other_and_twice_in_none(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with in_verifying(server) as first:
        earlier = bytes_of((await asked(first.customer))["challenge"])
        await first.agent.ask("POST", f"/sessions/{first.session}/end")
    async with in_verifying(server) as share:
        stale = keyring.latest.assertion(earlier, server.url)
        assert (await prove(share, stale)).body["outcome"] == "refused"
        challenge = bytes_of((await asked(share.customer))["challenge"])
        bodies = [keyring.latest.assertion(challenge, server.url) for _ in range(50)]
        answers = await asyncio.gather(*(prove(share, body) for body in bodies))
        outcomes = [answer.body.get("outcome") for answer in answers if answer.status == 200]
        assert outcomes.count("verified") == 1
        assert {answer.status for answer in answers} <= {200, 409}
        assert (await share.customer_socket.view("consenting"))["verification"]["level"] == "V2"
    assert len(await server.recorded(EventName.CUSTOMER_PASSKEY_ASSERTED)) == 1


async def test_five_wrong_passkeys_end_the_session_and_the_reasons_are_in_the_log_alone(
    server: Stand,
) -> None:
    keyring, other = Keyring(), Keyring()
    await customer_with_passkey(server, keyring)
    await customer_with_passkey(server, other, "C-2056")
    own, elsewhere = keyring.latest, keyring.latest.copy()
    elsewhere.party = "evil.example"
    wrong: list[tuple[str, Callable[[bytes], dict[str, str]]]] = [
        ("owner", lambda challenge: other.latest.assertion(challenge, server.url)),
        ("origin", lambda challenge: own.assertion(challenge, "http://evil.example")),
        ("user_verification", lambda challenge: own.assertion(challenge, server.url, PRESENT)),
        ("cross_origin", lambda challenge: own.assertion(challenge, server.url, crossOrigin=True)),
        ("party", lambda challenge: elsewhere.assertion(challenge, server.url)),
    ]
    async with in_verifying(server) as share:
        for left, (_, made) in zip((4, 3, 2, 1, 0), wrong, strict=True):
            challenge = bytes_of((await asked(share.customer))["challenge"])
            answer = await prove(share, made(challenge))
            shown = [answer.body[name] for name in ("outcome", "attempts_left", "level")]
            assert (answer.status, shown) == (200, ["refused", left, None])
        assert (await share.customer_socket.view("ended"))["end"]["cause"] == "verification_failed"
    assert await refusals(server) == [reason for reason, _ in wrong]


async def test_what_no_browser_sends_is_refused_and_counted_as_nothing(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with in_verifying(server) as share:
        good = keyring.latest.assertion(bytes_of((await asked(share.customer))["challenge"]), server.url)
        for name in good:
            for value in ("", "=", "A" * 4097, "Ａ", good[name] + "=", good[name] + "A", good[name][:-2]):
                answer = await prove(share, {**good, name: value})
                if answer.status == 200:
                    assert answer.body["outcome"] == "refused", (name, value)
                else:
                    assert answer.status in {409, 422}, (name, value, answer.body)
                if (await share.customer.ask("GET", "/customer/session")).body["state"] != "verifying":
                    return


async def test_a_copied_authenticator_shuts_its_passkey_and_the_log_says_which(server: Stand) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    stolen = keyring.latest.copy()
    async with in_verifying(server) as share:
        challenge = bytes_of((await asked(share.customer))["challenge"])
        assert (await prove(share, keyring.latest.assertion(challenge, server.url))).body[
            "outcome"
        ] == "verified"
        await share.agent.ask("POST", f"/sessions/{share.session}/end")
    async with in_verifying(server) as share:
        for credential in (stolen, keyring.latest):
            challenge = bytes_of((await asked(share.customer))["challenge"])
            answer = await prove(share, credential.assertion(challenge, server.url))
            assert answer.body["outcome"] == "refused"
    assert await refusals(server) == ["counter", "disabled"]
    told = await server.recorded(EventName.CUSTOMER_PASSKEY_REFUSED)
    known = await server.recorded(EventName.CUSTOMER_PASSKEY_ASSERTED)
    assert {event.facts["passkey"] for event in told} == {known[0].facts["passkey"]}


async def test_a_customer_without_a_passkey_is_asked_and_answered_alike(server: Stand) -> None:
    stranger = Credential("localhost", bytes(64))
    async with in_verifying(server) as share:
        options = await asked(share.customer)
        assert set(options) == {"challenge", "nonce", "party", "timeout_ms", "case", "agent"}
        answer = await prove(share, stranger.assertion(bytes_of(options["challenge"]), server.url))
        assert (answer.status, answer.body["outcome"]) == (200, "refused")
    assert await refusals(server) == ["unknown"]


async def test_nobody_who_works_here_uses_a_customers_passkey(server: Stand) -> None:
    """From a browser that is signed in as staff, outside the demo, nothing of an authenticator is taken."""
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        body = keyring.latest.assertion(bytes(32), server.url)
        answer = await agent.ask("POST", "/customer/session/verification/passkey", body)
        assert (answer.status, answer.body["code"]) == (422, "code_refused")
    (event,) = await server.recorded(EventName.AGENT_CODE_REFUSED)
    assert "signature" not in event.facts


async def test_a_passkey_confirms_the_one_action_that_is_asked_about_and_no_earlier_question(
    server: Stand,
) -> None:
    keyring, action = Keyring(), hashlib.sha256(b"the one action").digest()
    await customer_with_passkey(server, keyring)
    conductor = server.composed.services.conductor
    async with in_verifying(server) as share:
        session = SessionId(share.session)
        earlier = bytes_of((await asked(share.customer))["challenge"])
        await conductor.apply(session, StepUpAsked(Level.V3, b64(action)))
        stale = keyring.latest.assertion(earlier, server.url)
        assert (await prove(share, stale)).body["outcome"] == "refused"
        options = await asked(share.customer)
        challenge = bytes_of(options["challenge"])
        assert challenge == await own_challenge(share, options, "V3", action)
        assert challenge != await own_challenge(share, options, "V2")
        answer = await prove(share, keyring.latest.assertion(challenge, server.url))
        assert (answer.body["outcome"], answer.body["level"]) == ("verified", "V3")
        found = (await conductor.load(session)).assertion
        assert found is not None
        assert (found.level, found.action) == (Level.V3, b64(action))
        assert (await share.customer.ask("GET", "/customer/session")).body["verification"] is None
