"""Taking entries out of the log from the host: with a server running and without."""

import hashlib
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from audit.checkpoint import open_checkpoint
from audit.event import Event, EventName, Outcome
from audit.export.ending import Ending
from audit.export.record import LogRecord
from audit.note import Verifier
from server.administration.errors import ActRefused
from server.administration.export_acts import BeginExport, LeaveExport, ListExports, NextPiece
from server.administration.reaching import conversation
from server.administration.search_acts import SearchLog
from server.exports import AT_ONCE
from tests.protocol.administration_ways import WAYS, Way, settings_of, way
from tests.protocol.production_stand import OFFICER, Instance
from tests.protocol.server_stand import stand

Name = Literal["jsonl", "ocsf", "cef"]


async def taken(one: Way, act: BeginExport) -> bytes:
    content = b""
    async with conversation(settings_of(one.folder)) as office:
        begun = await office.perform(act)
        while True:
            piece = await office.perform(NextPiece(export=begun.export))
            content += piece.content
            if piece.over:
                assert hashlib.sha256(content).hexdigest() == piece.sha256
                return content


def read(content: bytes) -> tuple[list[LogRecord], Ending]:
    *lines, last = content.splitlines(keepends=True)
    ending = msgspec.json.decode(last, type=Ending)
    assert ending.count == len(lines)
    assert ending.sha256 == hashlib.sha256(b"".join(lines)).hexdigest()
    return [msgspec.json.decode(line, type=LogRecord) for line in lines], ending


def exported(events: list[Event]) -> list[Event]:
    return [event for event in events if event.name is EventName.OPERATOR_LOG_EXPORTED]


@pytest.mark.parametrize("name", WAYS)
async def test_an_export_is_an_entry_before_it_begins_and_another_with_the_files_hash(
    tmp_path: Path, name: str
) -> None:
    async with way(tmp_path, name) as one:
        content = await taken(one, BeginExport(format="jsonl", wanted=SearchLog()))
        records, ending = read(content)
        assert [record.index for record in records] == list(range(ending.stop))
        begun, ended = exported(await one.events())
        assert (begun.outcome, begun.actor.id[:5]) == (Outcome.INTENT, "host:")
        assert dict(begun.facts) == {"format": "jsonl", "from": 0, "to": ending.stop}
        assert (ended.outcome, ended.intent) == (Outcome.DONE, ending.intent)
        assert ended.facts["sha256"] == hashlib.sha256(content).hexdigest()
        assert (ended.facts["entries"], ended.facts["bytes"]) == (ending.count, len(content))


@pytest.mark.parametrize("format_", ["jsonl", "ocsf", "cef"])
async def test_nothing_is_shortened_in_any_format(tmp_path: Path, format_: Name) -> None:
    async with way(tmp_path, "running") as one:
        lines = (await taken(one, BeginExport(format=format_, wanted=SearchLog()))).splitlines()
        begun = exported(await one.events())[0]
        assert len(lines) == int(begun.facts["to"]) + 1


async def test_the_checkpoint_of_an_export_is_the_logs_and_holds_what_was_given(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        _, ending = read(await taken(Way(tmp_path, server), BeginExport(format="jsonl", wanted=SearchLog())))
        assert ending.checkpoint is not None
        found = open_checkpoint(ending.checkpoint.encode(), Verifier.parse(server.log.verifier_key))
        assert (found.origin, found.size >= ending.stop) == (ending.origin, True)


async def test_filters_and_ranges_take_what_they_say(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        for _ in range(3):
            await one.do(SearchLog(limit=1))
        looks = SearchLog(event="operator:log:read")
        records, ending = read(await taken(one, BeginExport(format="jsonl", wanted=looks)))
        assert {record.name for record in records} == {EventName.OPERATOR_LOG_READ}
        assert ending.wanted == {"event": "operator:log:read"}
        some = BeginExport(format="jsonl", wanted=SearchLog(), start=1, stop=3)
        records, ending = read(await taken(one, some))
        assert [record.index for record in records] == [1, 2]
        late = BeginExport(format="jsonl", wanted=SearchLog(), start=10_000)
        assert read(await taken(one, late))[0] == []


@pytest.mark.parametrize("name", WAYS)
async def test_whoever_goes_away_leaves_a_failed_export_and_room_for_others(
    tmp_path: Path, name: str
) -> None:
    async with way(tmp_path, name), conversation(settings_of(tmp_path)) as office:
        act = BeginExport(format="jsonl", wanted=SearchLog())
        begun = [await office.perform(act) for _ in range(AT_ONCE)]
        with pytest.raises(ActRefused, match="under way"):
            await office.perform(act)
        await office.perform(NextPiece(export=begun[0].export))
        for export in begun:
            await office.perform(LeaveExport(export=export.export))
        with pytest.raises(ActRefused, match="not under way"):
            await office.perform(NextPiece(export=begun[0].export))
        listed = await office.perform(ListExports())
        assert [line.state for line in listed.exports] == ["failed"] * AT_ONCE


async def test_the_log_itself_lists_what_left_it_and_what_of_it_concerns_a_customer(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        await one.do(SearchLog(customer="K-30518"))
        await taken(one, BeginExport(format="jsonl", wanted=SearchLog(event="system:server:started")))
        listed = await one.do(ListExports())
        (line,) = listed.exports
        assert (line.what, line.format, line.state, line.concerning) == ("log", "jsonl", "done", None)
        assert line.wanted == {"event": "system:server:started"}
        assert (await one.do(ListExports(customer="K-30518"))).exports == []


async def test_the_command_writes_a_file_for_its_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    assert (await instance.init(*OFFICER)).code == 0
    file = tmp_path / "log.jsonl"
    told = await instance.said("audit", "export", "-o", str(file), "--json")
    assert told.code == 0, told.err
    content = file.read_bytes()
    assert told.json["sha256"] == hashlib.sha256(content).hexdigest()
    assert file.stat().st_mode & 0o777 == 0o600
    assert read(content)[1].intent == told.json["entry"]
    again = await instance.said("audit", "export", "-o", str(file))
    assert (again.code, file.read_bytes()) == (2, content)
    assert not (tmp_path / "log.jsonl.unfinished").exists()
    listed = await instance.said("audit", "exports")
    assert listed.out.splitlines()[1].split()[0] == str(told.json["entry"])
    nobody = await instance.said("audit", "export", "-o", str(tmp_path / "other"), "--customer=K-0")
    assert (nobody.code, (tmp_path / "other").exists()) == (2, False)
    schema = await instance.said("audit", "schema")
    assert schema.json["$schema"].endswith("2020-12/schema")
