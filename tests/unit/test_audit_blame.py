"""What the verifier blames: the file that was changed, at the entry or hash that was changed, and no other file."""

import random
import shutil
from pathlib import Path

import pytest

from audit.report import ExitCode, Report
from audit.tile import decode_bundle
from audit.verify import verify_folder
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

FLIPS_A_FILE = 6


async def a_log(root: Path, at_once: int, one_by_one: int) -> LogOnDisk:
    """`at_once` entries published together, then others that each leave partial files of their own."""
    log = LogOnDisk(root)
    if at_once:
        writer = await log.open()
        await writer.append_all([an_event(number) for number in range(at_once)])
        await writer.close()
    for number in range(at_once, at_once + one_by_one):
        await log.fill(1, first=number)
    return log


def public_files(log: LogOnDisk) -> list[Path]:
    return sorted(path for path in (log.folder / "public" / "tile").rglob("*") if path.is_file())


def verified(log: LogOnDisk, *, alone: bool) -> Report:
    key = (log.folder / "verifier.key").read_text()
    return verify_folder(log.folder / "public" if alone else log.folder, verifier_key=key)


def place_of(data: bytes, name: str, byte: int) -> int:
    """Where the hash or the entry begins that this byte is part of."""
    if "entries" not in name:
        return byte // 32 * 32
    return max(offset for offset, _ in decode_bundle(data) if offset <= byte)


@pytest.mark.parametrize("alone", [False, True], ids=["whole folder", "public part alone"])
@pytest.mark.parametrize(("at_once", "one_by_one"), [(0, 4), (600, 2)])
async def test_one_flipped_bit_is_blamed_on_its_file_and_place_and_on_nothing_else(
    tmp_path: Path, at_once: int, one_by_one: int, alone: bool
) -> None:
    log = await a_log(tmp_path, at_once, one_by_one)
    chance = random.Random(7)  # noqa: S311 - which bits to flip
    for path in public_files(log):
        name = path.relative_to(log.folder / "public").as_posix()
        good = path.read_bytes()
        for _ in range(FLIPS_A_FILE):
            byte, data = chance.randrange(len(good)), bytearray(good)
            data[byte] ^= 1 << chance.randrange(8)
            path.write_bytes(data)
            report = verified(log, alone=alone)
            blamed = [(finding.file, finding.offset) for finding in report.findings]
            assert report.exit_code == ExitCode.TAMPERED
            assert blamed == [(name, place_of(good, name, byte))], f"byte {byte} of {name}"
        path.write_bytes(good)
    assert verified(log, alone=alone).exit_code == ExitCode.GOOD


async def test_a_flipped_bit_in_the_write_ahead_log_is_blamed_on_its_segment_alone(tmp_path: Path) -> None:
    log = await a_log(tmp_path, 30, 2)
    (path,) = (log.folder / "private" / "wal").glob("*.wal")
    good = path.read_bytes()
    for byte in (0, 60, 5_000, len(good.rstrip(b"\0")) - 5):
        data = bytearray(good)
        data[byte] ^= 4
        path.write_bytes(data)
        report = log.verify()
        assert report.exit_code == ExitCode.TAMPERED
        assert {finding.file for finding in report.findings} == {f"private/wal/{path.name}"}


async def test_an_entry_changed_with_its_hash_is_found_by_the_other_copies(tmp_path: Path) -> None:
    """Widest bundle and widest tile agree with each other; the root, narrower files and the write-ahead log do not."""
    for alone in (False, True):
        log = await a_log(tmp_path / str(alone), 0, 4)
        entries, hashes = (log.folder / "public" / "tile" / part / "000.p" / "4" for part in ("entries", "0"))
        forged = await a_log(tmp_path / f"{alone} forged", 0, 4)
        for path in (entries, hashes):
            shutil.copy(forged.folder / path.relative_to(log.folder), path)
        report = verified(log, alone=alone)
        assert report.exit_code == ExitCode.TAMPERED
        blamed = {finding.file for finding in report.findings}
        assert blamed >= {"tile/entries/000.p/4", "tile/0/000.p/4"}
        if not alone:
            assert blamed == {"tile/entries/000.p/4", "tile/0/000.p/4"}


async def test_a_full_bundle_changed_with_its_tile_is_found_by_the_hash_above(tmp_path: Path) -> None:
    log, forged = await a_log(tmp_path / "ours", 600, 0), await a_log(tmp_path / "forged", 600, 0)
    for part in ("entries", "0"):
        name = Path("public") / "tile" / part / "000"
        shutil.copy(forged.folder / name, log.folder / name)
    report = verified(log, alone=True)
    assert report.exit_code == ExitCode.TAMPERED
    assert [finding.file for finding in report.findings] == ["tile/entries/000"]
    assert "entries 0 to 255" in report.sentence
    report = verified(log, alone=False)
    assert {finding.file for finding in report.findings} == {"tile/entries/000", "tile/0/000"}
    assert report.findings[0].entry == 0


async def test_entries_that_changed_places_are_both_named(tmp_path: Path) -> None:
    log = await a_log(tmp_path, 300, 0)
    path = log.folder / "public" / "tile" / "entries" / "000"
    records = [(offset, leaf) for offset, leaf in decode_bundle(path.read_bytes())]
    leaves = [leaf for _, leaf in records]
    leaves[3], leaves[9] = leaves[9], leaves[3]
    path.write_bytes(b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves))
    report = verified(log, alone=True)
    assert report.exit_code == ExitCode.TAMPERED
    assert [finding.entry for finding in report.findings] == [3, 9]
    assert "entry 9 stands in its place" in report.sentence
