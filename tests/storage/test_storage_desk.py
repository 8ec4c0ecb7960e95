"""The desk over a real database and a log: the case rule, then the entry, then the data, never otherwise."""

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from audit.event import EventName, Outcome
from audit.memory import MemoryLog
from audit.ports import LogUnavailable
from server.storage.database import CONNECTIONS, Database
from server.storage.stores import Stores
from support.case_rule import LIVE_FOR_MS, Reason
from support.desk import CaseRefused, Desk, FieldUnknown
from support.identity import CaseId
from support.live_desk import FRESH_FOR_S, LiveDesk
from tests.manual_clock import ManualClock
from tests.storage.desk_rows import AGENT, CASE, CUSTOMER, NOW, OFFICER, OTHER_AGENT, add_desk, made_id

PROVISIONAL = replace(
    CASE, id=CaseId(made_id("cas", 2)), reference="C-2042", provisional=True, opened_by=AGENT.id
)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def desk(stores: Stores, log: MemoryLog) -> Desk:
    await add_desk(stores)
    await stores.cases.add(PROVISIONAL)
    return Desk(stores.cases, stores.customers, log)


async def entries(log: MemoryLog) -> list[tuple[EventName, Outcome, str | None, dict[str, object]]]:
    opened = [entry.event for entry in await log.read(0, 1000)]
    return [
        (event.name, event.outcome, event.case, dict(event.facts)) for event in opened if event is not None
    ]


async def test_a_record_opens_masked_and_the_look_is_on_record(desk: Desk, log: MemoryLog) -> None:
    record = await desk.open_record(CASE.id, AGENT, NOW)
    assert record.label == "Y••• T•••"
    assert {field.name: field.masked for field in record.fields} == {"email": "y•••@•••.jp", "phone": "•••78"}
    assert "Tanabe" not in repr(record)
    assert await entries(log) == [(EventName.AGENT_CASE_VIEWED, Outcome.DONE, CASE.id, {})]


async def test_each_unmasked_field_is_an_entry_of_its_own_that_does_not_hold_the_value(
    desk: Desk, log: MemoryLog
) -> None:
    for name in ("email", "phone"):
        field = await desk.unmask(CASE.id, name, AGENT, NOW)
        assert field == CUSTOMER.field(name)
    assert await entries(log) == [
        (EventName.AGENT_FIELD_UNMASKED, Outcome.DONE, CASE.id, {"field": "email"}),
        (EventName.AGENT_FIELD_UNMASKED, Outcome.DONE, CASE.id, {"field": "phone"}),
    ]


async def test_refused_attempts_are_on_record_too(desk: Desk, log: MemoryLog, stores: Stores) -> None:
    unknown = made_id("cas", 99)
    for case_id, agent, now in (
        (CASE.id, OTHER_AGENT, NOW),
        (CASE.id, AGENT, NOW + LIVE_FOR_MS),
        (unknown, AGENT, NOW),
        ("' OR 1=1", AGENT, NOW),
        (PROVISIONAL.id, AGENT, NOW),
    ):
        with pytest.raises(CaseRefused):
            await desk.open_record(case_id, agent, now)
    assert [(name, outcome, case, facts["reason"]) for name, outcome, case, facts in await entries(log)] == [
        (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, CASE.id, Reason.NOT_ASSIGNED),
        (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, CASE.id, Reason.INACTIVE),
        (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, None, Reason.NO_CASE),
        (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, None, Reason.NO_CASE),
        (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, PROVISIONAL.id, Reason.PROVISIONAL),
    ]


async def test_a_field_that_is_not_there_is_refused_and_recorded_without_its_name(
    desk: Desk, log: MemoryLog
) -> None:
    with pytest.raises(FieldUnknown):
        await desk.unmask(CASE.id, "password", AGENT, NOW)
    assert await entries(log) == [
        (EventName.AGENT_FIELD_UNMASKED, Outcome.REFUSED, CASE.id, {"reason": "no_field"})
    ]


async def test_a_session_may_be_opened_in_a_provisional_case_and_its_record_not(
    desk: Desk, stores: Stores
) -> None:
    assert await desk.open_case(PROVISIONAL.id, AGENT, NOW) == PROVISIONAL
    with pytest.raises(CaseRefused):
        await desk.unmask(PROVISIONAL.id, "email", AGENT, NOW)
    await stores.cases.confirm(PROVISIONAL.id, 1)
    assert (await desk.open_record(PROVISIONAL.id, AGENT, NOW)).label == "Y••• T•••"


async def test_a_refused_session_is_recorded_as_one(desk: Desk, log: MemoryLog) -> None:
    with pytest.raises(CaseRefused):
        await desk.open_case(CASE.id, OTHER_AGENT, NOW)
    assert [name for name, *_ in await entries(log)] == [EventName.AGENT_SESSION_REFUSED]


async def test_nothing_is_shown_that_could_not_be_recorded(desk: Desk, log: MemoryLog) -> None:
    log.fail_from_now = True
    for attempt in (
        desk.open_record(CASE.id, AGENT, NOW),
        desk.unmask(CASE.id, "email", AGENT, NOW),
        desk.unmask(CASE.id, "nothing", AGENT, NOW),
        desk.open_record(CASE.id, OTHER_AGENT, NOW),
    ):
        with pytest.raises(LogUnavailable):
            await attempt


async def test_the_list_shows_own_cases_masked_and_which_are_live(desk: Desk) -> None:
    lines = await desk.cases_of(AGENT, NOW)
    assert {(line.case.reference, line.live, line.customer_label) for line in lines} == {
        ("C-2041", True, "Y••• T•••"),
        ("C-2042", True, ""),
    }
    assert not any(line.live for line in await desk.cases_of(AGENT, NOW + LIVE_FOR_MS))
    assert await desk.cases_of(OTHER_AGENT, NOW) == []
    assert await desk.cases_of(OFFICER, NOW) == []
    assert await desk.cases_of(replace(AGENT, blocked_until_ms=NOW + 1), NOW) == []


async def test_a_followed_case_is_live_until_it_is_not(database: Database, stores: Stores) -> None:
    await add_desk(stores)
    cases = LiveDesk(stores.desk_watch)
    assert not cases.is_live(CASE.id, AGENT.id, NOW)
    await cases.follow(CASE.id)
    assert cases.is_live(CASE.id, AGENT.id, NOW)
    assert not cases.is_live(CASE.id, OTHER_AGENT.id, NOW)
    assert not cases.is_live(CASE.id, AGENT.id, NOW + LIVE_FOR_MS)
    async with database.writing() as transaction:
        await transaction.exec_driver_sql("UPDATE cases SET state = 'closed'")
    assert await cases.refresh()
    assert not cases.is_live(CASE.id, AGENT.id, NOW)
    cases.forget(CASE.id)
    await cases.follow(CaseId(made_id("cas", 99)))
    assert not cases.is_live(CaseId(made_id("cas", 99)), AGENT.id, NOW)


async def test_a_thousand_cases_are_read_in_few_questions(stores: Stores) -> None:
    await add_desk(stores)
    numbers = range(100, 1_300)
    followed = frozenset({CASE.id, *(CaseId(made_id("cas", n)) for n in numbers)})
    assert (await stores.desk_watch.look(followed)).cases == {CASE.id: replace(CASE, reason="")}


async def test_a_case_that_was_not_read_for_long_is_not_live(stores: Stores) -> None:
    await add_desk(stores)
    clock = ManualClock(0)
    cases = LiveDesk(stores.desk_watch, monotonic=lambda: clock.now_ms() / 1000)
    await cases.follow(CASE.id)
    clock.advance(int(FRESH_FOR_S * 1_000) - 1)
    assert cases.is_live(CASE.id, AGENT.id, NOW)
    clock.advance(1)
    assert not cases.is_live(CASE.id, AGENT.id, NOW)
    assert await cases.refresh()
    assert cases.is_live(CASE.id, AGENT.id, NOW)


async def test_leases_do_not_wait_behind_the_requests_of_strangers(
    database: Database, stores: Stores
) -> None:
    await add_desk(stores)
    desk = LiveDesk(stores.desk_watch)
    async with AsyncExitStack() as strangers:
        for _ in range(CONNECTIONS):  # the whole pool
            await strangers.enter_async_context(database.reading())
        assert await desk.refresh()
        await desk.follow(CASE.id)
        assert desk.is_live(CASE.id, AGENT.id, NOW)


async def test_who_is_blocked_is_known_from_memory(stores: Stores) -> None:
    await add_desk(stores)
    desk = LiveDesk(stores.desk_watch)
    await desk.refresh()
    assert not desk.blocked(AGENT.id, NOW)
    await stores.staff.block(AGENT.id, NOW + 1_000)
    await desk.refresh()
    assert desk.blocked(AGENT.id, NOW + 999)
    assert desk.blocked_staff(NOW) == [AGENT.id]
    assert not desk.blocked(AGENT.id, NOW + 1_000)
    assert not desk.blocked(OTHER_AGENT.id, NOW)


async def test_what_cannot_be_read_is_waited_for_a_while(database: Database, stores: Stores) -> None:
    await add_desk(stores)
    clock = ManualClock(0)
    desk = LiveDesk(stores.desk_watch, monotonic=lambda: clock.now_ms() / 1000)
    assert desk.given_up
    await desk.follow(CASE.id)
    async with database.writing() as transaction:
        await transaction.exec_driver_sql("ALTER TABLE cases RENAME TO hidden")
    assert not await desk.refresh()
    assert desk.fresh
    clock.advance(2_000)
    assert (desk.fresh, desk.given_up) == (False, False)
    clock.advance(13_000)
    assert (desk.fresh, desk.given_up) == (False, True)
    async with database.writing() as transaction:
        await transaction.exec_driver_sql("ALTER TABLE hidden RENAME TO cases")
    assert await desk.refresh()
    assert (desk.fresh, desk.given_up) == (True, False)
