"""Writers that share a commit: each stands alone, nobody is told too early, and what hangs is given up."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from server.storage.database import AlreadyThere, Database, DatabaseUnavailable

Work = Callable[[Connection], int]


def adding(name: str) -> Work:
    return lambda connection: (
        connection.exec_driver_sql("INSERT INTO attempts VALUES (?, '[]', 0)", (name,)).rowcount
    )


def names(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT account FROM attempts ORDER BY account").scalars())


async def all_at_once(database: Database, *works: Work) -> list[int | BaseException]:
    """None of them waits for anything before it asks, so they are one batch."""
    return await asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)


async def test_many_writers_at_once_share_commits(database: Database) -> None:
    commits: list[str] = []
    for engine in database.engines():
        event.listen(engine, "commit", lambda _connection: commits.append("commit"))
    answers = await all_at_once(database, *(adding(f"{number:02d}") for number in range(60)))
    assert answers == [1] * 60
    assert len(commits) <= 3
    assert len(await database.read(names)) == 60


async def test_one_that_fails_is_taken_back_alone(database: Database) -> None:
    def half(connection: Connection) -> int:
        adding("half")(connection)
        raise LookupError("in the middle")

    first, second, third, fourth = await all_at_once(database, adding("a"), half, adding("a"), adding("b"))
    assert (first, fourth) == (1, 1)
    assert isinstance(second, LookupError)
    assert isinstance(third, AlreadyThere)
    assert await database.read(names) == ["a", "b"]


async def test_each_sees_what_those_before_it_wrote(database: Database) -> None:
    def counting(connection: Connection) -> int:
        adding(str(len(names(connection))))(connection)
        return len(names(connection))

    assert await all_at_once(database, *[counting] * 20) == list(range(1, 21))


async def test_a_commit_that_fails_fails_everybody_in_it(database: Database) -> None:
    def orphan(connection: Connection) -> int:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # found wrong at the commit only
        connection.exec_driver_sql("INSERT INTO customer_cookies VALUES ('h', 'no session', 1)")
        return 1

    answers = await all_at_once(database, adding("a"), orphan, adding("b"))
    assert {type(answer) for answer in answers} == {AlreadyThere}
    assert await database.read(names) == []
    assert await database.write(adding("d")) == 1


async def test_a_full_disk_fails_the_batch_and_nothing_of_it_stays(database: Database) -> None:
    def filling(connection: Connection) -> int:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no page more than there are
        connection.exec_driver_sql("INSERT INTO attempts VALUES ('x', hex(zeroblob(1000000)), 0)")
        return 1

    await database.write(adding("earlier"))
    answers = await all_at_once(database, adding("a"), filling, adding("b"))
    assert {type(answer) for answer in answers} == {DatabaseUnavailable}
    assert await database.read(names) == ["earlier"]
    assert await database.write(adding("later")) == 1


@pytest.fixture
def hanging() -> threading.Event:
    return threading.Event()


async def test_whoever_gave_up_before_it_began_is_left_out(
    url: str, database: Database, hanging: threading.Event
) -> None:
    hasty = Database(url, answer_within_s=0.3)

    def hang(connection: Connection) -> int:
        hanging.wait(60)
        return adding("late")(connection)

    first, second = await all_at_once(hasty, hang, adding("given up"))
    assert isinstance(first, DatabaseUnavailable)
    assert isinstance(second, DatabaseUnavailable)
    with pytest.raises(DatabaseUnavailable):  # the one writer is still busy, for everybody
        async with hasty.writing():
            pass
    hanging.set()
    await hasty._left.ended(within_s=60)
    assert await hasty.write(adding("after")) == 1
    assert await database.read(names) == ["after", "late"]
    await hasty.close()


async def test_a_reader_that_hangs_keeps_no_other_from_reading(
    url: str, database: Database, hanging: threading.Event
) -> None:
    hasty = Database(url, answer_within_s=0.5)
    await database.write(adding("a"))
    stuck = asyncio.gather(hasty.read(lambda _connection: hanging.wait(60)), return_exceptions=True)
    await asyncio.sleep(0)
    for _ in range(10):
        assert await hasty.read(names) == ["a"]
    assert isinstance((await stuck)[0], DatabaseUnavailable)
    hanging.set()
    await hasty.close()


async def test_a_locked_database_is_unavailable_to_the_batch_and_read_all_the_same(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "tachiai.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = await all_at_once(database, adding("a"), adding("b"))
    assert {type(answer) for answer in answers} == {DatabaseUnavailable}
    assert await database.read(names) == []
    other.execute("ROLLBACK")
    other.close()
    assert await database.write(adding("c")) == 1
