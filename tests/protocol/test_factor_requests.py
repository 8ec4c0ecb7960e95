"""A lost factor, over HTTP: two who vouch, the wait, the mails, the customer's no, the link, and the cap after it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from audit.event import EventName, Outcome
from server.enrolments import IssuedLink
from server.identity import new_id
from server.storage.tables import authenticators
from support.factor_request import ASKED_FOR_MS, CAPPED_FOR_MS, RIPE_FOR_MS, SHORTEST_HOLD_MS
from support.identity import CustomerId
from tests.protocol.enrolment_people import Newcomer, customer_of
from tests.protocol.factor_people import Decider, Desk, cancel_token, cancels, desk_in, mails
from tests.protocol.passkey_people import Keyring, customer_with_passkey
from tests.protocol.server_people import Browser, in_verifying
from tests.protocol.server_stand import Stand
from tests.protocol.staff_passkey_people import passkey_of, prove
from verification.authenticator import Authenticator
from verification.enrolment import Subject, SubjectKind


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as made:
        yield made


async def test_two_vouch_it_waits_three_days_then_a_link_then_a_week_of_less(desk: Desk) -> None:
    supervisor, officer, other = desk.people
    request = await desk.held()
    seen = (await supervisor.waiting())[0]
    assert (seen["phase"], seen["carry"], seen["mine"]) == ("held", "held", "not_open")
    assert seen["subject"] == {"name": "H••• S•••", "number": "K-30518", "role": "customer"}
    assert [voucher["how"] for voucher in seen["vouchers"]] == ["in_person", "known_number"]
    early = await other.carries_out(request)
    assert (early.status, early.body["code"]) == (409, "factor_held")
    await desk.wait()
    given = await other.carries_out(request)
    assert given.status == 200, given.body
    assert await officer.waiting() == []
    assert (await officer.carries_out(request)).body["code"] == "factor_not_open"
    link = IssuedLink(given.body["url"], given.body["expires_at_ms"], "")
    async with Newcomer(desk.stand) as newcomer:
        await newcomer.claim(link)
        await newcomer.scan()
        assert (await newcomer.confirm()).body["stage"] == "recovery"
    assert await caps_in_a_week(desk.stand) == ["V1", None]
    told = [
        len(await mails(desk.stand, about))
        for about in ("reset_requested", "reset_done", "enrolment_link_made", "authenticator_added")
    ]
    assert told == [1, 1, 1, 1]
    logged = str(await desk.stand.events())
    assert given.body["url"].partition("#")[2] not in logged
    assert "folder 7" not in str([event.facts for event in await desk.stand.events()])


async def test_a_stolen_password_and_code_of_a_supervisor_with_a_passkey_vouch_for_nothing(
    desk: Desk,
) -> None:
    supervisor, officer, _ = desk.people
    made = await officer.asks()
    passkey = await passkey_of(desk.stand, "mei")
    for refused in (await supervisor.asks(), await supervisor.vouches(made.body["id"])):
        assert (refused.status, refused.body["code"]) == (403, "passkey_required")
    assert (await supervisor.carries_out(made.body["id"])).body["code"] == "passkey_required"
    assert (await prove(supervisor, passkey, "agent")).status == 204
    assert (await supervisor.vouches(made.body["id"])).status == 200


async def caps_in_a_week(server: Stand) -> list[str | None]:
    """A minute before seven days from now are over, and then."""
    caps, customer = server.foundation.stores.factor_caps, (await customer_of(server)).id
    over = server.clock.now_ms() + CAPPED_FOR_MS
    return [await caps.cap_of(customer, at) for at in (over - 60_000, over)]


async def test_the_former_app_ends_with_the_link_and_not_before(desk: Desk) -> None:
    request = await desk.held()
    async with in_verifying(desk.stand) as share:
        assert (await share.customer.type_code()).body["outcome"] == "verified"
        await share.agent.ask("POST", f"/sessions/{share.session}/end")
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).status == 200
    async with in_verifying(desk.stand) as share:
        assert (await share.customer.type_code()).body["outcome"] == "refused"


async def test_one_click_in_the_mail_stops_it_without_signing_in_and_once(desk: Desk) -> None:
    request = await desk.held()
    mail = (await mails(desk.stand, "reset_requested"))[0]
    assert await cancels(desk.stand, "A" * 22) == "over"
    token = cancel_token(mail)
    assert await cancels(desk.stand, token) == "stopped"
    assert await cancels(desk.stand, token) == "over"
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).body["code"] == "factor_not_open"
    assert (await desk.stand.recorded(EventName.CUSTOMER_FACTOR_REQUEST_CANCELLED))[0].facts[
        "requests_closed"
    ] == 1
    assert len(await mails(desk.stand, "reset_cancelled")) == 1
    assert token not in str(await desk.stand.events())


@pytest.mark.parametrize("finished", [False, True])
async def test_the_mail_about_the_link_stops_the_link_and_what_came_of_it(
    desk: Desk, *, finished: bool
) -> None:
    request = await desk.held()
    await desk.wait()
    given = await desk.people[2].carries_out(request)
    link = IssuedLink(given.body["url"], given.body["expires_at_ms"], "")
    async with Newcomer(desk.stand) as thief:
        await thief.claim(link)
        await thief.scan()
        if finished:
            await thief.confirm()
        token = cancel_token((await mails(desk.stand, "enrolment_link_made"))[0])
        assert await cancels(desk.stand, token) == "stopped"
        if not finished:
            assert (await thief.confirm()).body["code"] == "enrolment_withdrawn"
        async with in_verifying(desk.stand) as share:
            assert (await share.customer.type_code(thief.next_code())).body["outcome"] == "refused"


async def test_the_agent_of_an_open_session_decides_nothing_about_that_customer(desk: Desk) -> None:
    supervisor, officer, _ = desk.people
    async with in_verifying(desk.stand) as share:
        stores = desk.stand.foundation.stores
        mei = await stores.staff.find_by_username("mei")
        assert mei is not None
        # The supervisor helps this very customer at the moment.
        from sqlalchemy import update  # noqa: PLC0415

        from server.storage.tables import sessions  # noqa: PLC0415

        async with desk.stand.foundation.database.writing() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.id == share.session).values(agent=mei.id)
            )
        refused = await supervisor.asks()
        assert (refused.status, refused.body["code"]) == (409, "factor_in_session")
        asked = await officer.asks()
        assert (await supervisor.vouches(asked.body["id"])).body["code"] == "factor_in_session"
        assert (await supervisor.waiting())[0]["mine"] == "in_session"
    attempts = [event for event in await desk.stand.events() if event.outcome is Outcome.REFUSED]
    assert {event.facts.get("reason") for event in attempts} == {"in_session"}


async def test_an_agent_is_nobody_here_and_one_person_is_not_two(desk: Desk) -> None:
    supervisor = desk.people[0]
    async with Decider(desk.stand) as agent:
        await agent.sign_in("agent")
        assert (await agent.asks()).status == 403
        assert (await agent.page("/agent/factor-requests")).status in {303, 403}
    asked = (await supervisor.asks()).body["id"]
    assert (await supervisor.vouches(asked)).body["code"] == "factor_twice"
    desk.stand.clock.shift_ms += ASKED_FOR_MS
    await desk.sign_in()
    assert (await desk.people[1].vouches(asked)).body["code"] == "factor_not_open"


async def test_whoever_vouched_and_was_blocked_since_has_vouched_for_nothing(desk: Desk) -> None:
    request = await desk.held()
    officer = await desk.stand.foundation.stores.staff.find_by_username("officer")
    assert officer is not None
    await desk.stand.foundation.stores.staff.block(officer.id, 2**52)
    await desk.stand.foundation.stores.staff.block(officer.id, None)
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).body["code"] == "factor_not_open"


async def test_a_removal_waits_too_and_a_first_one_does_not(desk: Desk) -> None:
    removal = await desk.held("removal")
    await desk.wait()
    assert (await desk.people[2].carries_out(removal)).body == {"url": None, "expires_at_ms": None}
    assert (
        await desk.stand.foundation.stores.authenticators.of_owner((await customer_of(desk.stand)).id) is None
    )
    assert len(await mails(desk.stand, "removal_requested")) == 1
    assert len(await mails(desk.stand, "authenticator_removed")) == 1
    first = await desk.held("first")
    assert (await desk.people[2].carries_out(first)).body["url"].startswith(f"{desk.stand.url}/enrol#")
    assert len(await mails(desk.stand, "enrolment_link_made")) == 1
    flags = [event.facts for event in await desk.stand.recorded(EventName.SYSTEM_FLAG_RAISED)]
    assert [(one["reason"], one["target"]) for one in flags if one["detector"] == "factor_then_act"] == [
        ("flag.factor_then_act.again", first)
    ]


async def test_with_the_link_passkeys_and_recovery_codes_end_as_well(desk: Desk) -> None:
    keyring = Keyring()
    await customer_with_passkey(desk.stand, keyring)
    customer = CustomerId((await customer_of(desk.stand)).id)
    stores, subject = desk.stand.foundation.stores, Subject(SubjectKind.CUSTOMER, customer)
    await stores.recovery_codes.replace(customer, ["x"] * 10, 0, desk.stand.clock.now_ms())
    refused = await desk.people[0].asks("first")
    assert (refused.status, refused.body["code"]) == (409, "enrolled_already")
    request = await desk.held()
    await desk.wait()
    assert len(await stores.passkeys.of_owner(subject)) == 1
    assert (await desk.people[2].carries_out(request)).status == 200
    assert await stores.passkeys.of_owner(subject) == []
    assert await stores.recovery_codes.remaining(customer) == 0


async def test_a_lost_phone_takes_the_app_alone_at_once_where_a_passkey_stays(desk: Desk) -> None:
    assert (await desk.people[0].asks("app")).body["code"] == "nothing_stays"
    customer, keyring = await customer_of(desk.stand), Keyring()
    await customer_with_passkey(desk.stand, keyring)
    stores = desk.stand.foundation.stores
    await keeps_app_too(desk)
    request = await desk.held("app")
    assert (await desk.people[2].carries_out(request)).body == {"url": None, "expires_at_ms": None}
    assert await stores.authenticators.of_owner(customer.id) is None
    assert len(await stores.passkeys.of_owner(customer)) == 1
    assert await stores.factor_caps.cap_of(customer.id, desk.stand.clock.now_ms()) is None
    assert len(await mails(desk.stand, "authenticator_removed")) == 1


async def test_lost_passkeys_go_after_the_wait_and_only_while_the_app_stays(desk: Desk) -> None:
    customer, keyring = await customer_of(desk.stand), Keyring()
    await customer_with_passkey(desk.stand, keyring)
    stores = desk.stand.foundation.stores
    assert (await desk.people[0].asks("passkeys")).body["code"] == "nothing_stays"
    await keeps_app_too(desk)
    request = await desk.held("passkeys")
    assert (await desk.people[2].carries_out(request)).body["code"] == "factor_held"
    assert len(await mails(desk.stand, "passkey_removal_requested")) == 1
    await desk.wait()
    app = await stores.authenticators.of_owner(customer.id)
    assert app is not None
    await stores.authenticators.disable(app.id, desk.stand.clock.now_ms())
    assert (await desk.people[2].carries_out(request)).body["code"] == "nothing_stays"
    await keeps_app_too(desk)
    assert (await desk.people[2].carries_out(request)).status == 200
    assert await stores.passkeys.of_owner(customer) == []
    assert await stores.authenticators.of_owner(customer.id) is not None
    assert await stores.factor_caps.cap_of(customer.id, desk.stand.clock.now_ms()) == "V1"


async def keeps_app_too(desk: Desk) -> None:
    """The customer's app, whatever became of it before."""
    stores, customer = desk.stand.foundation.stores, await customer_of(desk.stand)
    async with desk.stand.foundation.database.writing() as connection:
        await connection.execute(delete(authenticators).where(authenticators.c.owner == customer.id))
    await stores.authenticators.add(Authenticator(new_id("aut"), customer.id, 1, b"sealed"))


async def test_a_first_one_is_not_given_to_somebody_who_enrolled_meanwhile(desk: Desk) -> None:
    removal = await desk.held("removal")
    await desk.wait()
    await desk.people[2].carries_out(removal)
    first = await desk.held("first")
    await customer_with_passkey(desk.stand, Keyring())
    answer = await desk.people[2].carries_out(first)
    assert (answer.status, answer.body["code"]) == (409, "enrolled_already")


async def test_two_who_carry_it_out_at_once_give_one_link(desk: Desk) -> None:
    request = await desk.held()
    await desk.wait()
    answers = await asyncio.gather(*(person.carries_out(request) for person in desk.people for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, *[409] * 8]


async def test_without_the_log_nothing_is_vouched_for_and_nothing_given(desk: Desk) -> None:
    request = await desk.held()
    await desk.wait()
    desk.stand.disk.full = True
    answer = await desk.people[2].carries_out(request)
    assert (answer.status, answer.body["code"]) == (503, "not_recorded")
    found = await desk.stand.foundation.stores.factor_requests.find(request)
    assert found is not None
    assert found.done_at_ms is None


async def test_a_week_after_the_wait_it_has_run_out(desk: Desk) -> None:
    request = await desk.held()
    await desk.wait(SHORTEST_HOLD_MS + RIPE_FOR_MS)
    assert (await desk.people[2].carries_out(request)).body["code"] == "factor_not_open"
    assert await desk.people[1].waiting() == []


async def test_a_link_by_api_key_or_operator_is_told_to_the_customer_as_well(desk: Desk) -> None:
    subject, links = await customer_of(desk.stand), desk.stand.composed.services.factors.links
    from tests.protocol.enrolment_people import OPERATOR  # noqa: PLC0415

    link = await links.issue(subject, by=OPERATOR, now=desk.stand.clock.now_ms())
    token = cancel_token((await mails(desk.stand, "enrolment_link_made"))[0])
    assert await cancels(desk.stand, token) == "stopped"
    async with Newcomer(desk.stand) as newcomer, Browser(desk.stand):
        assert (await newcomer.claim(link)).body["code"] == "enrolment_withdrawn"
