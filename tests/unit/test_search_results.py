"""What a search finds is what reading the whole log finds: with the index, without it, and while it is behind."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.search.query import Query
from audit.search.searching import search
from tests.unit.audit_log_on_disk import NOW_MS
from tests.unit.searched_log import CUSTOMERS, QUERIES, WIDTH, Searched, numbered, searched

COUNT = 100


@pytest.mark.parametrize("filled", [True, False])
async def test_every_filter_finds_what_a_reader_of_everything_finds(tmp_path: Path, filled: bool) -> None:
    async with searched(tmp_path, [numbered(number) for number in range(COUNT)]) as one:
        if filled:
            await one.fill()
            assert one.search.standing().upto == COUNT // WIDTH * WIDTH
        for query in QUERIES:
            assert await one.found(query) == await one.scanned(query), query
            for before in (1, WIDTH, 50):
                assert await one.found(query, before=before) == await one.scanned(query, before=before), query
        assert await one.scanned(QUERIES[5]), "the examples find something"


async def test_an_index_that_is_behind_hides_nothing(tmp_path: Path) -> None:
    async with searched(tmp_path) as one:
        for first in range(0, COUNT, 10):
            await one.log.append_all([numbered(number) for number in range(first, first + 10)])
            if first == 40:
                await one.fill()
        assert one.search.standing().upto == 48
        for query in QUERIES:
            assert await one.found(query) == await one.scanned(query), query


async def test_pages_join_without_a_gap_and_without_a_double(tmp_path: Path) -> None:
    async with searched(tmp_path, [numbered(number) for number in range(COUNT)]) as one:
        await one.fill()
        for query in QUERIES[1:]:
            seen: list[int] = []
            before: int | None = None
            while before != 0:
                page = await one.search.search(query, before, 3)
                assert len(page.entries) <= 3
                seen = [entry.index for entry in page.entries] + seen
                assert before is None or page.start < before, "a page goes on"
                before = page.start
            assert seen == await one.scanned(query), query


async def test_how_many_match_is_told_where_it_can_be(tmp_path: Path) -> None:
    async with searched(tmp_path, [numbered(number) for number in range(COUNT)]) as one:
        assert await one.search.matching(Query(case="cas_3"), None) is None
        await one.fill()
        for query in QUERIES[1:]:
            told = await one.search.matching(query, None)
            true = len(await one.scanned(query))
            if query.customer == "cus_nobody":
                continue  # no key was ever made for them, so no tag says anything
            assert told is not None
            assert told.count == true if told.exact else told.count >= true, query
            assert told.exact or query.timed, query


async def test_a_session_is_read_back_to_its_opening_and_no_further(tmp_path: Path) -> None:
    opening = Event(
        EventName.AGENT_SESSION_OPENED,
        Outcome.INTENT,
        NOW_MS,
        Actor(ActorKind.AGENT, "sta_1"),
        session="ses_late",
    )
    events = [
        *(numbered(number) for number in range(50)),
        opening,
        *(numbered(number) for number in range(20)),
    ]
    async with searched(tmp_path, events) as one:
        found = await search(
            one.log, one.search._index, Query(session="ses_late"), 71, 10, budget=30
        )  # with a small budget
        assert ([entry.index for entry in found.entries], found.start) == ([50], 0)


async def test_a_search_opens_a_bounded_number_of_entries_and_says_how_far_it_came(tmp_path: Path) -> None:
    async with searched(tmp_path, [numbered(number) for number in range(COUNT)]) as one:
        index = one.search._index  # with a small budget
        query = Query(customer="cus_A")
        found = await search(one.log, index, query, COUNT, 1_000, budget=20)
        assert 0 < found.start <= COUNT - 20
        rest = await search(one.log, index, query, found.start, 1_000, budget=1_000)
        both = [entry.index for entry in [*rest.entries, *found.entries]]
        assert both == await one.scanned(query)


async def test_the_index_is_the_same_again_after_a_restart(tmp_path: Path) -> None:
    async with searched(tmp_path, [numbered(number) for number in range(COUNT)]) as one:
        await one.fill()
        before = one.rows()
    async with searched(tmp_path) as one:
        await one.search.checked()
        assert one.search.standing().upto == COUNT // WIDTH * WIDTH
        await one.agree()
        await one.fill()
        assert one.rows() == before, "nothing was made anew"


async def test_nothing_readable_lies_in_the_index(tmp_path: Path) -> None:
    async with searched(tmp_path, [numbered(number) for number in range(COUNT)]) as one:
        await one.fill()
        files = [path for path in one.disk.folder.iterdir() if path.name.startswith("index.db")]
        assert files
        for path in files:
            content = path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0, path
            words = (
                b"sta_",
                b"cus_",
                b"cas_",
                b"ses_",
                b"case:viewed",
                b"refused",
                NOW_MS.to_bytes(8, "big"),
            )
            assert not [word for word in words if word in content], path


names = st.sampled_from([*CUSTOMERS, "sta_1", "ses_1", ""])
kinds = st.sampled_from([ActorKind.AGENT, ActorKind.CUSTOMER])
event = st.builds(
    Event,
    st.sampled_from([EventName.AGENT_CASE_VIEWED, EventName.AGENT_SESSION_ENDED]),
    st.sampled_from([Outcome.INTENT, Outcome.DONE]),
    st.integers(NOW_MS, NOW_MS + 9),
    st.builds(Actor, kinds, names),
    case=st.none() | names,
    session=st.none() | names,
    customer=st.none() | names.filter(bool),
    personal=st.dictionaries(st.sampled_from(CUSTOMERS), st.just({"seen": 1}), max_size=2),
)
query = st.builds(
    Query,
    actor=st.none() | names.filter(bool),
    kind=st.none() | kinds,
    customer=st.none() | names.filter(bool),
    case=st.none() | names,
    session=st.none() | names,
    outcome=st.none() | st.sampled_from([Outcome.INTENT, Outcome.DONE]),
    from_ms=st.none() | st.integers(NOW_MS, NOW_MS + 9),
    until_ms=st.none() | st.integers(NOW_MS, NOW_MS + 9),
)


class _Fresh:
    """A folder for each example."""

    def __init__(self, root: Path) -> None:
        self._root, self._count = root, 0

    def next(self) -> Path:
        self._count += 1
        return self._root / str(self._count)


@pytest.fixture
def folders(tmp_path: Path) -> _Fresh:
    return _Fresh(tmp_path)


@given(st.lists(event, min_size=1, max_size=60), st.lists(query, min_size=1, max_size=8), st.integers(0, 60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_log_and_any_query_agree_with_reading_everything(
    folders: _Fresh, events: list[Event], queries: list[Query], indexed: int
) -> None:
    async with searched(folders.next(), width=8) as one:
        if first := events[:indexed]:
            await one.log.append_all(first)
        await one.fill()
        if rest := events[indexed:]:
            await one.log.append_all(rest)
        await _agree(one, queries)
        await one.search.forget(CUSTOMERS[0], [])
        one.log.keystore.erase(CUSTOMERS[0])
        await one.search.forget(CUSTOMERS[0], [])
        await _agree(one, queries)
        await one.fill()
        await _agree(one, queries)


async def _agree(one: Searched, queries: list[Query]) -> None:
    for asked in queries:
        assert await one.found(asked) == await one.scanned(asked), asked
