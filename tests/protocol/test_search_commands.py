"""The log searched from the host, and its index: with a server running and without."""

import asyncio
import json
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.administration.errors import ActRefused
from server.administration.search_acts import RebuildIndex, SearchLog, ShowIndex
from tests.protocol.administration_ways import WAYS, settings_of, way
from tests.protocol.production_stand import OFFICER, Instance


@pytest.mark.parametrize("name", WAYS)
async def test_a_search_from_the_host_finds_by_names_and_is_recorded_with_pseudonyms(
    tmp_path: Path, name: str
) -> None:
    async with way(tmp_path, name) as one:
        readings = SearchLog(event="operator:log:read", kind="operator")
        seen = [len((await one.do(readings)).entries) for _ in range(3)]
        assert seen == [0, 1, 2], "the reading itself comes after what it shows"
        found = await one.do(
            SearchLog(customer="K-30518", case="C-2041", actor="agent", outcome="done", from_ms=0)
        )
        assert (found.entries, found.read_from) == ([], 0)
        limited = await one.do(SearchLog(limit=2))
        assert [entry.index for entry in limited.entries] == [limited.size - 2, limited.size - 1]
        assert limited.read_from == limited.size - 2
        older = await one.do(SearchLog(limit=2, before=limited.read_from))
        assert [entry.index for entry in older.entries] == [limited.size - 4, limited.size - 3]
        told = [event for event in await one.events() if event.name is EventName.OPERATOR_LOG_READ]
        assert len(told) == 6
        assert (told[3].outcome, told[3].actor.id[:5]) == (Outcome.DONE, "host:")
        facts = told[3].facts
        prefixes = {field: str(facts[field])[:4] for field in ("customer", "case", "actor")}
        assert prefixes == {"customer": "cus_", "case": "cas_", "actor": "sta_"}
        assert (facts["outcome"], facts["from_ms"]) == ("done", 0)
        assert "K-30518" not in str(told)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (SearchLog(customer="K-0"), "There is no customer with this reference."),
        (SearchLog(case="C-0"), "There is no case with this reference."),
        (SearchLog(session="ses_"), "A session is named by its id"),
        (SearchLog(event="agent:case"), "This event is not one that the log knows."),
        (SearchLog(outcome="good"), "This outcome is not one that the log knows."),
        (SearchLog(from_ms=5, until_ms=5), "The time range ends before it begins."),
    ],
)
async def test_what_the_log_cannot_know_is_refused_and_shows_nothing(
    tmp_path: Path, act: SearchLog, sentence: str
) -> None:
    async with way(tmp_path, "running") as one:
        with pytest.raises(ActRefused, match=sentence):
            await one.do(act)
        told = [event for event in await one.events() if event.name is EventName.OPERATOR_LOG_READ]
        unknown = [{"what": "reference", "found": False}] if act.customer or act.case else []
        assert [dict(event.facts) for event in told] == unknown
        assert all(event.outcome is Outcome.REFUSED for event in told)


@pytest.mark.parametrize("name", WAYS)
async def test_the_index_is_begun_anew_with_an_entry(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        shown = await one.do(ShowIndex())
        rebuilt = await one.do(RebuildIndex())
        assert (shown.upto, shown.complete, rebuilt.upto, rebuilt.complete) == (0, True, 0, True)
        told = [event for event in await one.events() if event.name is EventName.OPERATOR_INDEX_REBUILT]
        assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE]


async def test_a_command_without_a_server_fills_the_index_before_it_ends(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        assert one.server is not None
        event = (await one.server.events())[0]
        await one.server.log.append_all([event] * 1_500)
    async with way(tmp_path, "alone") as one:
        rebuilt = await one.do(RebuildIndex())
        assert (rebuilt.upto, rebuilt.complete) == (1_024, True)
        assert (await one.do(ShowIndex())).upto == 1_024
        found = await one.do(SearchLog(event=event.name, limit=1_000))
        assert len(found.entries) == 1_000
        rest = await one.do(SearchLog(event=event.name, limit=1_000, before=found.read_from))
        assert len(rest.entries) >= 500
        assert settings_of(tmp_path).data == str(tmp_path)


async def test_what_names_nobody_in_the_log_is_not_searched_for_and_not_recorded(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        for typed in ("Canary Person", "canary.person@example.com"):
            with pytest.raises(ActRefused, match="nobody with this username"):
                await one.do(SearchLog(actor=typed))
        for actor in ("host:root", "0123456789abcdef", "sta_" + "A" * 22):
            assert (await one.do(SearchLog(actor=actor))).entries is not None
        events = await one.events()
        assert "anary" not in str(events)
        asked = [event for event in events if event.name is EventName.OPERATOR_LOG_READ]
        assert [event.facts.get("actor") for event in asked if event.outcome is Outcome.REFUSED] == [
            None,
            None,
        ]


async def test_the_commands_print_a_table_for_people_and_json_for_programs(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    assert (await instance.init(*OFFICER)).code == 0
    plain = await instance.said("audit", "search", "--kind=operator", "--from=2025-01-01", "--limit=5")
    assert plain.code == 0, plain.err
    assert plain.out.splitlines()[0].split() == ["entry", "time", "event", "outcome", "by", "about"]
    found = await instance.said("audit", "search", "--event=operator:log:read", "--json")
    assert [entry["name"] for entry in json.loads(found.out)["entries"]] == ["operator:log:read"]
    assert json.loads(found.out)["entries"][0]["facts"]["kind"] == "operator"
    status = await instance.said("audit", "index", "status", "--json")
    assert (status.code, status.json["complete"]) == (0, True)
    rebuilt = await instance.said("audit", "index", "rebuild")
    assert (rebuilt.code, rebuilt.out) == (0, "")
    assert "entries are in the index" in rebuilt.err
    wrong = await instance.said("audit", "search", "--from=yesterday")
    assert (wrong.code, "A time is 2025-11-24" in wrong.err) == (2, True)
    long = await instance.said("audit", "search", f"--actor={'a' * 80}")
    assert (long.code, "longer than anything" in long.err) == (2, True)


async def test_a_running_server_fills_its_index_by_itself_and_again_after_it_was_emptied(
    tmp_path: Path,
) -> None:
    async with way(tmp_path, "running") as one:
        assert one.server is not None
        event = (await one.server.events())[0]
        for _ in range(2):
            await one.server.log.append_all([event] * 1_100)
            before = one.server.log.size // 1_024 * 1_024
            async with asyncio.timeout(30):
                while (await one.do(ShowIndex())).upto < before:
                    continue
            emptied = await one.do(RebuildIndex())
            assert emptied.upto < before or emptied.complete
        async with asyncio.timeout(30):
            while not (await one.do(ShowIndex())).complete:
                continue
