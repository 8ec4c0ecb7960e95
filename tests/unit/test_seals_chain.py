"""The chain on disk: keys are wrapped and destroyed, what is public is never mended, a lost key begins a chain."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.kek import FileKek, KeyUnavailable
from audit.note import Signer
from audit.seals.chain import SealChain, SealsDamaged, SealsFull
from audit.seals.key_file import KeyFile, wrapping_context
from audit.seals.record import (
    MAX_SEALS,
    SECTOR,
    Reason,
    Record,
    parse_record,
    split_records,
    whole_records,
)
from audit.seals.sealing import EpochLength, Sealing
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN

ROOT = bytes(range(32))


class Place:
    """A log's two folders and its keys."""

    def __init__(self, root: Path) -> None:
        self.public, self.private = root / "public", root / "private"
        for folder in (self.public, self.private / "tmp", root / "keys"):
            folder.mkdir(parents=True)
        self.kek = FileKek.create(root / "keys" / "kek")
        self.log = Signer.from_seed(ORIGIN, bytes(32))
        self.key = self.private / "seals.key"

    def chain(self, kek: FileKek | None = None) -> SealChain:
        return SealChain(self.public, self.private, origin=ORIGIN, kek=kek or self.kek, disk=Disk())

    def begun(self) -> SealChain:
        chain = self.chain()
        assert chain.resume() is Reason.NEW
        chain.begin(self.log, Reason.NEW, size=0, root=ROOT, at_ms=NOW_MS)
        return chain

    def records(self) -> list[Record]:
        return [parse_record(placed.data) for placed in split_records(self.content)]

    @property
    def content(self) -> bytes:
        return (self.public / "seals").read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_each_epoch_is_sealed_by_the_key_announced_before(place: Place) -> None:
    chain = place.begun()
    for number in range(1, 4):
        chain.advance(number, ROOT, NOW_MS + number)
    assert [(r.epoch, r.size, r.at_ms - NOW_MS) for r in place.records()] == [
        (0, 0, 0),
        (0, 1, 1),
        (1, 2, 2),
        (2, 3, 3),
    ]


def test_the_key_of_an_epoch_that_ended_is_overwritten_and_gone(place: Place, tmp_path: Path) -> None:
    """A second name for the file shows what became of its bytes."""
    chain = place.begun()
    os.link(place.key, tmp_path / "second-name")
    before = place.key.read_bytes()
    chain.advance(1, ROOT, NOW_MS)
    assert (tmp_path / "second-name").read_bytes() == bytes(len(before))
    assert place.key.read_bytes() != before
    assert KeyFile.parse(place.key.read_bytes()).wrapped not in before
    assert sorted(path.name for path in place.private.iterdir()) == ["seals.key", "tmp"]
    assert not list((place.private / "tmp").iterdir())


def test_the_running_key_is_wrapped_for_its_epoch_and_readable_by_its_owner_only(place: Place) -> None:
    place.begun().advance(1, ROOT, NOW_MS)
    assert place.key.stat().st_mode & 0o777 == 0o600
    file = KeyFile.parse(place.key.read_bytes())
    seed = place.kek.unwrap(file.wrapped, wrapping_context(1, ORIGIN))
    assert Signer.from_seed(ORIGIN, seed).verifier.public_key.public_bytes_raw() == place.records()[-1].key
    assert seed not in place.key.read_bytes()
    for context in (wrapping_context(0, ORIGIN), wrapping_context(1, "other.example/log")):
        with pytest.raises(KeyUnavailable):
            place.kek.unwrap(file.wrapped, context)


def test_a_chain_goes_on_after_a_stop(place: Place) -> None:
    place.begun().advance(1, ROOT, NOW_MS)
    again = place.chain()
    assert again.resume() is None
    again.advance(2, ROOT, NOW_MS)
    assert [record.epoch for record in place.records()] == [0, 0, 1]


def test_a_clock_that_was_set_back_gives_the_same_time_again(place: Place) -> None:
    chain = place.begun()
    chain.advance(1, ROOT, NOW_MS - 99_999)
    assert place.records()[-1].at_ms == NOW_MS


def test_a_lost_key_begins_a_chain_behind_the_old_one(place: Place) -> None:
    place.begun().advance(1, ROOT, NOW_MS)
    before = place.content
    place.key.unlink()
    again = place.chain()
    assert again.resume() is Reason.KEY_MISSING
    again.begin(place.log, Reason.KEY_MISSING, size=1, root=ROOT, at_ms=NOW_MS)
    again.advance(1, ROOT, NOW_MS)
    assert place.content.startswith(before)
    assert [(r.epoch, r.reason) for r in place.records()[2:]] == [(1, Reason.KEY_MISSING), (1, None)]


@pytest.mark.parametrize("damage", ["garbage", "emptied", "an old copy", "another epoch's", "another KEK"])
def test_a_key_that_cannot_be_used_begins_a_chain(place: Place, tmp_path: Path, damage: str) -> None:
    chain = place.begun()
    old = place.key.read_bytes()
    chain.advance(1, ROOT, NOW_MS)
    kek = None
    match damage:
        case "garbage":
            place.key.write_bytes(b"\0" * 900)
        case "emptied":
            place.key.write_bytes(b"")
        case "an old copy":
            place.key.write_bytes(old)
        case "another epoch's":
            file = KeyFile.parse(place.key.read_bytes())
            foreign = place.kek.wrap(bytes(32), wrapping_context(1, ORIGIN))
            place.key.write_bytes(KeyFile(file.epoch, file.offset, foreign, file.record).encode())
        case _:
            kek = FileKek.create(tmp_path / "keys" / "other")
    assert place.chain(kek).resume() is Reason.KEY_UNUSABLE


def test_a_key_in_passing_that_cannot_be_read_is_not_passed_over(place: Place) -> None:
    """Its seal may have been published: the key before it must never sign another."""
    place.begun().advance(1, ROOT, NOW_MS)
    (place.private / "seals.next").write_bytes(b"garbage")
    again = place.chain()
    assert again.resume() is Reason.KEY_UNUSABLE
    again.begin(place.log, Reason.KEY_UNUSABLE, size=1, root=ROOT, at_ms=NOW_MS)
    assert place.chain().resume() is None
    assert not (place.private / "seals.next").exists()


@pytest.mark.parametrize("damage", ["missing", "a record less", "half a record less", "a byte flipped"])
def test_seals_that_were_damaged_refuse_the_start_with_file_and_offset(place: Place, damage: str) -> None:
    place.begun().advance(1, ROOT, NOW_MS)
    file, content = place.public / "seals", place.content
    last = len(content) - len(list(split_records(content))[-1].data)
    match damage:
        case "missing":
            file.unlink()
        case "a record less":
            file.write_bytes(content[:last])
        case "half a record less":
            file.write_bytes(content[: last + 100])
        case _:
            file.write_bytes(content[:-9] + b"x" + content[-8:])
    held = place.key.read_bytes()
    with pytest.raises(SealsDamaged, match=r"seals is not what this machine wrote, from byte \d+ on"):
        place.chain().resume()
    assert place.key.read_bytes() == held, "nothing was changed"


def test_damaged_seals_without_a_key_refuse_the_start_too(place: Place) -> None:
    place.begun().advance(1, ROOT, NOW_MS)
    (place.public / "seals").write_bytes(place.content[:-50])
    place.key.unlink()
    with pytest.raises(SealsDamaged):
        place.chain().resume()


def test_seals_that_are_no_plain_file_refuse_the_start(place: Place) -> None:
    place.begun()
    (place.public / "seals").unlink()
    (place.public / "seals").symlink_to("/dev/zero")
    with pytest.raises(SealsDamaged):
        place.chain().resume()


def test_the_file_has_a_largest_size(place: Place) -> None:
    chain = place.begun()
    with (place.public / "seals").open("r+b") as file:
        file.truncate(MAX_SEALS - 99)
    chain._end = MAX_SEALS - 99  # some twenty years later
    with pytest.raises(SealsFull):
        chain.advance(1, ROOT, NOW_MS)
    assert not (place.private / "seals.next").exists()


class FleetingKek:
    """A key-encryption key that does not always answer."""

    def __init__(self, kek: FileKek) -> None:
        self._kek, self.away, self.asked = kek, False, 0

    @property
    def folder(self) -> str:
        return self._kek.folder

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        self.asked += 1
        if self.away:
            raise KeyUnavailable("no answer")
        return self._kek.wrap(secret, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._kek.unwrap(wrapped, context)

    def wrap_all(self, secrets_: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        return [self.wrap(secret, context) for secret, context in secrets_]

    def unwrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        return self._kek.unwrap_all(wraps)


def test_a_key_encryption_key_that_does_not_answer_is_waited_for_and_not_for_ever(place: Place) -> None:
    kek, now = FleetingKek(place.kek), [0.0]
    chain = SealChain(place.public, place.private, origin=ORIGIN, kek=kek, disk=Disk())
    chain.resume()
    chain.begin(place.log, Reason.NEW, size=0, root=ROOT, at_ms=NOW_MS)
    sealing = Sealing(chain, lambda: NOW_MS, EpochLength(), lambda: now[0])
    assert sealing.wait_s() == 900
    kek.away, now[0] = True, 900.0
    sealing.seal_if_due(1, ROOT)
    asked = kek.asked
    sealing.seal_if_due(1, ROOT)
    assert (kek.asked, sealing.wait_s()) == (asked, 5), "not asked again at once"
    now[0] = 905.0
    kek.away = False
    sealing.seal_if_due(1, ROOT)
    assert [record.size for record in place.records()] == [0, 1]
    assert sealing.wait_s() == 900
    kek.away, now[0] = True, 1_805.0
    sealing.seal_if_due(1, ROOT)
    now[0] = 2_044.0
    sealing.seal_if_due(1, ROOT)
    now[0] = 2_049.0
    with pytest.raises(KeyUnavailable):
        sealing.seal_if_due(1, ROOT)


def test_an_epoch_ends_by_its_entries_or_by_its_time(place: Place) -> None:
    now = [0.0]
    chain = place.begun()
    sealing = Sealing(chain, lambda: NOW_MS, EpochLength(), lambda: now[0])
    sealing.seal_if_due(9_999, ROOT)
    assert len(place.records()) == 1
    sealing.seal_if_due(10_000, ROOT)
    now[0] = 899.9
    sealing.seal_if_due(10_000, ROOT)
    assert [record.size for record in place.records()] == [0, 10_000]
    now[0] = 900.0
    sealing.seal_if_due(10_000, ROOT)
    assert [record.size for record in place.records()] == [0, 10_000, 10_000], "an empty epoch is sealed too"


def test_a_record_of_which_only_some_sectors_reached_the_disk_is_finished(place: Place) -> None:
    """The second half of a record lies in a sector of its own, and power may spare that one alone."""
    chain = place.begun()
    while (
        len(place.content) // SECTOR == (len(place.content) + 350) // SECTOR
    ):  # the next one crosses a border
        chain.advance(1, ROOT, NOW_MS)
    start = len(place.content)
    chain.advance(2, ROOT, NOW_MS)
    whole, border = place.content, -(-start // SECTOR) * SECTOR
    assert start < border < len(whole)
    place.key.rename(place.private / "seals.next")
    for left in (
        whole[:start] + bytes(border - start) + whole[border:],
        whole[:border] + bytes(len(whole) - border),
        whole[:start] + bytes(len(whole) - start),
    ):
        assert whole_records(left) == whole[:start]
        (place.public / "seals").write_bytes(left)
        assert place.chain().resume() is None
        assert place.content == whole
        place.key.rename(place.private / "seals.next")


def test_other_bytes_in_the_place_of_a_record_are_not_taken_for_a_torn_write(place: Place) -> None:
    place.begun().advance(1, ROOT, NOW_MS)
    whole = place.content
    place.key.rename(place.private / "seals.next")
    for changed in (whole[:-9] + b"\0" + whole[-8:], whole[:-1] + b"x", whole + b"\0"):
        (place.public / "seals").write_bytes(changed)
        with pytest.raises(SealsDamaged):
            place.chain().resume()
        assert place.content == changed
