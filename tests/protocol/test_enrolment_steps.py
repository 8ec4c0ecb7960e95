"""From a link to somebody who can sign in or verify, over HTTP, with the real database and log."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from audit.event import EventName, Outcome
from audit.ports import LogUnavailable
from tests.protocol.enrolment_people import (
    NEW_AGENT,
    PASSWORD,
    Newcomer,
    customer_of,
    hire,
    link_for,
    token_of,
)
from tests.protocol.server_people import Browser, Customer, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, stand
from verification.enrolment import CODES, LIFE_MS, Subject, SubjectKind


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


def bytes_below(folder: Path, pattern: str) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob(pattern))


async def told(server: Stand) -> list[tuple[str, str]]:
    return [(e.name.value, e.outcome.value) for e in await server.events() if ":enrolment:" in e.name.value]


async def test_a_new_agent_chooses_a_password_confirms_an_app_and_signs_in(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin:
        claimed = await rin.claim(link)
        assert (claimed.status, claimed.body["stage"], claimed.body["door"]) == (201, "password", "agent")
        assert (claimed.body["name"], claimed.body["username"]) == (NEW_AGENT.name, NEW_AGENT.username)
        assert (await rin.choose()).body["stage"] == "authenticator"
        shown = await rin.scan()
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.body["qr_svg"].startswith("<svg")
        assert (await rin.confirm()).body["stage"] == "done"
        assert (await rin.enter(code=rin.code())).status == 401  # the confirming code is used
        assert (await rin.enter(code=rin.next_code())).status == 201
    assert await told(server) == [
        ("operator:enrolment:issued", "intent"),
        ("operator:enrolment:issued", "done"),
        ("agent:enrolment:claimed", "done"),
        ("agent:enrolment:finished", "intent"),
        ("agent:enrolment:finished", "done"),
    ]


async def test_a_customer_confirms_an_app_and_verifies_with_it_in_a_session(server: Stand) -> None:
    link = await link_for(server, await customer_of(server))
    async with Newcomer(server) as newcomer:
        claimed = await newcomer.claim(link)
        assert claimed.body["stage"] == "authenticator"
        assert [claimed.body[name] for name in ("name", "username", "door")] == [None, None, None]
        await newcomer.scan()
        assert (await newcomer.choose()).status == 409
        assert (await newcomer.confirm()).body["stage"] == "recovery"
        async with in_verifying(server) as share:
            former = server.fresh_code("K-30518")
            assert (await share.customer.type_code(former)).body["outcome"] == "refused"
            assert (await share.customer.type_code(newcomer.code())).body["outcome"] == "verified"


async def test_nothing_of_a_customer_is_told_to_whoever_holds_the_link(server: Stand) -> None:
    link = await link_for(server, await customer_of(server))
    async with Newcomer(server) as newcomer:
        answers = [await newcomer.claim(link), await newcomer.scan(), await newcomer.confirm()]
    told_to = repr([answer.body for answer in answers])
    assert "Sato" not in told_to
    assert "30518" not in told_to


async def test_no_secret_of_an_enrolment_is_in_the_logs_or_the_database(
    server: Stand, tmp_path: Path
) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin:
        await rin.claim(link)
        await rin.choose()
        shown = await rin.scan()
        (cookie,) = [kept.value for kept in rin.session.cookie_jar]
        await rin.confirm()
    kept = server.written.getvalue() + repr(await server.events())
    rows = bytes_below(tmp_path, "tachiai.db*")
    for secret in (token_of(link), PASSWORD, shown.body["key"], cookie):
        assert secret not in kept
        assert secret.encode() not in rows
    assert rin.secret not in rows


async def test_of_fifty_claims_at_once_one_holds_the_link(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    browsers = [Newcomer(server) for _ in range(50)]
    try:
        answers = await asyncio.gather(*(browser.claim(link) for browser in browsers))
    finally:
        for browser in browsers:
            await browser.session.close()
    assert [answer.status for answer in answers].count(201) == 1
    # On a machine that is very busy some are told that the database did not answer; they hold nothing either.
    refused = {answer.body["code"] for answer in answers if answer.status != 201}
    assert refused - {"store_unavailable"} == {"enrolment_other_browser"}


async def test_of_fifty_finishes_at_once_one_makes_the_authenticator(server: Stand) -> None:
    subject = await hire(server)
    link = await link_for(server, subject)
    async with Newcomer(server) as rin:
        await rin.claim(link)
        await rin.choose()
        await rin.scan()
        answers = await asyncio.gather(*(rin.confirm() for _ in range(50)))
    assert {answer.status for answer in answers} - {503} == {200}  # 503: a machine that is very busy
    finished = [e for e in await server.events() if e.name is EventName.AGENT_ENROLMENT_FINISHED]
    assert [event.outcome for event in finished] == [Outcome.INTENT, Outcome.DONE]
    active = await server.foundation.stores.authenticators.of_owner(subject.id)
    assert active is not None
    assert active.id == finished[0].facts["authenticator"]


async def test_the_same_browser_goes_on_where_it_was_and_every_other_is_refused(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin, Newcomer(server) as other:
        await rin.claim(link)
        await rin.choose()
        assert (await rin.ask("GET", "/enrolment")).body["stage"] == "authenticator"
        assert (await rin.claim(link)).body["stage"] == "authenticator"
        refused = await other.claim(link)
        assert (refused.status, refused.body["code"]) == (409, "enrolment_other_browser")
        for answer in (await other.ask("GET", "/enrolment"), await other.scan(), await other.choose()):
            assert (answer.status, answer.body["code"]) == (404, "enrolment_not_open")
        await rin.scan()
        await rin.confirm()
        assert (await rin.ask("GET", "/enrolment")).body["stage"] == "done"
        assert (await rin.scan()).status == 409
        used = await other.claim(link)
        assert (used.status, used.body["code"]) == (410, "enrolment_used")
    refusals = [
        e.facts["reason"] for e in await server.events() if e.name is EventName.AGENT_ENROLMENT_REFUSED
    ]
    assert refusals == ["other_browser", "used"]


async def test_a_link_lives_for_a_day_whatever_is_done_with_it(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin:
        await rin.claim(link)
        await rin.choose()
        await rin.scan()
        server.clock.shift_ms += LIFE_MS
        for answer in (await rin.confirm(), await rin.scan(), await rin.claim(link)):
            assert (answer.status, answer.body["code"]) == (410, "enrolment_expired")


async def test_a_newer_link_or_a_block_closes_the_one_before(server: Stand) -> None:
    subject = await hire(server)
    first = await link_for(server, subject)
    async with Newcomer(server) as rin:
        await rin.claim(first)
        second = await link_for(server, subject)
        assert (await rin.choose()).body["code"] == "enrolment_withdrawn"
        assert (await rin.claim(second)).status == 201
        await server.foundation.stores.staff.block(NEW_AGENT.id, server.clock.now_ms() + 60_000)
        assert (await rin.choose()).body["code"] == "enrolment_withdrawn"


@pytest.mark.parametrize("token", ["", "A" * 22, "x" * 256, "１" * 22])
async def test_a_link_of_nobody_opens_nothing_and_is_on_record(server: Stand, token: str) -> None:
    async with Newcomer(server) as stranger:
        answer = await stranger.ask("POST", "/enrolment/claim", {"token": token})
    assert (answer.status, answer.body["code"]) == (404, "enrolment_unknown")
    (event,) = [e for e in await server.events() if e.name is EventName.CUSTOMER_ENROLMENT_REFUSED]
    assert event.facts == {"reason": "unknown"}


async def test_wrong_codes_are_counted_and_a_pause_gives_no_more_life(server: Stand) -> None:
    link = await link_for(server, await customer_of(server))
    async with Newcomer(server) as newcomer:
        await newcomer.claim(link)
        await newcomer.scan()
        for text in ("", "12345", "１２３４５６"):
            assert (await newcomer.send_code(text)).status == 422
        for _ in range(CODES.count):
            refused = await newcomer.send_code(newcomer.wrong_code())
            assert (refused.status, refused.body["code"]) == (422, "enrolment_code")
        stopped = await newcomer.confirm()
        assert (stopped.status, stopped.body["code"]) == (429, "enrolment_too_many_codes")
        server.clock.shift_ms += CODES.window_ms
        assert (await newcomer.confirm()).body["stage"] == "recovery"
    events = [e for e in await server.events() if e.name is EventName.CUSTOMER_ENROLMENT_REFUSED]
    assert [event.facts["reason"] for event in events] == ["code"] * CODES.count


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("brief!", "password_too_short"),
        ("k" * 200, "password_too_long"),
        ("k" * 600, "does_not_fit"),
        ("password1234", "password_guessable"),
        (f"rin {PASSWORD}", "password_named"),
    ],
)
async def test_a_weak_password_is_refused_and_the_step_stays(server: Stand, password: str, code: str) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin:
        await rin.claim(link)
        refused = await rin.choose(password)
        assert (refused.status, refused.body["code"]) == (422, code)
        assert password not in repr(refused.body)
        assert (await rin.scan()).body["code"] == "enrolment_not_now"
        assert (await rin.send_code("000000")).body["code"] == "enrolment_not_now"


async def test_the_former_app_works_until_the_new_one_is_confirmed_and_then_every_sign_in_ends(
    server: Stand,
) -> None:
    async with in_sharing(server) as share:
        agent = await server.foundation.stores.staff.find_by_username("agent")
        assert agent is not None
        link = await link_for(server, Subject(SubjectKind.STAFF, agent.id))
        async with Newcomer(server) as newcomer:
            await newcomer.claim(link)
            await newcomer.choose()
            await newcomer.scan()
            assert (await share.agent.ask("GET", "/staff/me")).status == 200
            async with Browser(server) as second:
                assert (await second.sign_in("agent")).status == 201
            assert (await newcomer.confirm()).status == 200
            view = await share.customer_socket.view("ended")
            assert view["end"]["cause"] == "agent_signed_out"
            assert (await share.agent.ask("GET", "/staff/me")).status == 401
            async with Browser(server) as former:
                assert (await former.sign_in("agent")).status == 401
            assert (await newcomer.enter(username="agent", code=newcomer.next_code())).status == 201


async def test_whoever_is_signed_in_as_staff_cannot_use_a_customers_link(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, Newcomer(server) as browser:
        link = await link_for(server, await customer_of(server))
        assert (await browser.sign_in("agent")).status == 201
        refused = await browser.claim(link)
        assert (refused.status, refused.body["code"]) == (403, "enrolment_staff_browser")
        assert ("customer:enrolment:refused", "refused") in await told(server)
        assert (await browser.ask("DELETE", "/logins/current")).status == 204
        assert (await browser.claim(link)).status == 201
        assert (await browser.sign_in("agent")).status == 201
        assert (await browser.scan()).body["code"] == "enrolment_staff_browser"
        assert [name for name, _ in await told(server)].count("customer:enrolment:refused") == 2


async def test_while_the_log_takes_nothing_no_link_is_held_and_nothing_is_replaced(server: Stand) -> None:
    subject = await customer_of(server)
    link = await link_for(server, subject)
    former = await server.foundation.stores.authenticators.of_owner(subject.id)
    async with Newcomer(server) as newcomer, Newcomer(server) as late:
        other = await link_for(server, await hire(server))
        await newcomer.claim(link)
        await newcomer.scan()
        server.disk.full = True
        with pytest.raises(LogUnavailable):
            await link_for(server, subject)
        assert (await newcomer.confirm()).status == 503
        answer = await late.claim(other)
        assert answer.status == 503
        assert "Set-Cookie" not in answer.headers
    assert await server.foundation.stores.authenticators.of_owner(subject.id) == former


async def test_the_page_tells_nothing_before_the_link_is_claimed(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin, Customer(server) as nobody:
        pages = [await browser.page("/enrol") for browser in (rin, nobody)]
        assert {page.status for page in pages} == {200}
        assert pages[0].body == pages[1].body
        assert "HttpOnly" in pages[0].headers["Set-Cookie"]
        assert "SameSite=Strict" in pages[0].headers["Set-Cookie"]
        assert pages[0].headers["Cache-Control"] == "no-store"
        assert pages[0].headers["Referrer-Policy"] == "no-referrer"
        assert (await rin.claim(link)).status == 201  # looking has used nothing up


async def test_a_finish_of_which_the_database_does_not_tell_signs_out_all_the_same_and_says_so_in_the_log(
    server: Stand,
) -> None:
    async with in_sharing(server) as share, Newcomer(server) as newcomer:
        agent = await server.foundation.stores.staff.find_by_username("agent")
        assert agent is not None
        await newcomer.claim(await link_for(server, Subject(SubjectKind.STAFF, agent.id)))
        await newcomer.choose()
        await newcomer.scan()
        async with server.foundation.database.writing() as connection:
            await connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON authenticators BEGIN SELECT no_such_function(); END"
            )
        assert (await newcomer.confirm()).status == 503
        assert (await share.customer_socket.view("ended"))["end"]["cause"] == "agent_signed_out"
        assert (await newcomer.ask("GET", "/enrolment")).body["stage"] == "code"
    assert (await told(server))[-1] == ("agent:enrolment:finished", "unknown")


async def test_a_browser_without_cookies_is_told_and_the_link_stays_good(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Browser(server) as forgetful, Newcomer(server) as rin:
        refused = await forgetful.ask("POST", "/enrolment/claim", {"token": token_of(link)})
        assert (refused.status, refused.body["code"]) == (409, "enrolment_no_cookie")
        assert (await rin.claim(link)).status == 201


async def test_a_browser_may_hold_one_link_after_another_and_the_first_is_gone_from_it(server: Stand) -> None:
    async with Newcomer(server) as browser:
        assert (await browser.claim(await link_for(server, await hire(server)))).status == 201
        assert (await browser.claim(await link_for(server, await customer_of(server)))).status == 201
        assert (await browser.ask("GET", "/enrolment")).body["kind"] == "customer"


async def test_an_answer_lost_on_the_way_costs_nobody_the_link(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as rin:
        await rin.page("/enrol")
        (before,) = [cookie.value for cookie in rin.session.cookie_jar]
        assert (await rin.claim(link)).status == 201
        rin.session.cookie_jar.update_cookies({"tachiai-enrolment": before}, URL(server.url))
        assert (await rin.claim(link)).status == 201


async def test_refused_links_of_one_source_are_told_one_by_one_at_first_and_then_counted(
    tmp_path: Path,
) -> None:
    async with stand(tmp_path) as server:
        link = await link_for(server, await hire(server))
        async with Newcomer(server) as rin, Newcomer(server) as thief:
            await rin.claim(link)
            answers = await asyncio.gather(*(thief.claim(link) for _ in range(30)))
            assert {answer.status for answer in answers} == {409}
    async with stand(tmp_path) as server:
        refused = [e for e in await server.events() if e.name is EventName.AGENT_ENROLMENT_REFUSED]
    assert len(refused) == 11
    assert {event.facts["reason"] for event in refused} == {"other_browser"}
    assert sum(int(event.facts.get("times", 1)) for event in refused) == 30
