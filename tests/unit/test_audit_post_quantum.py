"""A log with a second, post-quantum key: who knows both asks for both, and nobody else needs to know."""

from pathlib import Path

import pytest

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.copying import pinned
from audit.log import LogRefused
from audit.note import Signer, Verifier
from audit.opening import verifier_key_of
from audit.post_quantum import new_beside, place_beside
from audit.report import ExitCode
from audit.verify import verify_folder
from tests.unit.audit_log_on_disk import ORIGIN, LogOnDisk


def checkpoint(log: LogOnDisk) -> bytes:
    return (log.folder / "public" / "checkpoint").read_bytes()


async def test_a_log_that_got_its_second_key_later_is_signed_with_it_from_its_next_start(
    tmp_path: Path,
) -> None:
    log = LogOnDisk(tmp_path)
    await log.fill(3)
    former = (log.folder / "verifier.key").read_text().strip()
    new_beside(log.keys / "signing", ORIGIN)
    await log.fill(0)
    both = (log.folder / "verifier.key").read_text().strip()
    assert both.startswith(f"{former}\n")
    assert both == verifier_key_of(log.keys / "signing")
    assert open_checkpoint(checkpoint(log), Verifier.parse(both)).size == 3
    await log.fill(2, first=3)
    for key in (former, both):
        report = verify_folder(log.folder, verifier_key=key)
        assert (report.exit_code, report.size) == (ExitCode.GOOD, 5)


async def test_who_knows_both_keys_refuses_a_checkpoint_with_one_signature(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    new_beside(log.keys.resolve() / "signing", ORIGIN)
    await log.fill(3)
    assert log.verify().exit_code == ExitCode.GOOD
    *kept, _second = checkpoint(log).splitlines(keepends=True)
    (log.folder / "public" / "checkpoint").write_bytes(b"".join(kept))
    assert log.verify().exit_code == ExitCode.TAMPERED
    first = (log.folder / "verifier.key").read_text().splitlines()[0]
    assert verify_folder(log.folder, verifier_key=first).exit_code == ExitCode.GOOD


async def test_a_copy_of_the_log_tells_both_keys_and_keeps_both_lines(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    new_beside(log.keys / "signing", ORIGIN)
    await log.fill(3)
    verifier = Verifier.parse(verifier_key_of(log.keys / "signing"))
    (log.folder / "public" / "witnessed").write_bytes(checkpoint(log))
    with pinned(log.folder, log.folder / "lockstate", verifier) as copy:
        copy.cut()
        files = dict(copy.files())
    assert files["verifier.key"].decode().count("\n") == 2
    assert open_checkpoint(files["public/checkpoint"], verifier).size == 3
    assert files["public/witnessed"] == checkpoint(log)
    assert log.verify().exit_code == ExitCode.GOOD  # what is witnessed belongs in the folder


async def test_a_second_key_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    await log.fill(1)
    place = place_beside(log.keys / "signing")
    for content, mode in (
        ("nonsense\n", 0o600),
        (f"{Signer.from_seed(ORIGIN, bytes(32)).encode()}\n", 0o600),
    ):
        place.write_text(content)
        place.chmod(mode)
        with pytest.raises(LogRefused, match="post-quantum"):
            await log.open()
    place.unlink()
    new_beside(log.keys / "signing", "another.example/log")
    with pytest.raises(LogRefused, match=r"another\.example"):
        await log.open()
    place.chmod(0o644)
    with pytest.raises(LogRefused, match="may be read by others"):
        await log.open()
    place.unlink()
    await log.fill(1, first=1)
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(b"", Verifier.parse(verifier_key_of(log.keys / "signing")))
