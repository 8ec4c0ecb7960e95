"""An administrator who invents a colleague has one voice, not two: over HTTP, with people who enrol by real links."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from audit.event import Outcome
from server.demo_accounts import Account
from server.enrolments import IssuedLink
from support.identity import StaffId
from support.independence import HOUR_MS, Giving
from tests.protocol.enrolment_people import PASSWORD, Newcomer
from tests.protocol.factor_people import Decider, Desk, desk_in
from tests.protocol.staff_passkey_people import staff_id

WEEK_MS = 168 * HOUR_MS


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as made:
        yield made


async def set_up(desk: Desk, username: str, url: str) -> None:
    """By the link: a password, and an app."""
    async with Newcomer(desk.stand) as newcomer:
        assert (await newcomer.claim(IssuedLink(url, 0, ""))).status == 201
        assert (await newcomer.choose()).status == 200
        assert (await newcomer.scan()).status == 200
        assert (await newcomer.confirm()).status == 200
        desk.stand.accounts[username] = Account(
            "agent", username.title(), newcomer.secret, username=username, password=PASSWORD
        )


async def invented(desk: Desk, stack: AsyncExitStack, username: str, number: str) -> Decider:
    """A supervisor of the administrator's making, signed in."""
    body = {
        "username": username,
        "name": username.title(),
        "number": number,
        "team": "Help",
        "role": "supervisor",
    }
    invited = await desk.people[1].ask("POST", "/security/staff", body)
    assert invited.status == 201, invited.body
    await set_up(desk, username, invited.body["url"])
    decider = await stack.enter_async_context(Decider(desk.stand))
    assert (await decider.sign_in(username)).status == 201
    return decider


async def test_whoever_was_invited_vouches_neither_after_their_host_nor_after_another_guest(
    desk: Desk,
) -> None:
    _, admin, other = desk.people
    async with AsyncExitStack() as stack:
        nora = await invented(desk, stack, "nora", "A-401")
        omar = await invented(desk, stack, "omar", "A-402")
        request = (await admin.asks()).body["id"]
        refused = await nora.vouches(request)
        assert (refused.status, refused.body["code"]) == (409, "factor_tied")
        assert (await nora.waiting())[0]["mine"] == "tied"
        assert (await other.vouches(request)).status == 200
        request = (await nora.asks()).body["id"]
        for one in (omar, admin):
            assert (await one.vouches(request)).body["code"] == "factor_tied"
        tried = [
            event.facts["reason"] for event in await desk.stand.events() if event.outcome is Outcome.REFUSED
        ]
        assert tried.count("tied") == 3
        desk.stand.clock.shift_ms += WEEK_MS
        await desk.sign_in()
        assert (await nora.sign_in("nora")).status == 201
        request = (await admin.asks()).body["id"]
        assert (await nora.vouches(request)).status == 200


async def test_both_officers_of_a_new_start_are_its_givers_and_the_host_is_none(desk: Desk) -> None:
    stand, (_, admin, other) = desk.stand, desk.people
    mei = await staff_id(stand, "mei")
    assert (await admin.ask("POST", f"/security/staff/{mei}/reset")).status == 204
    reset = (await admin.ask("GET", "/security/approvals")).body[0]["id"]
    assert (await admin.ask("POST", f"/security/approvals/{reset}/approve")).body["url"] is None
    given = await other.ask("POST", f"/security/approvals/{reset}/approve")
    assert await stand.foundation.stores.givings.since(0) == frozenset(), (
        "a link that was not used gave nothing"
    )
    await set_up(desk, "mei", given.body["url"])
    givers = [StaffId(await staff_id(stand, name)) for name in ("officer", "officer2")]
    assert await stand.foundation.stores.givings.since(0) == {Giving(StaffId(mei), one) for one in givers}
