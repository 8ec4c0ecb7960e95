"""An agent with a passkey gets a badge by it alone: over this browser's key, the case and the sign-in, once each."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName
from server.badges.issuer import request_text
from server.demo import ORGANISATION
from server.introduction_settings import IntroductionSettings
from server.settings import Settings
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import passkey_of, signed
from tests.soft_passkey import Credential
from verification.login import FRESH_FOR_MS
from verification.passkey_challenge import for_badge

NOT_YET = {"document": None, "signature": None, "passkey_needed": True}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def opened(agent: Browser, reference: str = "C-2041") -> str:
    answer = await agent.ask(
        "POST", "/sessions", {"case": await agent.stand.case_of(reference), "contact": "text"}
    )
    assert answer.status == 201, answer.body
    return str(answer.body["session"])


async def ask_for(
    agent: Browser, session: str, passkey: dict[str, Any] | None = None, reference: str = "C-2041"
) -> Answered:
    body = {
        "device_key": agent.device.jwk,
        "signature": agent.device.sign(request_text(session, reference)),
    }
    return await agent.ask(
        "POST", f"/sessions/{session}/badge", body if passkey is None else {**body, "passkey": passkey}
    )


async def answered(agent: Browser, session: str, credential: Credential) -> dict[str, Any]:
    options = await agent.ask(
        "POST", f"/sessions/{session}/badge/passkey-options", {"device_key": agent.device.jwk}
    )
    assert options.status == 200, options.body
    return {**signed(agent, credential, options), "nonce": options.body["nonce"]}


async def test_a_badge_waits_for_the_passkey_and_says_so_in_the_log(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        credential = await passkey_of(server, "agent")
        session = await opened(agent)
        assert (await ask_for(agent, session)).body == NOT_YET
        assert (await ask_for(agent, session, await answered(agent, session, credential))).status == 200
        (asserted,) = await server.recorded(EventName.AGENT_PASSKEY_ASSERTED)
        assert (asserted.facts["purpose"], asserted.session) == ("badge", session)
        (issued, *_done) = await server.recorded(EventName.AGENT_BADGE_ISSUED)
        assert issued.facts["method"] == "passkey"
        # Another session in the case asks nobody again; another sign-in does.
        assert (await agent.ask("POST", f"/sessions/{session}/end")).status == 200
        assert (await ask_for(agent, again := await opened(agent))).status == 200
        assert (await agent.ask("POST", f"/sessions/{again}/end")).status == 200
        await agent.sign_in("agent")
        assert (await ask_for(agent, await opened(agent))).body == NOT_YET


async def test_without_a_passkey_the_sign_in_stands_for_the_badge_where_the_settings_let_it(
    server: Stand, tmp_path: Path
) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        assert (await ask_for(agent, await opened(agent))).status == 200
        (issued, *_done) = await server.recorded(EventName.AGENT_BADGE_ISSUED)
        assert issued.facts["method"] == "sign_in"
    strict = Settings(organisation=ORGANISATION, introduction=IntroductionSettings(agents_by_passkey=True))
    (tmp_path / "strict").mkdir()
    async with stand(tmp_path / "strict", settings=strict) as other, Browser(other) as agent:
        await agent.sign_in("agent")
        refused = await ask_for(agent, await opened(agent))
        assert (refused.status, refused.body["code"]) == (409, "badge_passkey_needed")


async def test_an_answer_opens_no_second_badge_no_other_case_and_no_other_browsers_key(server: Stand) -> None:
    async with Browser(server) as agent, Browser(server) as thief:
        await agent.sign_in("agent")
        credential = await passkey_of(server, "agent")
        session = await opened(agent)
        for spoilt in ("case", "device_key", "login"):
            parts = {"device_key": agent.device.jwk, "case": "C-2041", "login": "log_1"}
            answer = await answered(agent, session, credential)
            wrong = for_badge(**{**parts, spoilt: thief.device.jwk}).challenge(b"n" * 32)
            told = credential.assertion(wrong, server.url) | {"nonce": answer["nonce"]}
            refused = await ask_for(agent, session, told)
            assert (refused.status, refused.body["code"]) == (409, "passkey_too_late")
        answer = await answered(agent, session, credential)
        agent.device, thief.device = thief.device, agent.device
        assert (await ask_for(agent, session, answer)).status == 409  # and it is used up
        agent.device, thief.device = thief.device, agent.device
        assert (await ask_for(agent, session, answer)).body["code"] == "passkey_too_late"
        answer = await answered(agent, session, credential)
        assert (await ask_for(agent, session, answer)).status == 200
        agent.device = thief.device  # another key in this session, with the answer that was good
        assert (await ask_for(agent, session, answer)).body["code"] == "passkey_too_late"


async def test_a_passkey_that_is_shut_gets_no_badge_and_the_sign_in_does_not_stand_for_it(
    server: Stand,
) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        credential = await passkey_of(server, "agent")
        stolen, session = credential.copy(), await opened(agent)
        assert (await ask_for(agent, session, await answered(agent, session, credential))).status == 200
        assert (await agent.ask("POST", f"/sessions/{session}/end")).status == 200
        await agent.sign_in("agent")
        session = await opened(agent)
        refused = await ask_for(agent, session, await answered(agent, session, stolen))
        assert refused.body["code"] == "passkey_disabled"
        shut = await ask_for(agent, session)
        assert (shut.status, shut.body["code"]) == (403, "passkey_shut")


async def test_anothers_passkey_and_a_passkeys_sign_in_stand_for_no_badge(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        own, others = await passkey_of(server, "agent"), await passkey_of(server, "agent2")
        session = await opened(agent)
        refused = await ask_for(agent, session, await answered(agent, session, others))
        assert (refused.status, refused.body["code"]) == (409, "passkey_refused")
        proof = await agent.ask("POST", "/staff/me/confirmations/passkey-options?door=agent")
        of_step_up = signed(agent, own, proof) | {"nonce": proof.body["nonce"]}
        assert (await ask_for(agent, session, of_step_up)).body["code"] == "passkey_too_late"
        of_badge = await answered(agent, session, own)
        of_badge.pop("nonce")
        sent = await agent.ask("POST", "/staff/me/confirmations/passkey?door=agent", {"passkey": of_badge})
        assert sent.body["code"] == "passkey_too_late"
        assert not any(event.name is EventName.AGENT_BADGE_ISSUED for event in await server.events())
        refusals = await server.recorded(EventName.AGENT_PASSKEY_REFUSED)
        assert [event.facts["reason"] for event in refusals] == ["owner", "challenge", "challenge"]


async def test_a_stolen_cookie_gets_no_badge_even_fresh_and_none_is_left_after_the_sign_out(
    server: Stand,
) -> None:
    async with Browser(server) as agent, Browser(server) as thief:
        await agent.sign_in("agent")
        credential = await passkey_of(server, "agent")
        session = await opened(agent)
        assert (await ask_for(agent, session, await answered(agent, session, credential))).status == 200
        thief.session.cookie_jar.update_cookies({one.key: one.value for one in agent.session.cookie_jar})
        assert (await ask_for(thief, session)).body == NOT_YET  # it is fresh
        server.clock.shift_ms += FRESH_FOR_MS
        assert (await ask_for(thief, session)).body == NOT_YET
        answer = await answered(agent, session, credential)
        assert (await agent.ask("DELETE", "/logins/current")).status == 204
        assert (await ask_for(agent, session, answer)).status == 401
        await agent.sign_in("agent")
        assert (await ask_for(agent, session, answer)).body["code"] == "badge_refused"
        assert (await ask_for(agent, session)).body["code"] == "badge_refused"  # also not the one of before
