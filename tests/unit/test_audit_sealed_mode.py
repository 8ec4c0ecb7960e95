"""Sealed mode: what is older than the hot window opens with an auditor's key alone, and with each one's."""

import sqlite3
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from audit.kek import FileKek, KeyUnavailable
from audit.keys.auditing import AuditorKeys, Copy, CopyUnusable, opened_copy
from audit.keys.recipients import RecipientKey, RecipientRefused, Recipients
from audit.keys.sealing_away import DAY_MS, seal_away
from audit.keys.tables import KeyTables
from audit.keystore import ORGANISATION, PERIOD_MS, Closed, Keystore, SealedMode
from audit.log import AuditLog
from audit.note import Verifier
from audit.report import ExitCode
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN, LogOnDisk, an_event

HOT_DAYS = 30
LATER_MS = NOW_MS + PERIOD_MS + HOT_DAYS * DAY_MS


class Auditors:
    """Two, and the recovery key."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.keys = [RecipientKey.create(folder / name) for name in ("first", "second", "recovery")]
        first, second, recovery = (key.recipient for key in self.keys)
        self.all = Recipients((first, second), recovery)


@pytest.fixture
def auditors(tmp_path: Path) -> Auditors:
    return Auditors(tmp_path / "auditors")


@pytest.fixture
def disk(tmp_path: Path) -> LogOnDisk:
    return LogOnDisk(tmp_path)


def copy_of(disk: LogOnDisk, key: RecipientKey) -> AbstractContextManager[Copy]:
    return opened_copy(disk.folder, Verifier.parse((disk.folder / "verifier.key").read_text().strip()), key)


def all_of(copy: Copy) -> list[object]:
    return [entry.event for entry in copy.entries(0, copy.size - 1)]


async def sealed(disk: LogOnDisk, auditors: Auditors) -> AuditLog:
    """Two entries of two customers in a week whose window is over, and one of today."""
    log = await disk.open(recipients=auditors.all)
    await log.append_all([an_event(0, subject="customer-1"), an_event(1, subject="customer-2")])
    await log.append(an_event(2, at_ms=LATER_MS))
    assert [one.keys for one in seal_away(log.keystore, LATER_MS, HOT_DAYS)] == [3]
    return log


async def test_a_week_over_its_window_opens_with_each_auditors_key_alone(
    disk: LogOnDisk, auditors: Auditors, tmp_path: Path
) -> None:
    log = await sealed(disk, auditors)
    first, second, third = await log.read(0, 9)
    assert (first.event, first.sealed, first.erased) == (None, ("org", "subject/0"), ())
    assert (second.event, second.sealed) == (None, ("org", "subject/0"))
    assert third.event == an_event(2, at_ms=LATER_MS)
    await log.close()
    events = [an_event(0, subject="customer-1"), an_event(1, subject="customer-2"), third.event]
    for key in auditors.keys:
        with copy_of(disk, key) as copy:
            assert all_of(copy) == events
    stranger = RecipientKey.create(tmp_path / "stranger")
    with pytest.raises(CopyUnusable, match="nothing that was wrapped for this key"), copy_of(disk, stranger):
        raise AssertionError("a stranger opened it")
    assert disk.verify().exit_code == ExitCode.GOOD


async def test_an_erased_person_stays_closed_for_auditors_too(disk: LogOnDisk, auditors: Auditors) -> None:
    log = await sealed(disk, auditors)
    assert log.keystore.erase("customer-1") == 1
    first = (await log.read(0, 1))[0]
    assert (first.sealed, first.erased) == (("org",), ("subject/0",))
    await log.close()
    with copy_of(disk, auditors.keys[0]) as copy:
        first, second, _ = copy.entries(0, 2)
        assert first.event is not None
        assert (first.event.personal, first.erased) == ({}, ("subject/0",))
        assert second.event == an_event(1, subject="customer-2")


async def test_a_retired_period_goes_with_its_auditors_wraps(disk: LogOnDisk, auditors: Auditors) -> None:
    log = await sealed(disk, auditors)
    assert log.keystore.expiring(LATER_MS // PERIOD_MS, organisation=False) == [NOW_MS // PERIOD_MS]
    assert log.keystore.expire(NOW_MS // PERIOD_MS, organisation=False) == 2
    await log.close()
    with copy_of(disk, auditors.keys[0]) as copy:
        first = next(copy.entries(0, 0))
        assert first.event is not None
        assert (first.event.personal, first.erased) == ({}, ("subject/0",))


async def test_a_log_of_before_is_wrapped_when_the_mode_is_turned_on(
    disk: LogOnDisk, auditors: Auditors
) -> None:
    await disk.fill(2)
    log = await disk.open(now_ms=LATER_MS, recipients=auditors.all)
    assert len(seal_away(log.keystore, LATER_MS, HOT_DAYS)) == 1
    await log.close()
    with copy_of(disk, auditors.keys[2]) as copy:
        assert all_of(copy)[:2] == [an_event(0), an_event(1)]


async def test_what_is_hot_and_what_seals_rows_stays_open(disk: LogOnDisk, auditors: Auditors) -> None:
    log = await disk.open(recipients=auditors.all)
    await log.append(an_event(0, subject="customer-1"))
    key = log.keystore.make_record_keys(["customer-1"])["customer-1"]
    end = (NOW_MS // PERIOD_MS + 1) * PERIOD_MS + HOT_DAYS * DAY_MS
    assert seal_away(log.keystore, end - 1, HOT_DAYS) == []
    assert len(seal_away(log.keystore, end, HOT_DAYS)) == 1
    assert log.keystore.find_record_keys(["customer-1"]) == {"customer-1": key}
    assert log.keystore.tables.sealed(key.key_id) == {}, "no auditor has it"
    with pytest.raises(KeyUnavailable, match="sealed already"):
        log.keystore.keys([("customer-1", NOW_MS)])
    await log.close()


async def test_a_sealed_period_is_told_until_its_entry_is_noted(disk: LogOnDisk, auditors: Auditors) -> None:
    log = await sealed(disk, auditors)
    (waiting,) = seal_away(log.keystore, LATER_MS, HOT_DAYS)
    log.keystore.tables.note_entry(waiting, 7)
    assert seal_away(log.keystore, LATER_MS, HOT_DAYS) == []
    assert [one.entry for one in log.keystore.tables.sealed_periods()] == [7]
    await log.close()


def test_nothing_is_destroyed_while_a_recipient_lacks_a_wrap(tmp_path: Path, auditors: Auditors) -> None:
    kek = FileKek.create(tmp_path / "kek")
    store = Keystore(tmp_path / "keys.db", kek, SealedMode(ORIGIN, auditors.all))
    key = store.keys([(ORGANISATION, NOW_MS)])[ORGANISATION, NOW_MS]
    wanted = [one.fingerprint for one in auditors.all.all()]
    lacking = RecipientKey.create(tmp_path / "later").recipient.fingerprint
    assert store.tables.seal_period(NOW_MS // PERIOD_MS, [*wanted, lacking], LATER_MS) is None
    assert store.find(key.key_id) == key
    store.close()


def harmed(database: sqlite3.Connection, harm: str, mine: bytes, one: bytes, two: bytes) -> None:
    query = "SELECT wrapped FROM sealed_key WHERE key_id = ? AND recipient = ?"
    wrap, other = (database.execute(query, (key_id, mine)).fetchone()[0] for key_id in (one, two))
    update = "UPDATE sealed_key SET wrapped = ? WHERE key_id = ? AND recipient = ?"
    if harm == "changed":
        database.execute(update, (wrap[:-1] + bytes([wrap[-1] ^ 1]), one, mine))
    elif harm == "exchanged":
        database.execute(update, (other, one, mine))
    elif harm == "of another week":
        database.execute("UPDATE data_key SET period = period - 1 WHERE key_id = ?", (one,))
    else:
        database.execute("UPDATE data_key SET subject = 'three' WHERE key_id = ?", (one,))


@pytest.mark.parametrize("harm", ["changed", "exchanged", "of another person", "of another week"])
def test_a_wrap_that_is_not_the_keys_own_is_refused(tmp_path: Path, auditors: Auditors, harm: str) -> None:
    path = tmp_path / "keys.db"
    store = Keystore(path, FileKek.create(tmp_path / "kek"), SealedMode(ORIGIN, auditors.all))
    one, two = store.keys([("one", NOW_MS), ("two", NOW_MS)]).values()
    store.close()
    with closing(sqlite3.connect(path)) as database, database:
        harmed(database, harm, auditors.keys[0].recipient.fingerprint, one.key_id, two.key_id)
    with closing(KeyTables(path, only_read=True)) as tables:
        keys = AuditorKeys(tables, auditors.keys[0], ORIGIN)
        unknown = b"no such key's id"
        assert keys.look_all([two.key_id, unknown]) == {two.key_id: two, unknown: Closed.ERASED}
        with pytest.raises(KeyUnavailable, match="changed, or is of another"):
            keys.look_all([one.key_id])


async def test_a_copy_that_was_changed_is_refused_before_it_is_opened(
    disk: LogOnDisk, auditors: Auditors
) -> None:
    log = await sealed(disk, auditors)
    await log.close()
    bundle = disk.folder / "public" / "tile" / "entries" / "000.p" / "3"
    content = bytearray(bundle.read_bytes())
    content[-1] ^= 1
    bundle.write_bytes(content)
    with (
        copy_of(disk, auditors.keys[0]) as copy,
        pytest.raises(CopyUnusable, match="Entry 2 is not in the tree"),
    ):
        all_of(copy)


def test_two_recipients_with_one_key_are_refused(tmp_path: Path) -> None:
    RecipientKey.create(tmp_path / "one")
    public = tmp_path / "one.pub"
    with pytest.raises(RecipientRefused, match="hold the same key"):
        Recipients.read([public], public)
    with pytest.raises(RecipientRefused, match="private key"):
        Recipients.read([tmp_path / "one"], public)
    empty = tmp_path / "empty.pub"
    empty.write_text(f"tachiai-recipient-1 {'A' * 43}=\n")
    with pytest.raises(RecipientRefused, match="nothing can be wrapped for"):
        Recipients.read([empty], public)
    with pytest.raises(RecipientRefused, match="at least one"):
        Recipients.read([], public)
