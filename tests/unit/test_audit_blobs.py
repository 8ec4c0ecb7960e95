"""Facts too large for an entry: sealed files that only their section opens, and that die with the person's key."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from audit.blobs import MAX_BLOB, BlobDamaged, blob_name, is_blob, open_blob, put_together, seal_blob
from audit.copying import pinned
from audit.event import Event, Fact
from audit.fitting import fitted, leaf_size, without_blobs
from audit.fsck import check_host
from audit.kek import FileKek
from audit.log import AuditLog
from audit.note import Verifier
from audit.payload import EventInvalid, decode_subject
from audit.reader import EntryUnreadable
from audit.report import ExitCode
from audit.writer import Waiting, make_job
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event

SECRET = bytes(range(32))
LARGE = "wording \u00e9\u4e00 " * 9_000
BORDERS = [1_023, 1_024, 4_095, 4_096, 100_000]


def a_large_event(number: int = 0, **facts: Fact) -> Event:
    personal: Mapping[str, Mapping[str, Fact]] = {
        "customer-1": {"wording": LARGE, "language": "en"} | facts,
        "customer-2": {"seen": "short"},
    }
    return replace(an_event(number, subject="customer-1"), personal=personal)


async def a_log_with_one(tmp_path: Path) -> tuple[LogOnDisk, Path]:
    """And the one blob in it."""
    disk = LogOnDisk(tmp_path)
    log = await disk.open()
    await log.append(an_event(0))
    await log.append(a_large_event(1))
    await log.close()
    (blob,) = (disk.folder / "public" / "blob").glob("*/*")
    return disk, blob


@pytest.mark.parametrize("size", BORDERS)
def test_what_was_sealed_opens_with_the_same_secret_and_fact_alone(size: int) -> None:
    data = seal_blob(SECRET, "wording", b"x" * size)
    assert is_blob(data)
    assert open_blob(SECRET, "wording", data) == b"x" * size
    for secret, fact in ((bytes(32), "wording"), (SECRET, "words")):
        with pytest.raises(BlobDamaged):
            open_blob(secret, fact, data)


def test_every_byte_of_a_file_counts() -> None:
    data = seal_blob(SECRET, "wording", b"content")
    for place in range(0, len(data), 7):
        with pytest.raises(BlobDamaged):
            open_blob(SECRET, "wording", data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    for other in (b"", data[:-1], data + b"\0", data[:49]):
        with pytest.raises(BlobDamaged):
            open_blob(SECRET, "wording", other)


def test_the_largest_text_goes_first_and_only_until_the_entry_fits() -> None:
    payload = fitted(a_large_event(0, second="s" * 20_000, third="t" * 2_000))
    assert {subject: set(kept) for subject, kept in payload.kept.items()} == {"customer-1": {"wording"}}
    assert leaf_size(payload) < 65_536
    assert not fitted(an_event(0, subject="customer-1")).kept
    both = fitted(a_large_event(0, second="s" * 66_000))
    assert set(both.kept["customer-1"]) == {"wording", "second"}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"blob.x": "y"}, "begin with"),
        ({"wording": "x" * (MAX_BLOB + 1)}, "more than"),
        ({"a.size": "x" * 66_000}, "at most 65,535"),
        ({"n" * 55: "x" * 66_000}, "at most 65,535"),
    ],
)
def test_what_has_no_place_in_a_blob_is_refused(facts: dict[str, Fact], why: str) -> None:
    with pytest.raises(EventInvalid, match=why):
        fitted(a_large_event(0, **facts))


def test_the_emergency_segment_gets_the_entry_without_what_is_large() -> None:
    payload = without_blobs(fitted(a_large_event()))
    assert decode_subject(payload.personal[0][1]) == ("customer-1", {"language": "en", "shortened": True})
    assert decode_subject(payload.personal[1][1]) == ("customer-2", {"seen": "short"})


def test_a_size_that_the_entry_does_not_tell_is_damage() -> None:
    data = seal_blob(SECRET, "wording", b"content")
    facts: dict[str, Fact] = {"blob.wording": blob_name(data), "blob.wording.size": 7, "a": 1}
    assert put_together(facts, SECRET, lambda _: data) == {"wording": "content", "a": 1}
    with pytest.raises(BlobDamaged, match="another size"):
        put_together(facts | {"blob.wording.size": 8}, SECRET, lambda _: data)


async def test_a_large_fact_is_read_as_it_was_recorded_and_lies_in_no_file_in_clear(tmp_path: Path) -> None:
    disk, blob = await a_log_with_one(tmp_path)
    log = await disk.open()
    (entry,) = await log.read(1, 2)
    assert entry.event == a_large_event(1)
    await log.close()
    assert b"wording" not in blob.read_bytes()
    assert blob.name == blob_name(blob.read_bytes())
    assert disk.verify().exit_code == ExitCode.GOOD


async def test_a_blob_is_durable_before_the_entry_that_names_it(tmp_path: Path) -> None:
    """Whoever is told that the entry is there finds the file, and so does every listener."""
    disk = LogOnDisk(tmp_path)
    log = await disk.open()
    there: list[int] = []
    log.subscribe(lambda _: there.append(len(list((disk.folder / "public" / "blob").glob("*/*")))))
    await log.append_all([a_large_event(1), a_large_event(2)])
    assert there == [2, 2]
    await log.close()


async def test_a_blob_opens_no_more_once_its_person_is_erased(tmp_path: Path) -> None:
    disk, blob = await a_log_with_one(tmp_path)
    log = await disk.open()
    log.keystore.erase("customer-1")
    (entry,) = await log.read(1, 2)
    assert entry.event is not None
    assert entry.event.personal == {"customer-2": {"seen": "short"}}
    assert entry.erased == ("subject/0",)
    await log.append(a_large_event(2))
    await log.close()
    assert list((disk.folder / "public" / "blob").glob("*/*")) == [blob], "no section, no file"
    assert disk.verify().exit_code == ExitCode.GOOD


async def test_a_changed_blob_and_foreign_files_are_found(tmp_path: Path) -> None:
    disk, blob = await a_log_with_one(tmp_path)
    data = blob.read_bytes()
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    report = disk.verify()
    assert report.exit_code == ExitCode.TAMPERED
    assert blob.name in report.sentence
    blob.write_bytes(data)
    folder = disk.folder / "public" / "blob"
    for name in ("x", f"{blob.name[:2]}/x", f"{blob.name[:2]}/{blob.name}.p", f"zz/{blob.name}"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(blob, folder / name)
        assert disk.verify().exit_code == ExitCode.TAMPERED, name
        (folder / name).unlink()
    assert disk.verify().exit_code == ExitCode.GOOD


async def test_a_missing_blob_makes_its_entry_unreadable(tmp_path: Path) -> None:
    disk, blob = await a_log_with_one(tmp_path)
    await disk.fill(1, first=2)
    key = Verifier.parse((disk.folder / "verifier.key").read_text().strip())
    kek = FileKek.open(disk.keys / "kek")
    assert check_host(disk.folder, key, kek, NOW_MS).report.exit_code == ExitCode.GOOD
    blob.unlink()
    found = check_host(disk.folder, key, kek, NOW_MS).report
    assert (found.exit_code, found.findings[0].entry) == (ExitCode.TAMPERED, 1)
    log: AuditLog = await disk.open()
    with pytest.raises(EntryUnreadable, match=r"entry 1 .*is missing"):
        await log.read(0, 2)
    await log.close()


async def test_a_copy_of_the_log_has_its_blobs(tmp_path: Path) -> None:
    disk, blob = await a_log_with_one(tmp_path)
    key = Verifier.parse((disk.folder / "verifier.key").read_text().strip())
    with pinned(disk.folder, disk.folder / "lockstate", key) as copy:
        copy.cut()
        files = dict(copy.files())
    assert files[blob.relative_to(disk.folder).as_posix()] == blob.read_bytes()


def test_what_waits_is_bounded_in_bytes_too_but_for_acts_that_take_access_away() -> None:
    waiting, loop = Waiting(4_096), asyncio.new_event_loop()
    event = replace(an_event(), personal={"customer-1": {"wording": "x" * MAX_BLOB}})
    taken_in = [waiting.put(make_job((event,), loop.create_future())) for _ in range(5)]
    assert taken_in == [True, True, True, False, False]
    assert waiting.put(make_job((event,), None))
    assert [len(waiting.take() or ()) for _ in range(4)] == [1, 1, 1, 1], "each in a frame of its own"
    assert waiting.put(make_job((event,), loop.create_future()))
    loop.close()


def test_large_facts_of_events_that_go_together_have_a_bound_of_their_own() -> None:
    event = replace(an_event(), personal={"customer-1": {"wording": "x" * (MAX_BLOB // 2 + 1)}})
    with pytest.raises(EventInvalid, match="recorded together"):
        make_job((event, event), None)
