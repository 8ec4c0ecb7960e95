"""Staff sign in by a passkey, prove by one once more, and keep their own; officers outside the demo by nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.administration.acts import DisableStaff, EnableStaff, RecoverOfficer
from server.administration.errors import ActRefused
from server.identity import new_id
from server.storage.passkeys import NewRow
from tests.protocol.administration_ways import Way, add_officer
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import enter, passkey_of, prove, signed
from tests.soft_passkey import Credential, bytes_of
from verification import totp
from verification.login import FRESH_FOR_MS
from verification.passkey import Passkey

EXPORT = "/security/log/exports"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def test_a_passkey_opens_its_owners_door_and_no_other(server: Stand) -> None:
    credential = await passkey_of(server, "officer")
    async with Browser(server) as browser:
        assert (await enter(browser, credential, "agent")).status == 401
        entered = await enter(browser, credential, "security")
        assert (entered.status, entered.body["staff"]["number"]) == (201, "S-012")
        seen = (await browser.ask("GET", "/staff/me/logins")).body
        assert [one["means"] for one in seen] == ["passkey"]
    refused = [event for event in await server.events() if event.name is EventName.OFFICER_LOGIN_REFUSED]
    refused += [event for event in await server.events() if event.name is EventName.AGENT_LOGIN_REFUSED]
    assert [event.facts["reason"] for event in refused] == ["door"]


async def test_an_answer_made_for_one_browser_opens_nothing_in_another(server: Stand) -> None:
    credential = await passkey_of(server, "agent")
    async with Browser(server) as first, Browser(server) as second:
        options = await first.ask("POST", "/logins/passkey-options", {"door": "agent"})
        body = {"door": "agent", "passkey": signed(first, credential, options)}
        assert (await second.ask("POST", "/logins/passkey", body)).status == 401  # it asked nothing
        await second.ask("POST", "/logins/passkey-options", {"door": "agent"})
        assert (await second.ask("POST", "/logins/passkey", body)).status == 401
        assert (await first.ask("POST", "/logins/passkey", body)).status == 401  # used up by the attempt
        assert (await enter(first, credential, "agent")).status == 201


async def test_whoever_is_blocked_or_has_lost_the_passkey_stays_out(server: Stand, tmp_path: Path) -> None:
    credential, operator = await passkey_of(server, "agent"), Way(tmp_path, server)
    async with Browser(server) as browser:
        await operator.do(DisableStaff(username="agent", desk="agent"))
        assert (await enter(browser, credential, "agent")).status == 401
        await operator.do(EnableStaff(username="agent", desk="agent"))
        assert (await enter(browser, credential, "agent")).status == 201
        (kept,) = (await browser.ask("GET", "/staff/me/passkeys")).body
        assert (await browser.ask("POST", f"/staff/me/passkeys/{kept['id']}/remove")).status == 204
        assert (await enter(browser, credential, "agent")).status == 401


async def test_a_passkey_proves_once_more_and_is_only_ones_own(server: Stand) -> None:
    own, others = await passkey_of(server, "officer"), await passkey_of(server, "agent")
    async with Browser(server) as officer:
        assert (await enter(officer, own)).status == 201
        server.clock.shift_ms += FRESH_FOR_MS
        assert (await officer.ask("POST", EXPORT, {"filters": {}})).body["code"] == "step_up_required"
        assert (await prove(officer, others)).status == 409
        assert (await officer.ask("POST", EXPORT, {"filters": {}})).status == 403
        assert (await prove(officer, own)).status == 204
        assert (await officer.ask("POST", EXPORT, {"filters": {}})).status == 200


async def test_a_passkey_is_added_and_removed_only_after_a_fresh_proof(server: Stand) -> None:
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201
        options = await agent.ask("POST", "/staff/me/passkeys/options")
        made = Credential("localhost", bytes_of(options.body["user"]["handle"]))
        sent = made.registration(bytes_of(options.body["challenge"]), server.url)
        server.clock.shift_ms += FRESH_FOR_MS
        body = {"label": "the blue one", "passkey": sent}
        assert (await agent.ask("POST", "/staff/me/passkeys", body)).body["code"] == "step_up_required"
        code = server.fresh_code("agent")
        assert (await agent.ask("POST", "/staff/me/confirmations", {"code": code})).status == 204
        options = await agent.ask("POST", "/staff/me/passkeys/options")
        sent = made.registration(bytes_of(options.body["challenge"]), server.url)
        kept = await agent.ask("POST", "/staff/me/passkeys", {"label": "the blue one", "passkey": sent})
        assert (kept.status, kept.body["label"]) == (201, "the blue one")
        assert (await enter(agent, made, "agent")).status == 201
    assert await server.recorded(EventName.AGENT_PASSKEY_REGISTERED)


async def test_a_password_and_code_do_not_grow_into_a_passkey_of_somebody_else(server: Stand) -> None:
    credential = await passkey_of(server, "agent")
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201
        (kept,) = (await agent.ask("GET", "/staff/me/passkeys")).body
        sensitive = (
            "/passkeys/options",
            f"/passkeys/{kept['id']}/remove",
            "/identity/begin",
            "/identity/remove",
        )
        for path in sensitive:
            refused = await agent.ask("POST", f"/staff/me{path}")
            assert (refused.status, refused.body["code"]) == (403, "passkey_required"), path
        refused = await agent.ask("POST", f"/api/v1/agent/actions/{new_id('act')}/approve")
        assert refused.body["code"] == "passkey_required"
        code = {"code": server.fresh_code("agent")}
        assert (await agent.ask("POST", "/staff/me/confirmations", code)).status == 204
        assert (await agent.ask("POST", "/staff/me/passkeys/options")).body["code"] == "passkey_required"
        assert (await prove(agent, credential, "agent")).status == 204
        assert (await agent.ask("POST", "/staff/me/passkeys/options")).status == 200
        assert (await agent.ask("POST", f"/staff/me/passkeys/{kept['id']}/remove")).status == 204


async def test_where_the_only_passkey_is_shut_a_password_and_code_do_not_stand_for_it(server: Stand) -> None:
    credential = await passkey_of(server, "agent")
    stolen = credential.copy()
    async with Browser(server) as agent:
        assert (await enter(agent, credential, "agent")).status == 201
        assert (await enter(agent, stolen, "agent")).status == 401, "it does not count on: a copy"
        assert (await agent.sign_in("agent")).status == 201
        assert (await agent.ask("GET", "/staff/me/confirmations?door=agent")).body["passkey"] is False
        (kept,) = (await agent.ask("GET", "/staff/me/passkeys")).body
        for path in ("/passkeys/options", f"/passkeys/{kept['id']}/remove", "/identity/begin"):
            refused = await agent.ask("POST", f"/staff/me{path}")
            assert (refused.status, refused.body["code"]) == (403, "passkey_shut"), path
        assert (await agent.ask("GET", "/staff/me/passkeys")).body == [kept]


async def test_outside_the_demo_a_password_and_code_open_no_officers_door(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, Browser(server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 401
        (refused,) = await server.recorded(EventName.OFFICER_LOGIN_REFUSED)
        assert refused.facts["reason"] == "passkey_needed"
        assert 'name="password"' not in (await officer.page("/security/sign-in")).body
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (
            await officer.ask("POST", "/security/sign-in", raw=b"username=officer", headers=form)
        ).status == 401
        assert (await enter(officer, await passkey_of(server, "officer"))).status == 201
        (kept,) = (await officer.ask("GET", "/staff/me/passkeys")).body
        removed = await officer.ask("POST", f"/staff/me/passkeys/{kept['id']}/remove")
        assert (removed.status, removed.body["code"]) == (409, "last_passkey")
        assert (
            await officer.sign_in("agent")
        ).status == 201  # an agent's password still opens the agents' door


async def test_outside_the_demo_officers_prove_once_more_by_passkey_and_by_no_code(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, Browser(server) as officer, Browser(server) as agent:
        credential = await passkey_of(server, "officer")
        assert (await enter(officer, credential)).status == 201
        code = {"code": server.fresh_code("officer")}
        refused = await officer.ask("POST", "/staff/me/confirmations?door=security", code)
        assert (refused.status, refused.body["code"]) == (422, "confirmation_by_passkey")
        assert (await prove(officer, credential)).status == 204
        assert (await agent.sign_in("agent")).status == 201
        code = {"code": server.fresh_code("agent")}
        assert (await agent.ask("POST", "/staff/me/confirmations", code)).status == 204


async def test_an_officer_without_a_passkey_counts_as_one_who_cannot_sign_in(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server:
        await add_officer(server, "officer2", "S-013")
        operator = Way(tmp_path, server)
        assert (await operator.do(RecoverOfficer(username="officer"))).url
        await passkey_of(server, "officer")
        await passkey_of(server, "officer2")
        with pytest.raises(ActRefused, match="two of them decide"):
            await operator.do(RecoverOfficer(username="officer"))


async def test_signing_in_by_passkey_ends_the_former_sign_in_of_this_browser_with_all_that_ran(
    server: Stand,
) -> None:
    async with in_sharing(server) as share:
        credential = await passkey_of(server, "agent")
        assert (await enter(share.agent, credential, "agent")).status == 201
        await share.customer_socket.view("ended")
        assert (await share.agent.ask("GET", "/staff/me")).status == 200


async def test_a_stolen_sign_in_that_is_ended_leaves_no_passkey_that_it_had_under_way(
    server: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkeys = server.foundation.stores.passkeys
    row_of = passkeys.new_row
    async with Browser(server) as owner, Browser(server) as thief:
        assert (await owner.sign_in("agent")).status == 201
        server.clock.shift_ms += totp.STEP_MS
        assert (await thief.sign_in("agent")).status == 201
        options = (await thief.ask("POST", "/staff/me/passkeys/options")).body
        made = Credential("localhost", bytes_of(options["user"]["handle"]))
        sent = made.registration(bytes_of(options["challenge"]), server.url)

        async def ended_then_row(passkey: Passkey, index: int) -> NewRow:
            assert (await owner.ask("POST", "/staff/me/logins/end-others")).body == {"ended": 1}
            return await row_of(passkey, index)

        monkeypatch.setattr(passkeys, "new_row", ended_then_row)
        late = await thief.ask("POST", "/staff/me/passkeys", {"label": "x", "passkey": sent})
        assert late.status == 401
        assert (await owner.ask("GET", "/staff/me/passkeys")).body == []
    events = await server.recorded(EventName.AGENT_PASSKEY_REGISTERED)
    assert [event.outcome for event in events] == [Outcome.INTENT, Outcome.FAILED]


async def test_of_two_removals_at_once_one_leaves_the_officer_a_passkey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stand(tmp_path, demo=False) as server, Browser(server) as officer:
        credential, _ = await passkey_of(server, "officer"), await passkey_of(server, "officer")
        assert (await enter(officer, credential)).status == 201
        first, second = [one["id"] for one in (await officer.ask("GET", "/staff/me/passkeys")).body]
        passkeys = server.foundation.stores.passkeys
        remove = passkeys.remove

        async def after_the_other(*arguments: Any) -> bool:
            monkeypatch.setattr(passkeys, "remove", remove)
            assert (await officer.ask("POST", f"/staff/me/passkeys/{second}/remove")).status == 204
            return await remove(*arguments)

        monkeypatch.setattr(passkeys, "remove", after_the_other)
        late = await officer.ask("POST", f"/staff/me/passkeys/{first}/remove")
        assert (late.status, late.body["code"]) == (409, "last_passkey")
        assert [one["id"] for one in (await officer.ask("GET", "/staff/me/passkeys")).body] == [first]
