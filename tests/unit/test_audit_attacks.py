"""The log in a dishonest operator's hands, and after accidents: always found or said plainly, never a traceback."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.commands import verify_command
from audit.disk import Disk
from audit.frame import encode_frame, scan_segment
from audit.lockstate import Lockstate
from audit.log import LogRefused
from audit.note import Signer
from audit.public import PublicFolder
from audit.report import ExitCode
from audit.tile import decode_bundle
from audit.tiling import RightEdge
from audit.tree import leaf_hash, root_of
from audit.verify import verify_folder
from audit.wal import segments
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN, LogOnDisk, an_event

ENTRIES = 300


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two published heads: 290 entries, whose checkpoint is remembered in `state`, and ten more."""
    made = LogOnDisk(tmp_path_factory.mktemp("untouched"))
    with asyncio.Runner() as runner:
        runner.run(publish(made, 0, ENTRIES - 10))
        assert made.verify(state=made.state).exit_code == ExitCode.GOOD
        runner.run(publish(made, ENTRIES - 10, ENTRIES))
    return made.folder.parent


@pytest.fixture
def log(untouched: Path, tmp_path: Path) -> LogOnDisk:
    return LogOnDisk(shutil.copytree(untouched, tmp_path / "own"))


async def publish(log: LogOnDisk, start: int, stop: int) -> None:
    writer = await log.open()
    await writer.append_all([an_event(number) for number in range(start, stop)])
    await writer.close()


def judged(folder: Path, log: LogOnDisk, state: Path | None = None) -> tuple[int, str]:
    """By the command, as a person would; what it says is text and never a traceback."""
    said: list[str] = []
    key = (log.folder / "verifier.key").read_text().strip()
    code = verify_command(folder, key, state, said.append)
    assert said[0].strip()
    return code, "".join(said)


def leaves_of(log: LogOnDisk) -> list[bytes]:
    bundles = log.folder / "public" / "tile" / "entries"
    data = (bundles / "000").read_bytes() + (bundles / "001.p" / str(ENTRIES - 256)).read_bytes()
    return [leaf for _, leaf in decode_bundle(data)]


def rewrite(log: LogOnDisk, leaves: list[bytes], *, signed: bool) -> None:
    """The whole folder made anew around other leaves: tiles, write-ahead log and, with the signing key, all
    signatures. What only the operator can do who runs the server."""
    public = log.folder / "public"
    note = (public / "checkpoint").read_bytes()
    shutil.rmtree(public / "tile")
    digests = [leaf_hash(leaf) for leaf in leaves]
    files = RightEdge().advance(leaves, digests)
    PublicFolder(public, log.folder / "private" / "tmp", Disk()).write(files)
    root = root_of(digests)
    ((_, segment),) = segments(log.folder / "private" / "wal")
    segment.write_bytes(encode_frame(0, root, leaves) + bytes(4_096))
    if signed:
        signer = Signer.parse((log.keys / "signing").read_text().strip())
        note = Checkpoint(ORIGIN, len(leaves), root).sign(signer)
        (log.folder / "lockstate").write_bytes(Lockstate(ORIGIN, 3, len(leaves), root).sign(signer))
    (public / "checkpoint").write_bytes(note)


def dropped(leaves: list[bytes]) -> list[bytes]:
    return [*leaves[:7], *leaves[8:]]


def swapped(leaves: list[bytes]) -> list[bytes]:
    return [*leaves[:7], leaves[8], leaves[7], *leaves[9:]]


def doubled(leaves: list[bytes]) -> list[bytes]:
    return [*leaves[:8], leaves[7], *leaves[8:]]


def altered(leaves: list[bytes]) -> list[bytes]:
    return [*leaves[:7], leaves[7][:-1] + bytes([leaves[7][-1] ^ 1]), *leaves[8:]]


REWRITES = [dropped, swapped, doubled, altered]


@pytest.mark.parametrize("change", REWRITES)
async def test_a_rewritten_history_without_a_signature_is_tampering(
    log: LogOnDisk, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    rewrite(log, change(leaves_of(log)), signed=False)
    assert judged(log.folder, log)[0] == ExitCode.TAMPERED
    assert judged(log.folder / "public", log)[0] in {ExitCode.TAMPERED, ExitCode.INCOMPLETE}


@pytest.mark.parametrize("change", [dropped, swapped, doubled])
async def test_a_rewritten_history_signed_anew_shows_in_ids_and_numbers(
    log: LogOnDisk, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    """The laws over entries hold even against whoever has the signing key, as far as the leaves are kept whole."""
    rewrite(log, change(leaves_of(log)), signed=True)
    assert judged(log.folder, log)[0] == ExitCode.TAMPERED
    assert judged(log.folder / "public", log)[0] == ExitCode.TAMPERED


async def test_an_old_entry_changed_and_all_signed_anew_is_found_by_the_seals(log: LogOnDisk) -> None:
    rewrite(log, altered(leaves_of(log)), signed=True)
    code, said = judged(log.folder, log)
    assert code == ExitCode.TAMPERED
    assert "entries are not those that epoch 0 sealed" in said


async def test_a_history_written_anew_from_its_first_seal_on_is_found_only_with_an_earlier_state(
    log: LogOnDisk,
) -> None:
    rewrite(log, altered(leaves_of(log)), signed=True)
    (log.folder / "public" / "seals").unlink()
    (log.folder / "private" / "seals.key").unlink()
    await (await log.open()).close()
    code, said = judged(log.folder, log)
    assert code == ExitCode.GOOD
    assert "Without an earlier state (--state)" in said
    code, said = judged(log.folder, log, log.state)
    assert code == ExitCode.ROLLED_BACK
    assert "the first 290 entries are not those that were seen before" in said


async def test_an_older_copy_of_the_whole_folder_is_found_only_with_what_was_kept_elsewhere(
    log: LogOnDisk, tmp_path: Path
) -> None:
    older = shutil.copytree(log.folder, tmp_path / "older")
    await publish(log, ENTRIES, ENTRIES + 5)
    code, said = judged(older, log)
    assert code == ExitCode.GOOD
    assert "older copy" in said
    shutil.copy(log.folder / "lockstate", older / "lockstate")
    assert judged(older, log)[0] == ExitCode.ROLLED_BACK
    assert judged(log.folder, log, log.state)[0] == ExitCode.GOOD
    assert judged(older / "public", log, log.state)[0] == ExitCode.ROLLED_BACK
    shutil.rmtree(log.folder)
    shutil.copytree(older, log.folder)
    with pytest.raises(LogRefused, match="305 entries were signed"):
        await log.open()


async def test_a_state_is_moved_on_only_by_a_good_verification(log: LogOnDisk) -> None:
    before = log.state.read_bytes()
    (log.folder / "public" / "tile" / "0" / "000").unlink()
    assert judged(log.folder, log, log.state)[0] == ExitCode.INCOMPLETE
    assert log.state.read_bytes() == before


def missing(name: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def cut(name: str, keep: Callable[[bytes], int]) -> Callable[[Path], None]:
    def truncate(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: keep(data)])

    return truncate


def linked(name: str, target: str) -> Callable[[Path], None]:
    def link(folder: Path) -> None:
        missing(name)(folder)
        (folder / name).symlink_to(target)

    return link


def moved_out(name: str) -> Callable[[Path], None]:
    def move(folder: Path) -> None:
        (folder / name).rename(folder.parent / "elsewhere")
        (folder / name).symlink_to(folder.parent / "elsewhere")

    return move


def a_folder(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        missing(name)(folder)
        (folder / name).mkdir()

    return make


def a_pipe(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        missing(name)(folder)
        os.mkfifo(folder / name)

    return make


def huge(name: str) -> Callable[[Path], None]:
    def grow(folder: Path) -> None:
        os.truncate(folder / name, 2**40)

    return grow


def extra(name: str, content: bytes = b"x") -> Callable[[Path], None]:
    def add(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return add


WAL = "private/wal/000000000000.wal"
T, R, I = ExitCode.TAMPERED, ExitCode.ROLLED_BACK, ExitCode.INCOMPLETE  # noqa: E741 - a table reads best in short


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        pytest.param(missing("public/tile/entries/000"), I, id="a bundle deleted"),
        pytest.param(missing("public/tile/0/000"), I, id="a tile deleted"),
        pytest.param(missing("public/tile/0"), I, id="all lowest tiles deleted"),
        pytest.param(missing("public/tile/1"), I, id="all upper tiles deleted"),
        pytest.param(missing("public/tile/entries"), I, id="all bundles deleted"),
        pytest.param(missing("public/tile"), I, id="everything but the checkpoint deleted"),
        pytest.param(missing("public/checkpoint"), I, id="checkpoint deleted"),
        pytest.param(missing("lockstate"), I, id="lockstate deleted"),
        pytest.param(missing("public/seals"), I, id="seals deleted"),
        pytest.param(cut("public/seals", lambda _: 0), I, id="seals emptied"),
        pytest.param(cut("public/seals", lambda data: len(data) - 9), I, id="the last seal cut"),
        pytest.param(linked("public/seals", "/dev/zero"), T, id="the seals are a link to a device"),
        pytest.param(a_folder("public/seals"), T, id="the seals are a folder"),
        pytest.param(a_pipe("public/seals"), T, id="the seals are a pipe"),
        pytest.param(huge("public/seals"), T, id="seals of a tebibyte"),
        pytest.param(missing("private/wal"), I, id="write-ahead log deleted"),
        pytest.param(cut("public/tile/entries/000", lambda data: len(data) // 2), T, id="a bundle cut"),
        pytest.param(cut("public/tile/0/000", lambda data: len(data) - 32), T, id="a tile cut by a hash"),
        pytest.param(cut("public/tile/0/000", lambda _: 0), T, id="a tile emptied"),
        pytest.param(cut("public/checkpoint", lambda _: 40), T, id="checkpoint cut"),
        pytest.param(cut("public/checkpoint", lambda _: 0), T, id="checkpoint emptied"),
        pytest.param(cut("lockstate", lambda _: 10), T, id="lockstate cut"),
        pytest.param(cut(WAL, lambda _: 0), T, id="write-ahead log emptied"),
        pytest.param(
            cut(WAL, lambda data: len(data.rstrip(b"\0")) - 9), T, id="write-ahead log cut in a frame"
        ),
        pytest.param(cut(WAL, lambda data: scan_segment(data).offsets[-1]), T, id="last frame cut off"),
        pytest.param(linked("public/tile/0/000", "/dev/zero"), T, id="a tile is a link to a device"),
        pytest.param(linked("public/checkpoint", "/dev/zero"), T, id="the checkpoint is a link to a device"),
        pytest.param(linked("public/tile/0/000", "nowhere"), T, id="a tile is a broken link"),
        pytest.param(linked("public/tile/0/000", "000"), T, id="a tile is a link to itself"),
        pytest.param(moved_out("public/tile/0"), T, id="a folder of tiles is a link"),
        pytest.param(moved_out(WAL), T, id="a segment is a link"),
        pytest.param(linked("lockstate", "/dev/zero"), T, id="the lockstate is a link to a device"),
        pytest.param(a_folder("public/tile/0/000"), I, id="a tile is a folder"),
        pytest.param(a_folder("public/checkpoint"), T, id="the checkpoint is a folder"),
        pytest.param(a_folder("lockstate"), T, id="the lockstate is a folder"),
        pytest.param(a_folder(WAL), T, id="a segment is a folder"),
        pytest.param(a_pipe("public/tile/entries/000"), T, id="a bundle is a pipe"),
        pytest.param(a_pipe("public/checkpoint"), T, id="the checkpoint is a pipe"),
        pytest.param(a_pipe(WAL), T, id="a segment is a pipe"),
        pytest.param(huge("public/tile/0/000"), T, id="a tile of a tebibyte"),
        pytest.param(huge("public/tile/entries/000"), T, id="a bundle of a tebibyte"),
        pytest.param(huge("public/checkpoint"), T, id="a checkpoint of a tebibyte"),
        pytest.param(huge("lockstate"), T, id="a lockstate of a tebibyte"),
        pytest.param(huge(WAL), T, id="a segment of a tebibyte"),
        pytest.param(huge("private/emergency.wal"), T, id="an emergency segment of a tebibyte"),
        pytest.param(extra("public/tile/entries/002"), I, id="a bundle beyond the end"),
        pytest.param(extra("public/tile/9/000"), I, id="a level beyond the top"),
        pytest.param(extra("public/tile/0/0000"), T, id="a tile under a wrong name"),
        pytest.param(extra("public/tile/0/000.p/255", b"x" * 32 * 255), T, id="a narrower tile that differs"),
        pytest.param(extra("public/" + "d/" * 200 + "notes"), T, id="a file deep down"),
        pytest.param(extra("public/\udcff"), T, id="a file whose name is no text"),
        pytest.param(extra("private/wal/000000000300.wal"), I, id="a segment of garbage"),
    ],
)
async def test_whatever_is_done_to_the_files_is_found(
    log: LogOnDisk, attack: Callable[[Path], None], code: int
) -> None:
    attack(log.folder)
    assert judged(log.folder, log)[0] == code


async def test_entries_missing_with_their_hashes_are_missing_and_nobody_elses_fault(log: LogOnDisk) -> None:
    for name in ("tile/entries/000", "tile/0/000"):
        (log.folder / "public" / name).unlink()
    report = verify_folder(log.folder / "public", verifier_key=(log.folder / "verifier.key").read_text())
    assert report.exit_code == ExitCode.INCOMPLETE
    assert {finding.file for finding in report.findings} == {"tile/entries/000", "tile/0/000"}


@pytest.mark.parametrize("size", [2**16, 2**40, 10**19 - 1])
async def test_a_signed_size_that_nothing_holds_ends_soon(log: LogOnDisk, size: int) -> None:
    """Whoever signs may sign any number; the verifier must not count to it."""
    signer = Signer.parse((log.keys / "signing").read_text().strip())
    (log.folder / "public" / "checkpoint").write_bytes(Checkpoint(ORIGIN, size, bytes(32)).sign(signer))
    for folder in (log.folder, log.folder / "public"):
        assert judged(folder, log)[0] in {T, R, I}
        assert judged(folder, log, log.state)[0] in {T, R, I}


async def test_checkpoints_keys_and_states_of_another_log_are_refused(log: LogOnDisk, tmp_path: Path) -> None:
    other = Signer.from_seed("other.example/log", bytes(32))
    same_name = Signer.from_seed(ORIGIN, bytes(32))
    note = (log.folder / "public" / "checkpoint").read_bytes()
    assert verify_folder(log.folder, verifier_key=str(other.verifier)).exit_code == T
    assert verify_folder(log.folder, verifier_key=str(same_name.verifier)).exit_code == T
    for signer in (other, same_name):
        state = tmp_path / "foreign"
        foreign = Checkpoint(signer.name, 5, bytes(32)).sign(signer)
        state.write_bytes(foreign)
        assert judged(log.folder, log, state)[0] == ExitCode.USAGE
        assert state.read_bytes() == foreign
        (log.folder / "public" / "checkpoint").write_bytes(foreign)
        assert judged(log.folder, log)[0] == T
        (log.folder / "public" / "checkpoint").write_bytes(note)
    assert judged(log.folder, log, tmp_path)[0] == ExitCode.USAGE, "a folder is no state"
    assert judged(log.folder, log, tmp_path / "no" / "such" / "folder")[0] == ExitCode.USAGE


async def test_another_logs_segments_do_not_pass_for_this_ones(log: LogOnDisk, tmp_path: Path) -> None:
    """Put in the place of ours, and put behind ours."""
    foreign = LogOnDisk(tmp_path / "foreign")
    await publish(foreign, 0, ENTRIES)
    theirs = (foreign.folder / WAL).read_bytes()
    (log.folder / "private" / "wal" / f"{ENTRIES:012d}.wal").write_bytes(theirs)
    assert judged(log.folder, log)[0] == T
    (log.folder / "private" / "wal" / f"{ENTRIES:012d}.wal").unlink()
    (log.folder / WAL).write_bytes(theirs)
    assert judged(log.folder, log)[0] == T
    with pytest.raises(LogRefused):
        await log.open(now_ms=NOW_MS)


async def test_a_frame_behind_the_end_that_nobody_signed_is_never_good(log: LogOnDisk) -> None:
    content = (log.folder / WAL).read_bytes()
    data = content[: scan_segment(content).end]
    leaves = leaves_of(log)
    root = root_of([leaf_hash(leaf) for leaf in [*leaves, leaves[0]]])
    frame = encode_frame(ENTRIES, root, [leaves[0]])
    (log.folder / WAL).write_bytes(data + frame + bytes(4_096))
    code, said = judged(log.folder, log)
    assert code == T
    assert "has the id of entry 0" in said


async def test_an_empty_folder_is_nothing_to_verify(log: LogOnDisk, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (empty / "public").mkdir(parents=True)
    (empty / "private").mkdir()
    for folder in (empty, empty / "public"):
        assert judged(folder, log)[0] == I
    file = tmp_path / "file"
    file.write_bytes(b"")
    for folder in (file, tmp_path / "nowhere"):
        assert judged(folder, log)[0] == ExitCode.USAGE
