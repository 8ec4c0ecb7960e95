"""The verifier: a good log is good, and no changed byte, cut tail or swapped history passes for one."""

import asyncio
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.commands import verify_command
from audit.frame import encode_frame
from audit.report import ExitCode
from audit.verify import verify_folder
from audit.wal import segments
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

SHOWING = {ExitCode.TAMPERED, ExitCode.ROLLED_BACK, ExitCode.INCOMPLETE}


@pytest.fixture
async def small(tmp_path: Path) -> LogOnDisk:
    log = LogOnDisk(tmp_path)
    await log.fill(3)
    await log.fill(2, first=3)
    shrink_segments(log.folder)
    return log


def shrink_segments(folder: Path) -> None:
    """Sizes of segments are the writer's choice; short ones make trying every bit quick."""
    for _, path in segments(folder / "private" / "wal"):
        data = path.read_bytes()
        path.write_bytes(data.rstrip(b"\0") + bytes(24))
    (folder / "private" / "wal" / "spare").write_bytes(bytes(24))
    (folder / "private" / "emergency.wal").write_bytes(bytes(24))


async def test_a_good_log_is_good_and_says_how_many_entries_it_has(small: LogOnDisk) -> None:
    report = small.verify()
    assert report.exit_code == ExitCode.GOOD
    assert report.size == report.durable == 5
    assert "5 entries" in report.sentence
    assert report.findings == ()


async def test_a_copy_of_the_public_folder_alone_is_enough(small: LogOnDisk, tmp_path: Path) -> None:
    key = (small.folder / "verifier.key").read_text()
    copy = shutil.copytree(small.folder / "public", tmp_path / "copy")
    assert verify_folder(copy, verifier_key=key).exit_code == ExitCode.GOOD


def files_and_bits(folder: Path) -> Iterator[tuple[Path, bytearray]]:
    for part in ("public", "private/wal", "private/emergency.wal", "lockstate"):
        base = folder / part
        for path in sorted(base.rglob("*")) if base.is_dir() else [base]:
            if path.is_file():
                yield path, bytearray(path.read_bytes())


@pytest.mark.parametrize(("entries", "step"), [(1, 7), (3, 61)])
async def test_every_flipped_bit_shows(tmp_path: Path, entries: int, step: int) -> None:
    """Every seventh bit of a log of one entry, every 61st of a larger one: odd steps meet all eight bits of a byte."""
    log = LogOnDisk(tmp_path)
    await log.fill(entries)
    shrink_segments(log.folder)
    tried = 0
    for path, data in files_and_bits(log.folder):
        for bit in range(0, len(data) * 8, step):
            data[bit // 8] ^= 1 << bit % 8
            path.write_bytes(data)
            report = log.verify()
            assert report.exit_code in SHOWING, f"bit {bit} of {path} went unseen"
            assert report.findings
            data[bit // 8] ^= 1 << bit % 8
            tried += 1
        path.write_bytes(data)
    assert tried > 10_000 / step
    assert log.verify().exit_code == ExitCode.GOOD


async def test_a_changed_entry_is_named_with_its_file_and_offset(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    await log.fill(300)
    path = log.folder / "public" / "tile" / "entries" / "000"
    data = bytearray(path.read_bytes())
    size = 2 + int.from_bytes(data[:2], "big")
    data[7 * size + 100] ^= 1
    path.write_bytes(data)
    report = log.verify()
    assert report.exit_code == ExitCode.TAMPERED
    finding = report.findings[0]
    assert (finding.entry, finding.file, finding.offset) == (7, "tile/entries/000", 7 * size)


async def test_a_changed_tile_is_named_and_the_entry_is_not_blamed(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    await log.fill(300)
    path = log.folder / "public" / "tile" / "0" / "000"
    data = bytearray(path.read_bytes())
    data[9 * 32 + 3] ^= 1
    path.write_bytes(data)
    report = log.verify()
    assert report.exit_code == ExitCode.TAMPERED
    assert [
        (finding.entry, finding.file, finding.offset)
        for finding in report.findings
        if finding.file.startswith("tile")
    ] == [(None, "tile/0/000", 9 * 32)]


async def test_a_changed_upper_tile_is_named(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    await log.fill(300)
    path = log.folder / "public" / "tile" / "1" / "000.p" / "1"
    path.write_bytes(bytes(32))
    report = log.verify()
    assert report.exit_code == ExitCode.TAMPERED
    assert {finding.file for finding in report.findings} == {"tile/1/000.p/1"}


async def test_an_older_copy_is_told_from_the_log_by_the_lockstate(small: LogOnDisk, tmp_path: Path) -> None:
    older = shutil.copytree(small.folder, tmp_path / "older")
    await small.fill(2, first=5)
    shutil.copy(small.folder / "lockstate", older / "lockstate")
    key = (small.folder / "verifier.key").read_text()
    report = verify_folder(older, verifier_key=key)
    assert report.exit_code == ExitCode.ROLLED_BACK
    assert "7 entries were signed, and only 5 are here" in report.sentence


async def test_an_older_copy_is_told_from_the_log_by_the_verifiers_own_state(
    small: LogOnDisk, tmp_path: Path
) -> None:
    older = shutil.copytree(small.folder, tmp_path / "older")
    await small.fill(2, first=5)
    assert small.verify(state=small.state).exit_code == ExitCode.GOOD
    key = (small.folder / "verifier.key").read_text()
    report = verify_folder(older, verifier_key=key, state=small.state)
    assert report.exit_code == ExitCode.ROLLED_BACK
    assert "7 entries were seen before, and only 5 are here" in report.sentence


async def test_another_history_of_the_same_log_is_a_split_view(tmp_path: Path) -> None:
    ours, theirs = LogOnDisk(tmp_path / "ours"), LogOnDisk(tmp_path / "theirs")
    await ours.fill(3)
    shutil.copy(ours.keys / "signing", theirs.keys / "signing")
    await theirs.fill(3)
    key = (ours.folder / "verifier.key").read_text()
    assert ours.verify(state=ours.state).exit_code == ExitCode.GOOD
    assert theirs.verify().exit_code == ExitCode.GOOD
    assert verify_folder(theirs.folder, verifier_key=key, state=ours.state).exit_code == ExitCode.ROLLED_BACK


async def test_a_consistent_rewrite_without_the_signing_key_shows(tmp_path: Path) -> None:
    ours, forged = LogOnDisk(tmp_path / "ours"), LogOnDisk(tmp_path / "forged")
    await ours.fill(3)
    await forged.fill(3)
    key = (ours.folder / "verifier.key").read_text()
    shutil.copy(ours.folder / "public" / "checkpoint", forged.folder / "public" / "checkpoint")
    shutil.copy(ours.folder / "lockstate", forged.folder / "lockstate")
    assert verify_folder(forged.folder, verifier_key=key).exit_code == ExitCode.TAMPERED


async def test_nothing_to_verify_is_never_good(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    await log.fill(0)
    assert log.verify().exit_code == ExitCode.INCOMPLETE
    empty = tmp_path / "empty"
    empty.mkdir()
    key = (log.folder / "verifier.key").read_text()
    assert verify_folder(empty, verifier_key=key).exit_code == ExitCode.INCOMPLETE
    assert verify_folder(tmp_path / "nowhere", verifier_key=key).exit_code == ExitCode.USAGE
    assert verify_folder(log.folder, verifier_key="no key").exit_code == ExitCode.USAGE


@pytest.mark.parametrize("name", ["tile/entries/000.p/5", "tile/0/000.p/5", "checkpoint"])
async def test_a_missing_file_is_not_good(small: LogOnDisk, name: str) -> None:
    (small.folder / "public" / name).unlink()
    report = small.verify()
    assert report.exit_code in SHOWING
    assert name in report.sentence or name in {finding.file for finding in report.findings}


async def test_a_file_that_does_not_belong_shows(small: LogOnDisk) -> None:
    (small.folder / "public" / "tile" / "0" / "notes.txt").write_text("hello")
    report = small.verify()
    assert report.exit_code == ExitCode.TAMPERED
    assert report.findings[0].file == "tile/0/notes.txt"


async def test_entries_that_are_durable_but_unsigned_are_not_called_good(small: LogOnDisk) -> None:
    before = {
        path: path.read_bytes()
        for path in [small.folder / "lockstate", *small.folder.glob("public/**/*")]
        if path.is_file()
    }
    await small.fill(2, first=5)
    for path in [small.folder / "lockstate", *small.folder.glob("public/**/*")]:
        if path.is_file():
            path.unlink() if path not in before else path.write_bytes(before[path])
    report = small.verify()
    assert report.exit_code == ExitCode.INCOMPLETE
    assert (report.size, report.durable) == (5, 7)


async def test_a_frame_with_one_entry_twice_shows(small: LogOnDisk) -> None:
    """As a dishonest operator would who holds the signing key: the frame is valid, the tree is consistent."""
    log = await small.open()
    leaf = log._parts.tail.slice(4, 5)[1][0]
    log._parts.tail.add(log._parts.writer.write_leaves([leaf]))
    await log.append(an_event(9))
    await log.close()
    report = small.verify()
    assert report.exit_code == ExitCode.TAMPERED
    assert any("has the id of entry 4" in finding.sentence for finding in report.findings)


async def test_a_gap_in_what_an_emitter_sent_shows(small: LogOnDisk) -> None:
    log = await small.open()
    await log.append(an_event(5))
    log._parts.writer._emitter_seq += 1
    await log.append(an_event(6))
    await log.close()
    report = small.verify()
    assert report.exit_code == ExitCode.TAMPERED
    assert "number 1 was next" in report.sentence


async def test_a_frame_that_says_something_else_than_was_published_shows(small: LogOnDisk) -> None:
    (_, path), *_ = segments(small.folder / "private" / "wal")
    path.write_bytes(encode_frame(0, bytes(32), [bytes(300)] * 5) + bytes(24))
    assert small.verify().exit_code == ExitCode.TAMPERED


async def test_the_command_says_in_a_sentence_what_it_found(small: LogOnDisk) -> None:
    said: list[str] = []
    assert verify_command(small.folder, None, None, said.append) == ExitCode.GOOD
    assert said[0].startswith("Good: 5 entries")
    assert "Compare it" in said[-1]
    key = (small.folder / "verifier.key").read_text()
    said.clear()
    assert verify_command(small.folder / "public", key, small.state, said.append) == ExitCode.GOOD
    assert len(said) == 1


async def test_the_command_without_any_key_asks_for_one(small: LogOnDisk) -> None:
    said: list[str] = []
    assert verify_command(small.folder / "public", None, None, said.append) == ExitCode.USAGE
    assert "--key" in said[0]


async def test_a_key_that_is_not_there_is_asked_for_by_the_name_of_its_file(
    small: LogOnDisk, tmp_path: Path
) -> None:
    said: list[str] = []
    missing = tmp_path / "told.key"
    assert verify_command(small.folder, str(missing), None, said.append) == ExitCode.USAGE
    assert f"{missing} cannot be read: No such file or directory" in said[0]
    assert "--key" in said[0]
    missing.write_bytes(b"\xff" * 10_000)
    assert verify_command(small.folder, str(missing), None, said.append) == ExitCode.USAGE
    assert f"{missing} holds no verifier key" in said[1]
    assert verify_command(small.folder, "a+b+c", None, said.append) == ExitCode.USAGE
    assert said[2].startswith("Not verified: the key is not")


async def test_a_running_log_is_good_though_it_is_always_a_moment_ahead(small: LogOnDisk) -> None:
    log = await small.open(now_ms=time.time_ns() // 1_000_000)
    going = True

    async def write() -> None:
        number = 5
        while going:
            number = 1 + (await log.append(an_event(number))).index

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        for _ in range(4):
            said: list[str] = []
            code = await asyncio.to_thread(verify_command, small.folder, None, None, said.append)
            assert code == ExitCode.GOOD, said
        going = False
    await log.close()
    assert small.verify().exit_code == ExitCode.GOOD


def test_the_format_tells_of_every_exit_code_in_the_order_of_weight(root: Path) -> None:
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", (root / "audit" / "FORMAT.md").read_text(), re.MULTILINE)
    assert rows == [(str(code.value), code.name) for code in ExitCode]
