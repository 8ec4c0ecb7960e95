"""Giving out a link: on record before it exists, kept nowhere, and the only one of its subject."""

from urllib.parse import urlsplit

import pytest

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.memory import MemoryLog
from audit.ports import LogUnavailable
from server.enrolments import Enrolments, IssuedLink
from server.storage.database import Database, DatabaseUnavailable
from server.storage.stores import Stores
from tests.storage.desk_rows import AGENT, CUSTOMER, NOW
from verification.enrolment import LIFE_MS, Enrolment, Standing, Subject, SubjectKind, is_token, token_hash

OPERATOR = Actor(ActorKind.OPERATOR, "host:root")
STAFF, CUSTOMERS = Subject(SubjectKind.STAFF, AGENT.id), Subject(SubjectKind.CUSTOMER, CUSTOMER.id)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def enrolments(stores: Stores, log: MemoryLog) -> Enrolments:
    return Enrolments(stores.enrolments, log, "https://help.example/")


def token_of(link: IssuedLink) -> str:
    return urlsplit(link.url).fragment


async def stored(stores: Stores, link: IssuedLink) -> Enrolment:
    found = await stores.enrolments.of_token(token_hash(token_of(link)))
    assert found is not None
    return found


def told(events: list[Event]) -> list[tuple[EventName, Outcome, int | None]]:
    return [(event.name, event.outcome, event.intent) for event in events]


async def test_a_link_carries_its_token_in_the_fragment_and_lives_for_a_day(
    enrolments: Enrolments, stores: Stores
) -> None:
    link = await enrolments.issue(STAFF, by=OPERATOR, now=NOW)
    assert link.url == f"https://help.example/enrol#{token_of(link)}"
    assert is_token(token_of(link))
    assert link.expires_at_ms == NOW + LIFE_MS
    found = await stored(stores, link)
    assert (found.id, found.subject) == (link.enrolment, STAFF)
    assert found.standing(link.expires_at_ms - 1) is Standing.OPEN
    assert found.standing(link.expires_at_ms) is Standing.EXPIRED


async def test_issuing_is_on_record_before_the_link_and_after_it_and_the_token_never_is(
    enrolments: Enrolments, log: MemoryLog
) -> None:
    link = await enrolments.issue(CUSTOMERS, by=OPERATOR, now=NOW)
    name = EventName.OPERATOR_ENROLMENT_ISSUED
    assert told(log.events) == [(name, Outcome.INTENT, None), (name, Outcome.DONE, 0)]
    assert {event.customer for event in log.events} == {CUSTOMER.id}
    assert token_of(link) not in repr(log.events)
    assert token_hash(token_of(link)) not in repr(log.events)
    assert token_of(link) not in repr(link)


async def test_a_later_link_makes_the_earlier_one_void(
    enrolments: Enrolments, stores: Stores, log: MemoryLog
) -> None:
    earlier = await enrolments.issue(STAFF, by=OPERATOR, now=NOW)
    others = await enrolments.issue(CUSTOMERS, by=OPERATOR, now=NOW)
    await enrolments.issue(STAFF, by=Actor(ActorKind.OFFICER, "sta_x"), now=NOW + 5)
    assert (await stored(stores, earlier)).standing(NOW + 5) is Standing.WITHDRAWN
    assert (await stored(stores, others)).standing(NOW + 5) is Standing.OPEN
    assert log.events[-1].name is EventName.OFFICER_ENROLMENT_ISSUED
    assert log.events[-1].facts["withdrawn"] == 1


async def test_without_a_durable_entry_there_is_no_link_and_the_earlier_one_stays(
    enrolments: Enrolments, stores: Stores, log: MemoryLog
) -> None:
    earlier = await enrolments.issue(STAFF, by=OPERATOR, now=NOW)
    for failure in ("fail_next", "fail_but_persist"):
        setattr(log, failure, True)
        with pytest.raises(LogUnavailable):
            await enrolments.issue(STAFF, by=OPERATOR, now=NOW)
    assert (await stored(stores, earlier)).standing(NOW) is Standing.OPEN


async def test_a_link_of_which_the_database_does_not_tell_is_closed_as_unknown(
    enrolments: Enrolments, database: Database, log: MemoryLog
) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("DROP TABLE enrolments")
    with pytest.raises(DatabaseUnavailable):
        await enrolments.issue(STAFF, by=OPERATOR, now=NOW)
    name = EventName.OPERATOR_ENROLMENT_ISSUED
    assert told(log.events) == [(name, Outcome.INTENT, None), (name, Outcome.UNKNOWN, 0)]


async def test_withdrawing_ends_what_is_unfinished_even_while_the_log_is_down(
    enrolments: Enrolments, stores: Stores, log: MemoryLog
) -> None:
    link = await enrolments.issue(STAFF, by=OPERATOR, now=NOW)
    log.fail_from_now = True
    assert await enrolments.withdraw(STAFF, by=OPERATOR, now=NOW + 1) == 1
    assert (await stored(stores, link)).standing(NOW + 1) is Standing.WITHDRAWN
    assert [event.name for event in log.emergency] == [EventName.OPERATOR_ENROLMENT_WITHDRAWN]
    assert await enrolments.withdraw(STAFF, by=OPERATOR, now=NOW + 2) == 0
