"""The host's look at its own log: every section, the key store, what never ended, what was left lying."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from audit.blobs import blob_name, blob_path, seal_blob
from audit.event import Outcome
from audit.fsck import SETTLED_MS, Checked, check_host
from audit.kek import FileKek
from audit.keystore import Keystore
from audit.log import AuditLog
from audit.note import Verifier
from audit.report import ExitCode
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event

LATER_MS = NOW_MS + SETTLED_MS + 1


@pytest.fixture
async def log(tmp_path: Path) -> LogOnDisk:
    made = LogOnDisk(tmp_path)
    writer = await made.open()
    await writer.append_all([an_event(number, subject=f"cus_{number % 3}") for number in range(300)])
    await writer.close()
    return made


def checked(log: LogOnDisk, kek: FileKek | None = None) -> Checked:
    verifier = Verifier.parse((log.folder / "verifier.key").read_text().strip())
    return check_host(log.folder, verifier, kek or FileKek.open(log.keys / "kek"), LATER_MS)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def changed(log: LogOnDisk, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(log.folder / "keys.db", isolation_level=None)) as database:
        assert database.execute(statement, values).rowcount > 0


async def test_a_sound_log_is_good_and_nothing_in_it_is_touched(log: LogOnDisk) -> None:
    before = contents(log.folder)
    found = checked(log)
    assert found.report.exit_code == ExitCode.GOOD, found.report.sentence
    assert (found.opened, found.erased, found.sealed, found.keys) == (600, 0, 0, 4)
    assert "tachiai audit verify" in found.report.sentence
    assert contents(log.folder) == before


async def test_it_looks_beside_a_running_writer_and_sees_what_is_durable(log: LogOnDisk) -> None:
    writer = await log.open()
    await writer.append(an_event(300))
    assert checked(log).report.durable == 301
    await writer.close()


async def test_a_blob_that_no_entry_names_is_counted_and_is_no_fault(log: LogOnDisk) -> None:
    """As a crash leaves one between the file and its entry."""
    writer = await log.open()
    await writer.append(replace(an_event(300), personal={"cus_1": {"text": "x" * 200_000}}))
    await writer.close()
    assert len(list((log.folder / "public" / "blob").rglob("*"))) == 2, "a folder, and the file in it"
    assert checked(log).document()["unnamed_blobs"] == 0
    left = seal_blob(bytes(32), "text", b"never told")
    path = log.folder / "public" / blob_path(blob_name(left))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(left)
    found = checked(log)
    assert found.report.exit_code == ExitCode.GOOD
    assert found.document()["unnamed_blobs"] == 1
    assert "Files below blob/ that no section names which opens: 1." in found.report.sentence


async def erased(log: LogOnDisk, subject: str) -> None:
    with closing(Keystore(log.folder / "keys.db", FileKek.open(log.keys / "kek"))) as keys:
        assert keys.erase(subject) == 1


async def test_an_erased_person_is_counted_and_nothing_is_wrong(log: LogOnDisk) -> None:
    await erased(log, "cus_1")
    found = checked(log)
    assert found.report.exit_code == ExitCode.GOOD
    assert (found.opened, found.erased) == (500, 100)


async def test_a_key_of_an_erased_person_that_came_back_is_named(log: LogOnDisk) -> None:
    former = (log.folder / "keys.db").read_bytes()
    await erased(log, "cus_1")
    with closing(sqlite3.connect(log.folder / "keys.db")) as database:
        ((mark,),) = database.execute("SELECT subject FROM tombstone").fetchall()
    (log.folder / "keys.db").write_bytes(former)
    changed(log, "INSERT INTO tombstone VALUES (?)", mark)
    found = checked(log)
    assert found.report.exit_code == ExitCode.TAMPERED
    assert "although its person was erased" in found.report.sentence


async def test_an_erased_key_with_a_wrap_left_is_named(log: LogOnDisk) -> None:
    changed(log, "UPDATE data_key SET subject = NULL WHERE subject = 'cus_2'")
    found = checked(log)
    assert found.report.exit_code == ExitCode.TAMPERED
    assert "was erased, and somebody can still open it" in found.report.sentence


async def test_a_key_that_opens_for_nobody_is_missing(log: LogOnDisk) -> None:
    changed(log, "UPDATE data_key SET wrapped = NULL WHERE subject = 'cus_2'")
    found = checked(log)
    assert found.report.exit_code == ExitCode.INCOMPLETE
    assert "opens for nobody, and was not erased" in found.report.sentence


async def test_an_exchanged_key_is_found_and_so_are_the_sections_that_do_not_open(log: LogOnDisk) -> None:
    changed(
        log,
        "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE subject = '') WHERE subject = 'cus_0'",
    )
    found = checked(log)
    assert found.report.exit_code == ExitCode.TAMPERED
    assert {one.entry for one in found.report.findings} >= {None, 0, 3, 6}


async def test_an_older_key_store_is_said_to_be_older(log: LogOnDisk) -> None:
    changed(log, "DELETE FROM data_key WHERE subject = 'cus_0'")
    found = checked(log)
    assert found.report.exit_code == ExitCode.INCOMPLETE
    assert "is keys.db older than the log?" in found.report.sentence


async def test_a_changed_bundle_is_named_with_its_entry(log: LogOnDisk) -> None:
    path = log.folder / "public" / "tile" / "entries" / "000"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found = checked(log)
    assert found.report.exit_code == ExitCode.TAMPERED
    assert found.report.findings[0].entry == 255


@pytest.mark.parametrize("damage", [b"", b"no database" * 100])
async def test_a_key_store_that_is_none_is_never_good(log: LogOnDisk, damage: bytes) -> None:
    (log.folder / "keys.db").write_bytes(damage)
    assert checked(log).report.exit_code == ExitCode.TAMPERED
    (log.folder / "keys.db").unlink()
    assert checked(log).report.exit_code == ExitCode.INCOMPLETE
    assert not (log.folder / "keys.db").exists()


async def test_with_another_key_encryption_key_nothing_was_checked(log: LogOnDisk, tmp_path: Path) -> None:
    assert checked(log, FileKek.create(tmp_path / "other")).report.exit_code == ExitCode.USAGE


async def began(log: LogOnDisk) -> tuple[AuditLog, int]:
    writer = await log.open()
    intent = await writer.append(replace(an_event(300), outcome=Outcome.INTENT))
    return writer, intent.index


async def test_what_began_and_never_ended_is_named_until_an_entry_says_how_it_ended(log: LogOnDisk) -> None:
    writer, index = await began(log)
    await writer.close()
    found = checked(log)
    assert found.report.exit_code == ExitCode.INCOMPLETE
    assert f"began with entry {index}, and no entry says how it ended" in found.report.sentence
    writer = await log.open()
    await writer.append(replace(an_event(301), intent=index))
    await writer.close()
    assert checked(log).report.exit_code == ExitCode.GOOD


async def test_what_an_interrupted_write_left_is_named_once_it_is_old(log: LogOnDisk) -> None:
    left = log.folder / "private" / "tmp" / "checkpoint"
    left.write_bytes(b"half")
    os.utime(left, (NOW_MS // 1_000, NOW_MS // 1_000))
    found = checked(log)
    assert found.report.exit_code == ExitCode.INCOMPLETE
    assert found.report.findings[0].file == "private/tmp/checkpoint"
    os.utime(left, (LATER_MS // 1_000, LATER_MS // 1_000))
    assert checked(log).report.exit_code == ExitCode.GOOD


async def test_an_empty_log_is_nothing_to_check(tmp_path: Path) -> None:
    empty = LogOnDisk(tmp_path)
    await empty.fill(0)
    assert checked(empty).report.exit_code == ExitCode.INCOMPLETE
