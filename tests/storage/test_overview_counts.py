"""What the officers' overview counts, out of a real database: by day, by person, by hour, and what waits."""

from typing import Any

from server.storage.database import Database
from server.storage.outbox_tables import outbox, webhooks
from server.storage.overview_counts import HOUR_MS, Failing, OverviewCounts
from server.storage.tables import flags, sessions
from tests.storage.desk_rows import AGENT, OTHER_AGENT

DAY_MS = 24 * HOUR_MS
DAY = 20_000
AT = DAY * DAY_MS


async def rows(database: Database, table: Any, *values: dict[str, Any]) -> None:
    async with database.writing() as connection:
        for one in values:
            await connection.execute(table.insert().values(**one))


def session(name: str, agent: str, customer: str, at_ms: int) -> dict[str, Any]:
    return {
        "id": name,
        "state": "ended",
        "agent": agent,
        "case_id": "cas_1",
        "customer": customer,
        "opened_at": at_ms,
        "log_index": 1,
        "version": 1,
        "body": "{}",
    }


def flag(index: int, at_ms: int, target: str, action: str, of: str | None = None) -> dict[str, Any]:
    return {
        "log_index": index,
        "raised_at_ms": at_ms,
        "detector": "burst",
        "target": target,
        "session": of,
        "score": "1.0",
        "reason_key": "flag.burst",
        "reason_facts": "{}",
        "action": action,
    }


async def test_flags_are_counted_by_day_and_action_and_by_the_agent_of_their_session(
    database: Database,
) -> None:
    await rows(database, sessions, session("ses_1", OTHER_AGENT.id, "cus_1", AT))
    await rows(
        database,
        flags,
        flag(1, AT - 1, AGENT.id, "block"),
        flag(2, AT, AGENT.id, "flag"),
        flag(3, AT + DAY_MS - 1, AGENT.id, "flag"),
        flag(4, AT + DAY_MS, "ses_1", "flag", of="ses_1"),
        flag(5, AT - DAY_MS - 1, AGENT.id, "flag"),
        flag(6, AT, "ses_gone", "flag", of="ses_gone"),
    )
    counts = OverviewCounts(database)
    assert await counts.flags_by_day(AT - DAY_MS) == {
        (DAY - 1, "block"): 1,
        (DAY, "flag"): 3,
        (DAY + 1, "flag"): 1,
    }
    assert await counts.flags_by_person(AT) == {
        (AGENT.id, "flag"): 2,
        (OTHER_AGENT.id, "flag"): 1,
        ("ses_gone", "flag"): 1,
    }


async def test_each_customer_counts_once_in_an_hour(database: Database) -> None:
    await rows(
        database,
        sessions,
        session("ses_1", AGENT.id, "cus_1", AT),
        session("ses_2", AGENT.id, "cus_1", AT + HOUR_MS - 1),
        session("ses_3", AGENT.id, "cus_2", AT + 5),
        session("ses_4", AGENT.id, "cus_1", AT + HOUR_MS),
        session("ses_5", AGENT.id, "cus_3", AT - 1),
    )
    assert await OverviewCounts(database).customers_by_hour(AT) == {DAY * 24: 2, DAY * 24 + 1: 1}


def message(name: str, **other: Any) -> dict[str, Any]:
    usual = {
        "id": name,
        "once": name,
        "part": 0,
        "channel": "mail",
        "about": "x",
        "state": "waiting",
        "created_at_ms": AT,
        "due_at_ms": AT,
        "last_at_ms": AT + DAY_MS,
        "tries": 1,
    }
    return usual | other


async def test_what_waits_and_where_it_fails_is_told_without_anybodys_address(database: Database) -> None:
    counts = OverviewCounts(database)
    empty = await counts.waiting(AT)
    assert (empty.count, empty.oldest_ms, empty.failing) == (0, None, [])
    hook = {"id": "whk_1", "name": "siem", "url": "https://x", "log_index": 1, "created_at_ms": AT}
    await rows(database, webhooks, hook)
    await rows(
        database,
        outbox,
        message("a", created_at_ms=AT - 5),
        message("b", failure="refused"),
        message("c", failure="timed_out", channel="webhook", endpoint="whk_1"),
        message(
            "d", failure="timed_out", channel="webhook", endpoint="whk_1", state="dead", done_at_ms=AT - 1
        ),
        message("e", failure="refused", state="dead", done_at_ms=AT - 7 * DAY_MS),
        message("f", failure="refused", state="sent", done_at_ms=AT),
    )
    found = await counts.waiting(AT)
    assert (found.count, found.oldest_ms) == (3, AT - 5)
    assert found.failing == [Failing("siem", "timed_out", 2), Failing("mail", "refused", 1)]
