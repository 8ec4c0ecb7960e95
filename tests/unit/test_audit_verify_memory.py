"""What a verifier remembers: only newer entries are read, older ones are proved, and no memory is half believed."""

import asyncio
import io
import json
import random
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from audit.commands import Manner, on_terminal, verify_command
from audit.progress_line import ProgressLine
from audit.report import ExitCode, Report
from audit.verify import Asked, verify_folder
from tests.unit.audit_log_on_disk import LogOnDisk, an_event


@pytest.fixture
async def seen(tmp_path: Path) -> LogOnDisk:
    """290 entries that were verified with a state, and 300 more behind them."""
    log = LogOnDisk(tmp_path)
    await grow(log, 0, 290)
    assert log.verify(state=log.state).exit_code == ExitCode.GOOD
    await grow(log, 290, 590)
    return log


async def grow(log: LogOnDisk, start: int, stop: int) -> None:
    writer = await log.open()
    await writer.append_all([an_event(number) for number in range(start, stop)])
    await writer.close()


def again(log: LogOnDisk, *, full: bool = False) -> Report:
    key = (log.folder / "verifier.key").read_text()
    return verify_folder(log.folder, verifier_key=key, state=log.state, full=full)


def remembered(log: LogOnDisk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(log.state.read_bytes())
    return found


async def test_only_what_is_new_is_read_and_the_answer_says_from_where(seen: LogOnDisk) -> None:
    assert (remembered(seen)["v"], remembered(seen)["size"]) == (2, 290)
    report = again(seen)
    assert (report.exit_code, report.start, report.size) == (ExitCode.GOOD, 290, 590)
    assert (
        "from the 290 that were seen before, which were not read again (--full reads all)" in report.sentence
    )
    assert remembered(seen)["size"] == 590
    assert again(seen, full=True).start == 0


async def test_an_old_entry_changed_since_is_found_by_a_full_look_and_a_missing_one_by_any(
    seen: LogOnDisk,
) -> None:
    path = seen.folder / "public" / "tile" / "entries" / "000"
    good = path.read_bytes()
    path.write_bytes(good[:500] + bytes([good[500] ^ 1]) + good[501:])
    before = seen.state.read_bytes()
    assert again(seen, full=True).exit_code == ExitCode.TAMPERED
    assert seen.state.read_bytes() == before
    path.unlink()
    report = again(seen)
    assert report.exit_code == ExitCode.INCOMPLETE
    assert "tile/entries/000" in report.sentence


async def test_a_new_entry_that_is_changed_is_found_by_a_look_at_what_is_new(seen: LogOnDisk) -> None:
    for name in ("tile/entries/001", "tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/78"):
        path = seen.folder / "public" / name
        good = path.read_bytes()
        data = bytearray(good)
        data[-40] ^= 2
        path.write_bytes(data)
        report = again(seen)
        assert report.exit_code == ExitCode.TAMPERED
        assert [finding.file for finding in report.findings] == [name]
        path.write_bytes(good)
    assert again(seen).exit_code == ExitCode.GOOD


async def test_an_emitters_numbers_go_on_from_those_that_were_seen(tmp_path: Path) -> None:
    """An old entry entered again: its id is not read again, its number is known."""
    log = LogOnDisk(tmp_path)
    writer = await log.open()
    await writer.append_all([an_event(number) for number in range(300)])
    await asyncio.wait_for(signed(log, 300), 10)
    assert log.verify(state=log.state).exit_code == ExitCode.GOOD
    leaf = writer._parts.tail.slice(280, 281)[1][0]
    writer._parts.tail.add(writer._parts.writer.write_leaves([leaf]))
    await writer.append(an_event(301))
    await writer.close()
    report = again(log)
    assert report.exit_code == ExitCode.TAMPERED
    assert report.start == 300
    assert re.search(r"entry 300 is number \d+ of its emitter, and number \d+ was next", report.sentence)


async def signed(log: LogOnDisk, size: int) -> None:
    while f"\n{size}\n" not in (log.folder / "public" / "checkpoint").read_text():  # noqa: ASYNC110 - a file
        await asyncio.sleep(0.01)


async def test_a_history_written_anew_behind_a_state_is_a_roll_back_and_is_read_in_full(
    seen: LogOnDisk, tmp_path: Path
) -> None:
    other = LogOnDisk(tmp_path / "other")
    shutil.copy(seen.keys / "signing", other.keys / "signing")
    await grow(other, 0, 700)
    key = (seen.folder / "verifier.key").read_text()
    report = verify_folder(other.folder, verifier_key=key, state=seen.state)
    assert (report.exit_code, report.start) == (ExitCode.ROLLED_BACK, 0)
    assert remembered(seen)["size"] == 290


async def test_a_state_of_the_former_form_is_understood_and_replaced(seen: LogOnDisk) -> None:
    note = remembered(seen)["checkpoint"].encode()
    seen.state.write_bytes(note)
    report = again(seen)
    assert (report.exit_code, report.start) == (ExitCode.GOOD, 0)
    assert "They go on from the 290 that were seen before." in report.sentence
    assert remembered(seen)["size"] == 590


async def test_a_running_logs_state_moves_on_too(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    writer = await log.open(now_ms=time.time_ns() // 1_000_000)
    going = True

    async def write() -> None:
        number = 0
        while going:
            number = 1 + (await writer.append(an_event(number))).index

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        await asyncio.wait_for(signed_any(log), 10)
        for _ in range(3):
            said: list[str] = []
            code = await asyncio.to_thread(verify_command, log.folder, None, log.state, said.append)
            assert code == ExitCode.GOOD, said
        going = False
    await writer.close()
    assert remembered(log)["size"] > 0
    assert again(log).exit_code == ExitCode.GOOD


async def signed_any(log: LogOnDisk) -> None:
    while "\n0\n" in (log.folder / "public" / "checkpoint").read_text():  # noqa: ASYNC110 - a file
        await asyncio.sleep(0.01)


async def test_a_changed_state_is_refused_or_harmless(seen: LogOnDisk) -> None:
    """Ten thousand mutants: never a traceback, and never called good over another history."""
    good = seen.state.read_bytes()
    chance = random.Random(5)  # noqa: S311 - which bytes to change
    key = (seen.folder / "verifier.key").read_text()
    from audit.note import Verifier  # noqa: PLC0415 - only here
    from audit.verifying.memory import MemoryInvalid, read_memory  # noqa: PLC0415

    verifier, refused = Verifier.parse(key.strip()), 0
    for _ in range(10_000):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 3)):
            data[chance.randrange(len(data))] = chance.choice(b'09afZ{}[]",:\\ \n\xff')
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        seen.state.write_bytes(data)
        try:
            found = read_memory(seen.state, verifier)
        except MemoryInvalid:
            refused += 1
        else:
            assert found is not None
            assert found.head.size == 290
    assert refused > 5_000


@pytest.mark.parametrize(
    "change",
    [
        {"v": 3},
        {"v": "2"},
        {"size": 289},
        {"size": -1},
        {"root": "00" * 32},
        {"frontier": []},
        {"frontier": ["00" * 32] * 3},
        {"emitters": {"00": 1}},
        {"emitters": {"00" * 16: 0}},
        {"emitters": {"00" * 16: 2**64}},
        {"checkpoint": "x"},
        {"more": 1},
    ],
)
async def test_a_state_that_contradicts_itself_is_refused(seen: LogOnDisk, change: dict[str, object]) -> None:
    seen.state.write_text(json.dumps(remembered(seen) | change))
    report = again(seen)
    assert report.exit_code == ExitCode.USAGE
    assert str(seen.state) in report.sentence


async def test_quiet_says_nothing_of_a_good_log_and_everything_of_another(seen: LogOnDisk) -> None:
    said: list[str] = []
    assert verify_command(seen.folder, None, None, said.append, manner=Manner(quiet=True)) == ExitCode.GOOD
    assert said == []
    (seen.folder / "public" / "tile" / "0" / "000").unlink()
    assert (
        verify_command(seen.folder, None, None, said.append, manner=Manner(quiet=True)) == ExitCode.INCOMPLETE
    )
    assert "tile/0/000" in said[0]


async def test_a_document_names_findings_as_the_sentences_do(seen: LogOnDisk) -> None:
    (seen.folder / "public" / "tile" / "0" / "000").unlink()
    said: list[str] = []
    code = verify_command(seen.folder, None, None, said.append, manner=Manner(as_json=True))
    (line,) = said
    document = json.loads(line)
    assert document["exit_code"] == code == ExitCode.INCOMPLETE
    assert document["findings"] == [
        {"code": 13, "sentence": "a tile is missing", "entry": None, "file": "tile/0/000", "offset": None}
    ]
    said.clear()
    assert (
        verify_command("/nowhere", "x+y+z", None, said.append, manner=Manner(as_json=True)) == ExitCode.USAGE
    )
    assert json.loads(said[0])["result"] == "USAGE"


def test_a_line_of_progress_is_written_over_and_wiped_away(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.1, 1.0, 1.01, 2.0])
    monkeypatch.setattr("audit.progress_line.time.monotonic", lambda: next(moments))
    stream = io.StringIO()
    line = ProgressLine(stream)
    for done in (10, 500, 501, 1_000):
        line(done, 1_000)
    line.wipe()
    assert stream.getvalue().split("\r")[1] == "[##########..........] 500 of 1,000 entries, 500 a second"
    assert stream.getvalue().count("entries") == 2
    assert stream.getvalue().endswith(" \r")


def test_no_progress_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(Asked(), Manner()) as asked:
        asked.progress(1, 2)
    assert capsys.readouterr().err == ""
