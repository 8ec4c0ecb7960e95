"""What the index forgets: a person with their key, and a period with its keys. Nothing comes back by itself."""

from pathlib import Path

import pytest

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.keystore import PERIOD_MS
from audit.search.query import Query
from tests.unit.audit_log_on_disk import NOW_MS
from tests.unit.searched_log import LATER_MS, WIDTH, Searched, numbered, searched

COUNT = 100
EVENTS = [numbered(number) for number in range(COUNT)]
PERIOD = NOW_MS // PERIOD_MS


async def erase(one: Searched, subject: str) -> None:
    """In the order of an erasure."""
    await one.search.forget(subject, [])
    one.log.keystore.erase(subject)
    await one.search.forget(subject, [])


def tags_of(one: Searched, subject: str) -> list[bytes]:
    """What would name them in the index; none once their key is gone."""
    return [tag for group in one.search._index._tagging().groups(Query(customer=subject)) for tag in group]


def stored_tags(one: Searched) -> set[bytes]:
    index = one.search._index  # only the sealer opens a block
    sealer = index._sealing()
    return {tag for number, row, _ in one.rows() for tag, *_ in sealer.open_directory(number, row)}


async def test_an_erased_person_has_no_tag_and_their_entries_are_found_by_looking(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        tags, others = tags_of(one, "cus_A"), stored_tags(one)
        assert set(tags) <= others
        await erase(one, "cus_A")
        assert tags_of(one, "cus_A") == []
        left = stored_tags(one)
        assert not set(tags) & left
        assert others - left <= {*tags, *others}
        assert len(others - left) == 2, "as a customer and as who acted, and nobody else's"
        await one.agree()
        assert await one.scanned(Query(customer="cus_A")), "what the organisation did stays readable"


@pytest.mark.parametrize("again", ["fill", "rebuild", "restart"])
async def test_nobody_tags_an_erased_person_again(tmp_path: Path, again: str) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        tags = tags_of(one, "cus_A")
        await erase(one, "cus_A")
        await one.log.append_all(EVENTS)
        if again == "rebuild":
            await one.search.begin_anew()
        if again != "restart":
            await one.fill()
            assert not set(tags) & stored_tags(one)
            await one.agree()
    async with searched(tmp_path) as one:
        await one.fill()
        assert one.search.standing().upto == 2 * COUNT // WIDTH * WIDTH
        assert not set(tags) & stored_tags(one)
        await one.agree()


async def test_a_block_made_between_the_two_calls_does_not_name_them(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        tags = tags_of(one, "cus_A")
        await one.search.forget("cus_A", [])
        await one.fill()
        assert not set(tags) & stored_tags(one)
        one.log.keystore.erase("cus_A")
        await one.search.forget("cus_A", [])
        await one.agree()


async def test_no_file_holds_the_sealed_blocks_that_named_an_erased_person(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        former = [part for _, *row in one.rows() for part in row]
        await erase(one, "cus_A")
        files = [path for path in one.disk.folder.iterdir() if path.name.startswith("index.db")]
        content = b"".join(path.read_bytes() for path in files)
        kept = {part for _, *row in one.rows() for part in row}
        gone = [part for part in former if part not in kept]
        assert gone
        assert not [part for part in gone if part[:64] in content or part[-64:] in content]


async def test_a_search_after_a_forgetting_that_damage_prevented_begins_anew(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        one.change("DROP TABLE block")
        await erase(one, "cus_A")
        await one.fill()
        assert one.search.standing().upto == COUNT // WIDTH * WIDTH
        await one.agree()


def ended(name: EventName, period: int) -> Event:
    facts: dict[str, str | int | bool] = {"period": period, "of": "organisation"}
    return Event(name, Outcome.DONE, LATER_MS, Actor(ActorKind.SYSTEM), facts=facts)


@pytest.mark.parametrize("name", [EventName.SYSTEM_PERIOD_EXPIRED, EventName.SYSTEM_PERIOD_SEALED])
@pytest.mark.parametrize("when", ["heard", "restarted", "in a block"])
async def test_what_no_key_opens_any_more_is_not_told_by_the_index_either(
    tmp_path: Path, name: EventName, when: str
) -> None:
    async with searched(tmp_path, EVENTS[:80]) as one:
        await one.fill()
        named = stored_tags(one)
        one.log.keystore.expire(PERIOD, organisation=True)
        unsubscribe = one.log.subscribe(one.search.heard)
        if when == "restarted":
            unsubscribe()
        one.search.due.clear()
        later = [numbered(number + 600_000) for number in range(WIDTH if when == "in a block" else 0)]
        await one.log.append_all([ended(name, PERIOD), *later])
        if when != "restarted":
            assert one.search.due.is_set()
            await one.fill()
            assert not named & stored_tags(one) - event_tags(one)
            assert one.search.standing().closed == 80
            await one.agree()
    async with searched(tmp_path) as one:
        await one.fill()
        assert not named & stored_tags(one) - event_tags(one)
        await one.agree()


def event_tags(one: Searched) -> set[bytes]:
    """Those of the entries that still open, for the same words as the others."""
    return stored_tags_of(one, range(80 // WIDTH, 100))


def stored_tags_of(one: Searched, numbers: range) -> set[bytes]:
    sealer = one.search._index._sealing()
    return {
        tag
        for number, row, _ in one.rows()
        if number in numbers
        for tag, *_ in sealer.open_directory(number, row)
    }


async def test_blocks_of_other_periods_stay_as_they_are(tmp_path: Path) -> None:
    async with searched(tmp_path, EVENTS) as one:
        await one.fill()
        before = one.rows()
        one.log.subscribe(one.search.heard)
        await one.log.append(ended(EventName.SYSTEM_PERIOD_EXPIRED, PERIOD - 3))
        await one.fill()
        assert one.rows() == before
