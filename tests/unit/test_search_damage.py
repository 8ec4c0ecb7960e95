"""The index is never trusted: damaged, forged, exchanged or gone, it hides nothing, and it mends itself."""

import logging
import os
import random
from pathlib import Path

import pytest

from audit.event import EventName
from audit.search.query import Query
from tests.unit.searched_log import WIDTH, Searched, numbered, searched

COUNT = 100
WHOLE = COUNT // WIDTH
EVENTS = [numbered(number) for number in range(COUNT)]


async def mended(one: Searched) -> None:
    await one.agree()
    await one.fill()
    assert one.search.standing().upto == WHOLE * WIDTH
    assert {number for number, *_ in one.rows()} >= set(range(WHOLE))
    await one.agree()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM block WHERE number = 2",
        "DELETE FROM block",
        "UPDATE block SET directory = x'00' WHERE number = 3",
        "UPDATE block SET lists = x'' WHERE number = 3",
        "UPDATE block SET lists = zeroblob(64)",
        "UPDATE block SET directory = 'text'",
        "UPDATE block SET lists = 5",
        "UPDATE block SET directory = (SELECT directory FROM block WHERE number = 1) WHERE number = 2",
        "UPDATE block SET lists = (SELECT lists FROM block WHERE number = 1) WHERE number = 2",
        "UPDATE block SET number = number + 100",
        "DROP TABLE block",
        "DELETE FROM meta",
    ],
)
@pytest.mark.parametrize("when", ["running", "stopped"])
async def test_what_somebody_changes_in_the_file_hides_nothing(
    tmp_path: Path, statement: str, when: str
) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        one.change(statement)
        if when == "running":
            await mended(one)
    if when == "stopped":
        async with searched(tmp_path) as one:
            await one.search.checked()
            await mended(one)


async def test_a_bit_that_flips_anywhere_in_the_stored_blocks_hides_nothing(tmp_path: Path) -> None:
    draw = random.Random(4)  # noqa: S311  # which bits are tried
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        for _ in range(16):
            number, directory, lists = draw.choice(one.rows())
            column, content = draw.choice([("directory", bytearray(directory)), ("lists", bytearray(lists))])
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            one.change(f"UPDATE block SET {column} = ? WHERE number = ?", bytes(content), number)  # noqa: S608  # ours
            await mended(one)


async def test_an_earlier_block_put_back_in_its_place_is_not_believed(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        former = one.rows()
        await one.search.begin_anew()
        await one.fill()
        for number, directory, lists in former:
            one.change("UPDATE block SET directory = ?, lists = ? WHERE number = ?", directory, lists, number)
        assert {row[1] for row in former} & {row[1] for row in one.rows()}
        await mended(one)
        assert not {row[1] for row in former} & {row[1] for row in one.rows()}


async def test_an_index_of_another_history_of_the_log_is_not_believed(tmp_path: Path) -> None:
    """As after a copy of the log was put back, and it went on differently."""
    async with searched(tmp_path, EVENTS[: 2 * WIDTH]) as one:
        copy = {path: path.read_bytes() for path in one.disk.folder.rglob("*") if path.is_file()}
    async with searched(tmp_path, EVENTS[2 * WIDTH :]) as one:
        await one.fill()
        index = one.rows()
    async with searched(tmp_path) as one:
        keys = (one.disk.folder / "keys.db").read_bytes()
    for path in [path for path in one.disk.folder.rglob("*") if path.is_file() and path != one.file]:
        path.unlink()
    for path, content in copy.items():
        path.write_bytes(content)
    (one.disk.folder / "keys.db").write_bytes(keys)
    async with searched(tmp_path, [numbered(number + 1) for number in range(2 * WIDTH, COUNT)]) as one:
        assert one.rows() == index
        await one.search.checked()
        assert one.search.standing().upto == 2 * WIDTH
        await mended(one)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500, os.urandom(8192)])
async def test_a_file_that_is_no_index_is_begun_anew_and_said_in_the_journal(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
    for path in [path for path in one.disk.folder.iterdir() if path.name.startswith("index.db")]:
        path.unlink()
    one.file.write_bytes(content)
    with caplog.at_level(logging.WARNING, "tachiai.audit"):
        async with searched(tmp_path) as one:
            await mended(one)
    assert bool(caplog.messages) == bool(content)
    assert all("search index is made anew" in message for message in caplog.messages)


async def test_bytes_overwritten_under_a_running_index_hide_nothing(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        with one.file.open("r+b") as file:
            file.write(os.urandom(one.file.stat().st_size))
        one.file.with_name("index.db-wal").write_bytes(b"")
        await one.agree()
        await one.fill()
        await one.agree()
    async with searched(tmp_path) as one:
        await mended(one)


async def test_without_a_place_for_the_index_everything_is_found(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        one.file.mkdir()
        (one.file / "x").write_text("in the way")
        await one.agree()
        assert one.search.standing().upto == 0


async def test_an_index_that_names_too_little_is_found_out_by_the_outcomes(tmp_path: Path) -> None:
    """A mistake of ours in making a block: every seal holds, and an intent is missing from it."""
    session = "ses_X"
    events = []
    for number in range(WIDTH * 2):
        event = numbered(number)
        if number in {3, 20}:
            intent = 3 if number == 20 else None
            event = type(event)(
                EventName.AGENT_FIELD_UNMASKED,
                event.outcome,
                event.at_ms,
                event.actor,
                None,
                session,
                None,
                intent,
            )
        events.append(event)
    async with searched(tmp_path, events) as one:
        await one.fill()
        index = one.search._index  # nobody else can make a wrong one
        wrong = [
            entry if entry.index != 3 else type(entry)(3, entry.entry_id, None)
            for entry in await one.log.read(0, WIDTH)
        ]
        index.make(0, wrong, one.log.size)
        assert await one.found(Query(session=session)) == [3, 20]
        await one.fill()
        await one.agree()
