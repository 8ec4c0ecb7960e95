"""Data keys: erasing a person closes that person's sections and nothing else; nothing readable lies on the disk."""

from pathlib import Path

import pytest

from audit.entry import DataKey
from audit.kek import FileKek, KeyUnavailable
from audit.keystore import ORGANISATION, PERIOD_MS, Keystore, KeystoreFailed
from audit.report import ExitCode
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return FileKek.create(tmp_path / "kek")


async def test_erasing_a_person_closes_their_sections_and_the_log_still_verifies(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    log = await disk.open()
    await log.append_all([an_event(0, subject="customer-1"), an_event(1, subject="customer-2")])
    await log.close()
    keystore = Keystore(disk.folder / "keys.db", FileKek.open(disk.keys / "kek"))
    assert keystore.erase("customer-1") == 1
    keystore.close()
    log = await disk.open()
    await log.append(an_event(2, subject="customer-1"))
    first, second, third = await log.read(0, 9)
    await log.close()
    assert first.erased == ("subject/0",)
    assert first.event is not None
    assert first.event.personal == {}
    assert first.event.facts == {"number": 0}, "what the organisation did stays"
    assert second.event == an_event(1, subject="customer-2")
    assert third.event is not None
    assert third.event.personal == {}, "no key is made anew for an erased person"
    assert third.erased == ()
    assert disk.verify().exit_code == ExitCode.GOOD


async def test_nothing_that_was_recorded_can_be_read_from_the_folder(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    log = await disk.open()
    await log.append(an_event(4711, subject="canary-person"))
    await log.close()
    words = (b"canary", b"agent-1", b"case-4711", b"name 4711", b"agent:case:viewed")
    for part in ("public", "private"):
        for path in (disk.folder / part).rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            assert not any(word in content for word in words), path
    assert b"canary-person" in (disk.folder / "keys.db").read_bytes(), "the store must find a person's key"


def test_a_key_is_the_same_within_a_period_and_another_in_the_next(tmp_path: Path, kek: FileKek) -> None:
    start = NOW_MS // PERIOD_MS * PERIOD_MS
    keystore = Keystore(tmp_path / "keys.db", kek)
    keys = keystore.keys([("a", start), ("a", start + PERIOD_MS - 1), ("a", start + PERIOD_MS), ("b", start)])
    assert keys["a", start] == keys["a", start + PERIOD_MS - 1]
    assert len({key.secret for key in keys.values()}) == 3
    keystore.close()
    again = Keystore(tmp_path / "keys.db", kek)
    assert again.keys([("a", start)])["a", start] == keys["a", start]
    assert again.find(keys["b", start].key_id) == keys["b", start]
    assert again.find(b"?" * 16) is None
    again.close()


def test_the_latest_key_needs_no_disk(tmp_path: Path, kek: FileKek) -> None:
    keystore = Keystore(tmp_path / "keys.db", kek)
    assert keystore.latest(ORGANISATION) is None
    wanted = keystore.keys([(ORGANISATION, NOW_MS)])[ORGANISATION, NOW_MS]
    keystore.close()
    assert keystore.latest(ORGANISATION) == wanted
    with pytest.raises(KeystoreFailed):
        keystore.keys([("new", NOW_MS)])


def test_a_party_in_use_stays_at_hand_however_many_others_come(tmp_path: Path, kek: FileKek) -> None:
    keystore = Keystore(tmp_path / "keys.db", kek)
    for batch in range(6):
        many = [(f"customer-{batch}-{number}", NOW_MS) for number in range(3_000)]
        found = keystore.keys([(ORGANISATION, NOW_MS), *many])
        assert len(found) == 3_001
    assert isinstance(keystore.latest(ORGANISATION), DataKey)
    keystore.close()


def test_the_organisation_cannot_be_erased(tmp_path: Path, kek: FileKek) -> None:
    keystore = Keystore(tmp_path / "keys.db", kek)
    with pytest.raises(ValueError, match="by period"):
        keystore.erase(ORGANISATION)
    keystore.close()


def test_a_store_does_not_open_under_another_key(tmp_path: Path, kek: FileKek) -> None:
    Keystore(tmp_path / "keys.db", kek).close()
    with pytest.raises(KeyUnavailable, match="not here"):
        Keystore(tmp_path / "keys.db", FileKek.create(tmp_path / "other"))


def test_a_file_that_is_no_store_is_refused(tmp_path: Path, kek: FileKek) -> None:
    (tmp_path / "keys.db").write_bytes(b"something else entirely, and long enough to be read" * 20)
    with pytest.raises(KeystoreFailed):
        Keystore(tmp_path / "keys.db", kek)


def test_a_new_version_of_the_key_wraps_and_the_old_one_still_opens(tmp_path: Path, kek: FileKek) -> None:
    wrapped = kek.wrap(b"s" * 32, b"context")
    other = FileKek.create(tmp_path / "new")
    both = tmp_path / "both"
    both.write_bytes((tmp_path / "kek").read_bytes() + (tmp_path / "new").read_bytes())
    both.chmod(0o600)
    rotated = FileKek.open(both)
    assert rotated.unwrap(wrapped, b"context") == b"s" * 32
    assert other.unwrap(rotated.wrap(b"t" * 32, b"c"), b"c") == b"t" * 32


def test_a_wrapped_key_opens_only_whole_and_in_its_own_place(kek: FileKek) -> None:
    wrapped = kek.wrap(b"s" * 32, b"data-key" + b"1" * 16)
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises(KeyUnavailable):
            kek.unwrap(bytes(changed), b"data-key" + b"1" * 16)
    for wrong in (wrapped[:-1], b"", wrapped[:10]):
        with pytest.raises(KeyUnavailable):
            kek.unwrap(wrong, b"data-key" + b"1" * 16)
    with pytest.raises(KeyUnavailable, match="belongs elsewhere"):
        kek.unwrap(wrapped, b"data-key" + b"2" * 16)


@pytest.mark.parametrize("content", ["", "tachiai-kek-1 00 AAAA\n", "hello\n", "twice"])
def test_a_malformed_key_file_is_refused(tmp_path: Path, kek: FileKek, content: str) -> None:
    path = tmp_path / "kek"
    path.write_text(path.read_text() * 2 if content == "twice" else content)
    with pytest.raises(KeyUnavailable):
        FileKek.open(path)


def test_a_key_is_never_written_over_another(tmp_path: Path, kek: FileKek) -> None:
    with pytest.raises(KeyUnavailable, match="cannot be created"):
        FileKek.create(tmp_path / "kek")
    assert (tmp_path / "kek").stat().st_mode & 0o777 == 0o600
