"""An agent links themselves to the organisation's sign-in and proves by it, within one sign-in; taking it away wins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.administration.identity_acts import LinkIdentity, UnlinkIdentity
from server.storage.staff_identities import StaffIdentity
from tests.protocol.enrolment_people import Newcomer, link_for
from tests.protocol.server_people import Answered, Browser
from tests.protocol.staff_passkey_people import passkey_of, prove, staff_id
from tests.protocol.test_oidc_sign_in import FORM, START, Place, changed, placed, strong
from verification.enrolment import Subject, SubjectKind
from verification.login import FRESH_FOR_MS
from verification.staff_code import CodeJudged

IDENTITY = "/staff/me/identity"
CONFIRMATION = "/staff/me/confirmations/provider"
SENSITIVE = "/staff/me/passkeys/options"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(tmp_path, second_factor_amr=["mfa"], label="Example SSO") as place:
        place.provider.faults.claims = strong
        yield place


async def confirmed_there(place: Place) -> Answered:
    """To the provider and back, without the step from our own page."""
    return await place.browser.page(await place.go("/agent/confirm"))


async def linked_there(place: Place) -> Answered:
    begun = await place.browser.ask("POST", f"{IDENTITY}/begin")
    assert begun.status == 200, begun.body
    return await place.browser.page(place.known_there(begun.body["url"]))


async def stale(place: Place) -> None:
    place.server.clock.shift_ms += FRESH_FOR_MS
    refused = await place.browser.ask("POST", SENSITIVE)
    assert refused.body["code"] == "step_up_required"


async def unlinked(place: Place) -> None:
    await place.operator.do(UnlinkIdentity(username="agent"))


async def names(place: Place) -> list[tuple[EventName, Outcome]]:
    return [(event.name, event.outcome) for event in await place.server.events()]


async def test_whoever_has_the_providers_sign_in_alone_proves_by_it_once_more(place: Place) -> None:
    await place.enter()
    await stale(place)
    ways = (await place.browser.ask("GET", "/staff/me/confirmations?door=agent")).body
    assert ways == {"passkey": False, "code": True, "provider": "Example SSO"}
    back = await confirmed_there(place)
    assert (back.status, place.provider.asked[-1]["prompt"], place.provider.asked[-1]["max_age"]) == (
        200,
        "login",
        "0",
    )
    assert (await place.browser.ask("POST", SENSITIVE)).status == 403  # told, and not yet asked for from here
    before = (await place.browser.ask("GET", "/staff/me/logins")).body[0]["id"]
    assert (await place.browser.ask("POST", CONFIRMATION)).status == 204
    assert (await place.browser.ask("POST", SENSITIVE)).status == 200
    assert [one["id"] for one in (await place.browser.ask("GET", "/staff/me/logins")).body] == [before]
    (entry,) = await place.server.recorded(EventName.AGENT_LOGIN_CONFIRMED)
    assert entry.facts["by"] == "provider"
    again = await place.browser.ask("POST", CONFIRMATION)
    assert (again.status, again.body["code"]) == (409, "provider_proof_gone")


PROOFS: dict[str, tuple[Any, str]] = {
    "an old proof": (changed(auth_time=1_000), "provider_token_auth_time"),
    "no time": (changed(auth_time=...), "provider_token_auth_time"),
    "a time that is none": (changed(auth_time="now"), "provider_token_auth_time"),
    "a number for a subject": (changed(sub=7), "provider_token_sub"),
    "a list for a subject": (changed(sub=["x"]), "provider_token_sub"),
    "somebody unknown": (changed(sub="somebody"), "provider_not_linked"),
    "one factor": (changed(amr=["pwd"]), "provider_one_factor"),
}


async def test_a_proof_that_is_old_of_another_or_of_one_factor_proves_nothing(place: Place) -> None:
    await place.enter()
    await stale(place)
    for fault, (claims, _) in PROOFS.items():
        place.provider.faults.claims = claims
        assert (await confirmed_there(place)).status == 401, fault
        assert (await place.browser.ask("POST", CONFIRMATION)).status == 409, fault
    assert (await place.browser.ask("POST", SENSITIVE)).status == 403
    refused = await place.server.recorded(EventName.AGENT_CONFIRMATION_REFUSED)
    assert [event.facts["reason"] for event in refused] == [reason for _, reason in PROOFS.values()]


async def test_a_proof_counts_for_the_sign_in_that_asked_and_for_no_other(place: Place) -> None:
    await place.enter()
    await stale(place)
    await confirmed_there(place)
    async with Browser(place.server) as other:
        assert (await other.sign_in("agent2")).status == 201
        place.server.clock.shift_ms += FRESH_FOR_MS
        for cookie in place.browser.session.cookie_jar:
            if "provider" in cookie.key:
                other.session.cookie_jar.update_cookies({cookie.key: cookie.value})
        assert (await other.ask("POST", CONFIRMATION)).status == 409
        assert (await other.ask("POST", SENSITIVE)).status == 403
        assert (await other.page("/agent/confirm")).status == 404  # not linked: nothing to prove there
    assert (
        await place.browser.ask("POST", CONFIRMATION)
    ).status == 409  # it was used up by whoever brought it


async def test_an_agent_links_themselves_by_a_proof_here_and_one_there(place: Place) -> None:
    async with Browser(place.server) as browser:
        place.browser, place.provider.subject = browser, "of-agent2"
        assert (await browser.sign_in("agent2")).status == 201
        assert (await browser.ask("GET", IDENTITY)).body == {
            "provider": "Example SSO",
            "linked_at_ms": None,
            "last_used_ms": None,
        }
        await stale(place)
        assert (await browser.ask("POST", f"{IDENTITY}/begin")).body["code"] == "step_up_required"
        code = place.server.fresh_code("agent2")
        assert (await browser.ask("POST", "/staff/me/confirmations", {"code": code})).status == 204
        assert (await linked_there(place)).status == 200
        assert (await browser.ask("POST", CONFIRMATION)).status == 409  # of another purpose
        assert (await linked_there(place)).status == 200
        assert (await browser.ask("POST", IDENTITY)).status == 204
        assert (await browser.ask("GET", IDENTITY)).body["linked_at_ms"] is not None
        assert [
            outcome for name, outcome in await names(place) if name is EventName.AGENT_IDENTITY_LINKED
        ] == [
            Outcome.INTENT,
            Outcome.DONE,
        ]
        await place.enter()
        (login,) = (await browser.ask("GET", "/staff/me/logins")).body
        assert login["means"] == "provider"
        assert (await browser.ask("GET", IDENTITY)).body["last_used_ms"] is not None
        assert (await browser.ask("POST", f"{IDENTITY}/remove")).status == 204
        assert not await place.signed_in()  # this sign-in was made by it
        assert (await place.enter()).status == 401
    told = place.server.written.getvalue() + str(await place.server.events())
    assert "of-agent2" not in told


async def test_a_link_is_finished_by_a_proof_that_is_fresh_at_its_end_too(place: Place) -> None:
    async with Browser(place.server) as browser:
        place.browser, place.provider.subject = browser, "of-agent2"
        assert (await browser.sign_in("agent2")).status == 201
        assert (await linked_there(place)).status == 200
        place.server.clock.shift_ms += FRESH_FOR_MS
        assert (await browser.ask("POST", IDENTITY)).body["code"] == "step_up_required"
        passkey = await passkey_of(place.server, "agent2")
        code = place.server.fresh_code("agent2")
        assert (await browser.ask("POST", "/staff/me/confirmations", {"code": code})).status == 204
        assert (await browser.ask("POST", IDENTITY)).body["code"] == "passkey_required"
        assert (await browser.ask("GET", IDENTITY)).body["linked_at_ms"] is None
        assert (await prove(browser, passkey, "agent")).status == 204
        assert (await browser.ask("POST", IDENTITY)).status == 204, "what was told there is not lost"


async def test_an_identity_of_somebody_else_is_not_taken_over(place: Place) -> None:
    async with Browser(place.server) as browser:
        place.browser = browser
        assert (await browser.sign_in("agent2")).status == 201
        assert (await linked_there(place)).status == 401  # the subject is the other agent's
        refused = await place.server.recorded(EventName.AGENT_IDENTITY_LINKED)
        assert [(one.outcome, one.facts["reason"]) for one in refused] == [
            (Outcome.REFUSED, "provider_somebody_else")
        ]
        place.provider.subject = "nobodys-yet"
        assert (await linked_there(place)).status == 200
        await place.operator.do(LinkIdentity(username="agent", subject="nobodys-yet"))  # meanwhile
        taken = await browser.ask("POST", IDENTITY)
        assert (taken.status, taken.body["code"]) == (409, "identity_taken")


async def test_an_officer_takes_a_link_away_with_all_sign_ins_and_gives_none(place: Place) -> None:
    await place.enter()
    async with Browser(place.server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 201
        shown = (await officer.ask("GET", "/security/staff")).body
        assert [one["username"] for one in shown if one["linked"]] == ["agent"]
        agent = await staff_id(place.server, "agent")
        place.server.clock.shift_ms += FRESH_FOR_MS  # what takes away asks for no proof
        taken = await officer.ask("POST", f"/security/staff/{agent}/unlink")
        assert (taken.status, taken.body) == (200, {"ended": 1})
        assert (await officer.ask("POST", f"/security/staff/{agent}/unlink")).status == 404
    assert not await place.signed_in()
    assert (await place.enter()).status == 401
    (entry,) = await place.server.recorded(EventName.OFFICER_IDENTITY_UNLINKED)
    assert dict(entry.facts) == {"staff": agent, "logins": 1}


async def test_a_sign_in_under_way_loses_against_taking_the_link_away(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken away right after the callback has looked for the last time: the write looks again."""
    server = place.server
    find = server.composed.services.staff.find

    async def found(staff: Any) -> Any:
        answer = await find(staff)
        await unlinked(place)
        return answer

    monkeypatch.setattr(server.composed.services.staff, "find", found)
    assert (await place.enter()).status == 401
    assert await server.foundation.stores.logins.unended(server.clock.now_ms()) == []
    assert await place.reasons() == ["provider_not_linked"]


async def test_a_code_of_ours_that_follows_finds_the_link_that_the_provider_spoke_by_or_opens_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, agents = place.server, place.server.composed.services.agents
    place.provider.faults.claims = dict
    assert (await place.enter()).status == 200
    use = agents.codes.use

    async def used(*arguments: Any) -> CodeJudged:
        answer = await use(*arguments)
        await unlinked(place)
        anew = LinkIdentity(username="agent", subject=place.provider.subject)  # another link than that one
        await place.operator.do(anew)
        return answer

    monkeypatch.setattr(agents.codes, "use", used)
    code = f"code={server.fresh_code('agent')}".encode()
    late = await place.browser.ask("POST", f"{START}/code", raw=code, headers=FORM)
    assert (late.status, await place.signed_in()) == (401, False)
    assert await server.foundation.stores.logins.unended(server.clock.now_ms()) == []
    assert await place.reasons() == ["not_linked"]


async def test_of_many_sign_ins_and_one_unlinking_at_once_nobody_is_left_signed_in(place: Place) -> None:
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(place.server)) for _ in range(6)]
        ways = []
        for browser in browsers:
            place.browser = browser
            ways.append(await place.go())
        entering = [browser.page(way) for browser, way in zip(browsers, ways, strict=True)]
        await asyncio.gather(*entering, unlinked(place))
        assert await place.server.foundation.stores.logins.unended(place.server.clock.now_ms()) == []
        for browser in browsers:
            assert (await browser.ask("GET", "/staff/me")).status == 401


async def test_no_officer_signs_in_by_the_provider_however_they_came_to_be_linked(place: Place) -> None:
    server = place.server
    identity = StaffIdentity(place.provider.url, "of-officer", await staff_id(server, "officer"))
    await server.foundation.stores.staff_identities.link(identity, 0, server.clock.now_ms())
    place.provider.subject = "of-officer"
    assert (await place.enter()).status == 401
    assert not await place.signed_in()
    assert await place.reasons() == ["door"]
    async with Browser(server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 201
        for method, path in (("GET", IDENTITY), ("POST", f"{IDENTITY}/begin"), ("POST", CONFIRMATION)):
            assert (await officer.ask(method, path)).status == 403
        ways = (await officer.ask("GET", "/staff/me/confirmations?door=security")).body
        assert ways == {"passkey": False, "code": True, "provider": None}
        passkey = await passkey_of(server, "officer")
        assert (await officer.ask("GET", "/staff/me/confirmations?door=security")).body["passkey"]
        assert (await prove(officer, passkey)).status == 204


async def test_whoever_sets_up_anew_how_they_sign_in_is_linked_no_longer(place: Place) -> None:
    """A new start that two officers approve shuts out whoever linked themselves to a stolen account."""
    await place.enter()
    subject = Subject(SubjectKind.STAFF, await staff_id(place.server, "agent"))
    async with Newcomer(place.server) as owner:
        await owner.claim(await link_for(place.server, subject))
        await owner.choose()
        await owner.scan()
        assert (await owner.confirm()).body["stage"] == "done"
    assert not await place.signed_in()
    assert (await place.enter()).status == 401
    assert await place.reasons() == ["provider_not_linked"]
