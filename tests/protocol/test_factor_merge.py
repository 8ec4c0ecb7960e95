"""Two records of one customer are merged, over HTTP: two who vouch, both told, the wait, and what is found then."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.event import Actor, ActorKind, EventName, Outcome
from server.administration.acts import CloseCase
from server.foundation import DATABASE_FILE
from server.identity import new_id
from server.storage import merging
from server.storage.merging import merge
from server.storage.own_copy import OwnRows
from server.storage.standing import RecordMerged
from server.storage.transaction import Transaction
from session.identity import SessionId
from session.model import State
from support.case import Case, CaseState, Origin
from support.customer import Customer, CustomerField
from support.erasure import HoldKind
from support.factor_request import CAPPED_FOR_MS
from support.identity import CaseId, CustomerId
from support.masking import FieldKind
from tests.protocol.enrolment_people import OPERATOR, Newcomer
from tests.protocol.erasure_people import CASE, scene
from tests.protocol.factor_people import CUSTOMER, Desk, cancel_token, cancels, desk_in, mails
from tests.protocol.server_people import Answered, in_ready, in_verifying
from verification.enrolment import Subject, SubjectKind

OTHER = "K-90001"
MAIL = "haruto.sato@example.com"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as made:
        yield made


async def other_record(desk: Desk) -> Customer:
    """A second record of the demo's customer, with an app of its own and a case that is over."""
    stores, now = desk.stand.foundation.stores, desk.stand.clock.now_ms()
    mail = CustomerField("email", FieldKind.EMAIL, "second@example.com")
    other = Customer(CustomerId(new_id("cus")), OTHER, "H. Sato", (mail,), now)
    await stores.customers.add(other)
    case = Case(
        CaseId(new_id("cas")),
        "C-OLD",
        other.id,
        Origin.SYSTEM,
        "a lost card",
        None,
        CaseState.OPEN,
        now,
        False,
    )
    await stores.cases.add(case)
    await stores.case_roll.close(case.id)
    links = desk.stand.composed.services.factors.links
    async with Newcomer(desk.stand) as newcomer:
        await newcomer.claim(await links.issue(Subject(SubjectKind.CUSTOMER, other.id), by=OPERATOR, now=now))
        await newcomer.scan()
        await newcomer.confirm()
    return other


async def kept_record(desk: Desk) -> Customer:
    found = await desk.stand.foundation.stores.customer_roll.of_reference(CUSTOMER)
    assert found is not None
    return found


async def asks(desk: Desk, kept: str = CUSTOMER, absorbed: str = OTHER) -> Answered:
    body = {"kind": "merge", "customer": kept, "absorbed": absorbed, "how": "in_person", "filed": "folder 7"}
    return await desk.people[0].ask("POST", "/factor-requests?door=agent", body)


async def held(desk: Desk) -> str:
    made = await asks(desk)
    assert made.status == 201, made.body
    assert (await desk.people[0].vouches(made.body["id"])).body["code"] == "factor_twice"
    assert (await desk.people[1].vouches(made.body["id"])).status == 200
    return str(made.body["id"])


async def test_two_vouch_both_are_told_it_waits_and_all_is_found_under_the_one_that_is_kept(
    desk: Desk,
) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    request = await held(desk)
    assert await told(desk, "merge_requested") == {MAIL, "second@example.com"}
    seen = (await desk.people[0].waiting())[0]
    assert (seen["kind"], seen["phase"], seen["absorbed"]["number"]) == ("merge", "held", OTHER)
    assert (await desk.people[2].carries_out(request)).body["code"] == "factor_held"
    await desk.wait()
    stores, conductor = desk.stand.foundation.stores, desk.stand.composed.services.conductor
    async with in_ready(desk.stand) as share:
        assert (await desk.people[2].carries_out(request)).body == {"url": None, "expires_at_ms": None}
        assert (await conductor.load(SessionId(share.session))).state is State.ENDED
    assert (await desk.people[1].carries_out(request)).body["code"] == "factor_not_open"
    entries = await desk.stand.recorded(EventName.OFFICER_RECORDS_MERGED)
    assert [event.outcome for event in entries] == [Outcome.INTENT, Outcome.DONE]
    assert set(entries[0].personal) == {kept.id, other.id}
    assert await stores.merged.ids_of(kept.id) == (kept.id, other.id)
    assert await stores.customer_roll.current(OTHER) == await kept_record(desk)
    rows = OwnRows(desk.stand.foundation.database, stores.sealing)
    assert ("C-OLD", "a lost card") in {(case.reference, case.reason) for case in await rows.cases(kept.id)}
    page = await desk.stand.composed.services.me.histories.page(kept.id, None)
    assert "records_merged" in {warning.what for warning in page.warnings}
    assert await told(desk, "records_merged") == {MAIL, "second@example.com"}


async def told(desk: Desk, about: str) -> set[str]:
    return {mail.to for mail in await mails(desk.stand, about)}


async def test_no_factor_comes_along_and_the_one_that_is_kept_is_worth_less_for_a_week(desk: Desk) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    stores = desk.stand.foundation.stores
    before = await stores.authenticators.of_owner(kept.id)
    request = await held(desk)
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).status == 200
    assert await stores.authenticators.of_owner(other.id) is None
    assert await stores.authenticators.of_owner(kept.id) == before
    now = desk.stand.clock.now_ms()
    assert await stores.factor_caps.cap_of(kept.id, now + CAPPED_FOR_MS - 60_000) == "V1"
    assert await stores.factor_caps.cap_of(kept.id, now + CAPPED_FOR_MS) is None
    refused = await desk.people[0].asks(customer=OTHER)
    assert (refused.status, refused.body["code"]) == (409, "customer_merged")
    assert (await asks(desk)).body["code"] == "customer_merged"


@pytest.mark.parametrize("whose", [0, 1])
async def test_either_of_the_two_stops_it_by_the_link_in_the_mail(desk: Desk, whose: int) -> None:
    await other_record(desk)
    request = await held(desk)
    ours = [
        mail
        for mail in await mails(desk.stand, "merge_requested")
        if (mail.to == "second@example.com") is bool(whose)
    ]
    assert await cancels(desk.stand, cancel_token(ours[0])) == "stopped"
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).body["code"] == "factor_not_open"
    assert await told(desk, "merge_cancelled") == {MAIL, "second@example.com"}
    assert await mails(desk.stand, "reset_cancelled") == []


async def test_what_is_in_the_way_is_said_and_recorded(desk: Desk) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    stores, now = desk.stand.foundation.stores, desk.stand.clock.now_ms()
    assert (await asks(desk, absorbed=CUSTOMER)).body["code"] == "merge_same"
    assert (await asks(desk, absorbed="nobody")).body["code"] == "customer_unknown"
    assert (await asks(desk, kept=OTHER, absorbed=CUSTOMER)).body["code"] == "merge_case"
    request = await held(desk)
    await desk.wait()
    case = Case(
        CaseId(new_id("cas")), "C-NEW", other.id, Origin.SYSTEM, "new", None, CaseState.OPEN, now, False
    )
    await stores.cases.add(case)
    assert (await desk.people[2].carries_out(request)).body["code"] == "merge_case"
    assert await stores.merged.ids_of(kept.id) == (kept.id,)
    await stores.case_roll.close(case.id)
    assert (await desk.people[2].carries_out(request)).status == 200
    reasons = {
        event.facts.get("reason") for event in await desk.stand.events() if event.outcome is Outcome.REFUSED
    }
    assert {"same", "case"} <= reasons


async def test_without_the_log_nothing_is_merged_and_it_is_carried_out_later(desk: Desk) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    request = await held(desk)
    await desk.wait()
    desk.stand.disk.full = True
    assert (await desk.people[2].carries_out(request)).body["code"] == "not_recorded"
    found = await desk.stand.foundation.stores.customers.find(other.id)
    assert found is not None
    assert found.merged_into is None
    assert await desk.stand.foundation.stores.merged.ids_of(kept.id) == (kept.id,)


async def test_a_merge_that_breaks_off_at_any_of_its_steps_has_done_nothing_and_is_carried_out_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, request = await other_record(desk), await held(desk)
    await desk.wait()
    stores, execute, left = desk.stand.foundation.stores, Transaction.execute, 0
    factors = await stores.authenticators.of_owner(other.id)

    async def breaking_off(connection: Transaction, statement: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise TimeoutError
        return await execute(connection, statement)

    async def merged(*arguments: Any) -> bool:
        with monkeypatch.context() as dying:
            dying.setattr(Transaction, "execute", breaking_off)
            return await merge(*arguments)

    monkeypatch.setattr(merging, "merge", merged)
    for step in range(1, 100):
        left = step
        answer = await desk.people[2].carries_out(request)
        if answer.status == 200:
            break
        assert answer.status == 503, answer.body
        found = await stores.customers.find(other.id)
        assert found is not None
        assert found.merged_into is None
        assert await stores.authenticators.of_owner(other.id) == factors
    assert step > 10, "each of the statements broke off once"
    assert factors is not None
    assert await stores.authenticators.of_owner(other.id) is None


async def test_a_hold_on_either_record_keeps_both_and_they_are_erased_together(desk: Desk) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    erasures, stores = desk.stand.composed.services.erasures.asking, desk.stand.foundation.stores
    await erasures.hold(other, HoldKind.LEGAL, "a court", OPERATOR)
    request = await held(desk)
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).status == 200
    bonds = await stores.erasures.bonds(kept.id)
    assert bonds.holds == {HoldKind.LEGAL}
    with pytest.raises(Exception, match="merged into another"):
        await erasures.request(replace(other, merged_into=kept.id), "V2", "a letter", OPERATOR)


async def test_whoever_absorbed_a_record_is_erased_with_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        kept, stores = await here.customer(), here.stand.foundation.stores
        other = Customer(CustomerId(new_id("cus")), OTHER, "H. Sato", (), kept.since_ms)
        await stores.customers.add(other)
        async with here.stand.foundation.database.writing() as connection:
            assert await merge(connection, kept.id, other.id, here.stand.clock.now_ms())
        await here.operator.do(CloseCase(reference=CASE))
        await here.approved()
        await here.days_later()
        assert (await here.listed()).state == "done"
        for record in (kept, other):
            found = await stores.customers.find(record.id)
            assert found is not None
            assert found.erased_at_ms is not None
            assert here.stand.log.keystore.erased(record.id)


async def test_a_case_that_is_opened_in_the_moment_between_is_found_by_the_write(
    desk: Desk, tmp_path: Path
) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    request = await held(desk)
    await desk.wait()
    await desk.stand.events()
    desk.stand.disk.before_next = changed(
        tmp_path, "UPDATE cases SET state = 'open' WHERE reference = 'C-OLD'"
    )
    assert (await desk.people[2].carries_out(request)).body["code"] == "merge_case"
    entries = await desk.stand.recorded(EventName.OFFICER_RECORDS_MERGED)
    assert [event.outcome for event in entries] == [Outcome.INTENT, Outcome.FAILED]
    assert await desk.stand.foundation.stores.merged.ids_of(kept.id) == (kept.id,)
    found = await desk.stand.foundation.stores.authenticators.of_owner(other.id)
    assert found is not None
    assert found.disabled_at_ms is None


async def test_whoever_helps_the_owner_of_either_record_decides_nothing(desk: Desk, tmp_path: Path) -> None:
    other = await other_record(desk)
    mei = await desk.stand.foundation.stores.staff.find_by_username("mei")
    assert mei is not None
    async with in_verifying(desk.stand) as share:
        statement = "UPDATE sessions SET agent = ?, customer = ? WHERE id = ?"
        changed(tmp_path, statement, mei.id, other.id, share.session)()
        refused = await asks(desk)
        assert (refused.status, refused.body["code"]) == (409, "factor_in_session")


async def test_nothing_is_opened_for_a_record_that_was_merged_a_moment_ago(desk: Desk) -> None:
    other, kept = await other_record(desk), await kept_record(desk)
    request = await held(desk)
    await desk.wait()
    assert (await desk.people[2].carries_out(request)).status == 200
    stores, now = desk.stand.foundation.stores, desk.stand.clock.now_ms()
    case = Case(
        CaseId(new_id("cas")), "C-NEW", other.id, Origin.SYSTEM, "new", None, CaseState.OPEN, now, False
    )
    with pytest.raises(RecordMerged):
        await stores.cases.add(case)
    links = desk.stand.composed.services.factors.links
    with pytest.raises(RecordMerged):
        await links.issue(Subject(SubjectKind.CUSTOMER, other.id), by=OPERATOR, now=now)
    systems = desk.stand.composed.services.other_systems
    opened, _ = await systems.open_case("C-NEW", OTHER, "new", "", Actor(ActorKind.KEY, "key_1"))
    assert opened.customer == kept.id


def changed(folder: Path, statement: str, *values: str) -> Callable[[], None]:
    def happens() -> None:
        with sqlite3.connect(folder / DATABASE_FILE) as connection:
            connection.execute(statement, values)
        connection.close()

    return happens
