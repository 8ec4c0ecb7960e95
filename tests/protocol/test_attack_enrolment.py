"""Attacks on enrolment links: a cookie that somebody knew before, and approvals of an account that was taken over."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from yarl import URL

from audit.event import EventName, Outcome
from server.administration.acts import DisableStaff, EnableStaff, RequestReset
from server.enrolments import EnrolledAlready, Enrolments
from tests.protocol.administration_ways import Way, add_officer
from tests.protocol.enrolment_people import OPERATOR, Newcomer, customer_of, hire, link_for
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand
from verification.enrolment import Subject, SubjectKind


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def test_whoever_knew_the_browsers_cookie_before_the_claim_holds_nothing_after_it(
    server: Stand,
) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as victim, Newcomer(server) as attacker:
        await attacker.page("/enrol")  # on the shared computer; its cookie is written down
        planted = {cookie.key: cookie.value for cookie in attacker.session.cookie_jar}
        victim.session.cookie_jar.update_cookies(planted, URL(server.url))
        assert (await victim.claim(link)).status == 201
        for method, path, body in (
            ("GET", "/enrolment", None),
            ("POST", "/enrolment/password", {"password": "an attacker's four odd herons"}),
            ("POST", "/enrolment/secret", None),
            ("POST", "/enrolment/finish", {"code": "123456"}),
        ):
            answer = await attacker.ask(method, path, body)
            assert (answer.status, answer.body["code"]) == (404, "enrolment_not_open"), path
        await victim.choose()
        await victim.scan()
        assert (await victim.confirm()).body["stage"] == "done"


async def test_a_lost_answer_to_the_claim_is_had_again_with_the_cookie_from_before(server: Stand) -> None:
    link = await link_for(server, await hire(server))
    async with Newcomer(server) as first, Newcomer(server) as again:
        await again.page("/enrol")
        before = {cookie.key: cookie.value for cookie in again.session.cookie_jar}
        first.session.cookie_jar.update_cookies(before, URL(server.url))
        await first.claim(link)  # its answer, and so the new cookie, is lost to `again`
        assert (await again.claim(link)).status == 201
        assert (await again.claim(link)).status == 201  # now with the cookie of the claim
        assert (await again.choose()).status == 200


@pytest.mark.parametrize("way_back", ["enabled again", "new factors"])
async def test_an_approval_from_before_a_block_or_new_factors_never_counts_again(
    tmp_path: Path, server: Stand, way_back: str
) -> None:
    operator = Way(tmp_path, server)
    await add_officer(server, "officer2", "S-013")
    async with AsyncExitStack() as stack:
        taken_over, honest = [await stack.enter_async_context(Browser(server)) for _ in range(2)]
        await taken_over.sign_in("officer", "security")
        await honest.sign_in("officer2", "security")
        asked = await operator.do(RequestReset(username="agent", desk="agent"))
        approve = f"/security/approvals/{asked.reset}/approve"
        assert (await taken_over.ask("POST", approve)).status == 200
        if way_back == "enabled again":
            await operator.do(DisableStaff(username="officer", desk="officer"))
            await operator.do(EnableStaff(username="officer", desk="officer"))
        else:
            await _new_factors(server, "officer")
        assert (await honest.ask("POST", approve)).body["url"] is None  # the first one again


async def test_a_first_link_asked_for_while_its_customer_finishes_is_not_made(server: Stand) -> None:
    """Whoever may ask for first links could else get one just then, and be the customer without two officers."""
    customer = await customer_of(server)  # has an authenticator, as if finished after the first look
    links = Enrolments(server.foundation.stores.enrolments, server.log, server.url)
    with pytest.raises(EnrolledAlready):
        await links.issue(customer, by=OPERATOR, now=server.clock.now_ms(), first=True)
    issued = [event for event in await server.events() if event.name is EventName.OPERATOR_ENROLMENT_ISSUED]
    assert [event.outcome for event in issued] == [Outcome.INTENT, Outcome.FAILED]
    assert issued[1].facts["reason"] == "enrolled_already"
    before = await link_for(server, customer)  # as two officers give it
    with pytest.raises(EnrolledAlready):
        await links.issue(customer, by=OPERATOR, now=server.clock.now_ms(), first=True)
    async with Newcomer(server) as owner:
        assert (await owner.claim(before)).status == 201  # and it was not withdrawn


async def _new_factors(server: Stand, username: str) -> None:
    officer = await server.foundation.stores.staff.find_by_username(username)
    assert officer is not None
    async with Newcomer(server) as owner:
        await owner.claim(await link_for(server, Subject(SubjectKind.STAFF, officer.id)))
        await owner.choose()
        await owner.scan()
        assert (await owner.confirm()).body["stage"] == "done"
