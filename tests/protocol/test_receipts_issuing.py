"""The customer of a session gets receipts of it, and nobody else does; each that leaves is an entry first."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName
from audit.note import Verifier
from audit.receipts.checking import Checked, check_receipt
from audit.receipts.receipt import MAX_RECEIPT
from audit.receipts.statement import ConsentStatement, EndStatement
from audit.receipts.trust import LogKeys
from server.receipts import ISSUED_AT_MOST
from tests.protocol.server_people import (
    Answered,
    Browser,
    Customer,
    Share,
    in_ready,
    in_sharing,
    in_verifying,
)
from tests.protocol.server_stand import Stand, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def rows(browser: Browser) -> list[dict[str, object]]:
    answer = await browser.ask("GET", "/customer/receipts")
    assert answer.status == 200, answer.body
    return list(answer.body)


async def raw(browser: Browser, index: object) -> bytes:
    """The file as it came."""
    async with browser.session.get(f"{browser.stand.url}/api/v1/customer/receipts/{index}") as response:
        assert response.status == 200
        assert response.headers["Content-Disposition"].endswith('.tachiai-receipt"')
        assert response.headers["Cache-Control"] == "no-store"
        return await response.read()


def held(server: Stand, data: bytes) -> Checked:
    assert len(data) <= MAX_RECEIPT
    return check_receipt(data, LogKeys((Verifier.parse(server.log.verifier_key),)))


async def ended(share: Share) -> None:
    """As the page knows it: the entry of an end comes after it, and a list of receipts waits for that."""
    await share.customer_socket.send({"type": "share.stop", "by": "page"})
    await share.customer_socket.view("ended")


async def test_after_a_consent_its_receipt_says_what_was_agreed_with_the_words_that_were_shown(
    server: Stand,
) -> None:
    async with in_ready(server) as share:
        (row,) = await rows(share.customer)
        assert row["kind"] == "consent"
        found = held(server, await raw(share.customer, row["index"]))
        assert isinstance(found.statement, ConsentStatement)
        assert found.statement.consent.session == share.session
        assert found.statement.until_ms == (found.statement.granted_at_ms or 0) + 300_000
        assert found.wording is not None
        assert found.statement.consent.agent_name in found.wording


async def test_a_stop_is_a_withdrawal_that_names_the_consent_and_can_be_fetched_after_the_end(
    server: Stand,
) -> None:
    async with in_sharing(server) as share:
        await ended(share)
        consent_row, end_row = await rows(share.customer)
        consent = held(server, await raw(share.customer, consent_row["index"])).statement
        end = held(server, await raw(share.customer, end_row["index"])).statement
        assert isinstance(consent, ConsentStatement)
        assert isinstance(end, EndStatement)
        assert end_row["kind"] == "withdrawal"
        assert (end.cause, end.consent_sha256) == ("customer_stopped", consent.document_sha256)
        assert (end.agent_number, end.organisation) == (
            consent.consent.agent_number,
            consent.consent.organisation,
        )


async def test_each_receipt_is_an_entry_of_its_own_and_a_list_is_none(server: Stand) -> None:
    async with in_ready(server) as share:
        (row,) = await rows(share.customer)
        for _ in range(2):
            await raw(share.customer, row["index"])
        issued = [event for event in await server.events() if event.name is EventName.CUSTOMER_RECEIPT_ISSUED]
        assert [dict(event.facts) for event in issued] == [{"entry": row["index"], "kind": "consent"}] * 2
        assert {event.actor.id for event in issued} == {event.customer for event in issued}


async def test_where_the_issue_cannot_be_recorded_nothing_leaves(server: Stand) -> None:
    async with in_ready(server) as share:
        (row,) = await rows(share.customer)
        await server.log.await_signed(int(str(row["index"])))
        server.disk.full = True
        answer = await share.customer.ask("GET", f"/customer/receipts/{row['index']}")
        assert (answer.status, answer.body["code"]) == (503, "not_recorded")


async def test_nobody_else_gets_it(server: Stand) -> None:
    async with in_ready(server) as share, Browser(server) as officer, Customer(server) as stranger:
        (row,) = await rows(share.customer)
        await officer.sign_in("officer", "security")
        for browser, status in ((share.agent, 403), (officer, 403), (stranger, 401)):
            for path in ("", f"/{row['index']}"):
                assert (await browser.ask("GET", f"/customer/receipts{path}")).status == status
    assert EventName.CUSTOMER_RECEIPT_ISSUED not in {event.name for event in await server.events()}


async def test_another_sessions_entry_is_not_there_for_this_customer(server: Stand) -> None:
    async with in_ready(server) as share:
        (row,) = await rows(share.customer)
        other = await other_customer(server)
        async with other:
            answers: list[Answered] = [
                await other.ask("GET", f"/customer/receipts/{named}")
                for named in (row["index"], 0, 10**15, "-1", "x", "9" * 40, "%00")
            ]
        assert {answer.status for answer in answers} == {404}
        assert {json.dumps(answer.body) for answer in answers} == {json.dumps(answers[0].body)}


async def other_customer(server: Stand) -> Customer:
    """In a session of another agent's."""
    customer = Customer(server, "K-30519")
    async with Browser(server) as agent:
        await agent.sign_in("agent2")
        opened = await agent.open_session("C-2056")
    assert (await customer.claim(opened["invitation"])).status == 201
    return customer


async def test_whoever_was_not_verified_has_nothing_to_keep(server: Stand) -> None:
    async with in_verifying(server) as share:
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        await share.customer_socket.view("ended")
        assert await rows(share.customer) == []


async def test_a_session_has_only_so_many_receipts_even_all_at_once(server: Stand) -> None:
    async with in_ready(server) as share:
        (row,) = await rows(share.customer)
        path = f"/customer/receipts/{row['index']}"
        answers = await asyncio.gather(*(share.customer.ask("GET", path) for _ in range(ISSUED_AT_MOST + 5)))
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] * ISSUED_AT_MOST + [429] * 5
        (code,) = {answer.body["code"] for answer in answers if answer.status == 429}
        assert code == "receipts_used_up"


async def test_a_server_that_starts_anew_still_has_them(tmp_path: Path) -> None:
    async with stand(tmp_path) as first:
        async with in_sharing(first) as share:
            await ended(share)
            before = await rows(share.customer)
            cookies = {cookie.key: cookie.value for cookie in share.customer.session.cookie_jar}
        shift = first.clock.shift_ms
    async with stand(tmp_path, shift_ms=shift) as second, Customer(second) as customer:
        customer.session.cookie_jar.update_cookies(cookies)
        assert await rows(customer) == before
        for row in before:
            assert held(second, await raw(customer, row["index"])).index == row["index"]


async def test_the_page_brings_the_logs_key_along(server: Stand) -> None:
    async with Browser(server) as nobody:
        answer = await nobody.page("/receipt")
        assert answer.status == 200
        assert json.dumps(server.log.verifier_key)[1:-1] in answer.body
