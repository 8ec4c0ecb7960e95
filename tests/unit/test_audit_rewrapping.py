"""A new version of the key-encryption key: whatever was wrapped opens under it and, once the old one is gone, under
nothing else; in its own place only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit.entry import DataKey
from audit.kek import FileKek, KeyUnavailable
from audit.keys.rewrapping import Kek, retire, rewrap, unfinished, versions_in_use
from audit.keys.tables import BATCH, look
from audit.keys.vault import VaultKek
from audit.keystore import ORGANISATION, PERIOD_MS, RECORDS, Keystore, KeystoreFailed
from tests.unit.audit_log_on_disk import NOW_MS
from tests.unit.vault_server import running_vault


@pytest.fixture(params=["file", "vault"])
def kek(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kek]:
    if request.param == "file":
        yield FileKek.create(tmp_path / "kek")
        return
    with running_vault(tmp_path) as vault:
        yield VaultKek(vault.place)


def filled(path: Path, kek: Kek, count: int = BATCH + 7) -> tuple[Keystore, dict[bytes, bytes]]:
    store = Keystore(path, kek)
    parties = [(ORGANISATION, NOW_MS), *((f"customer-{number}", NOW_MS) for number in range(count))]
    found = [*store.keys(parties).values(), *store.make_record_keys(["customer-0", "customer-1"]).values()]
    return store, {key.key_id: key.secret for key in found}


def secrets_of(store: Keystore, key_ids: dict[bytes, bytes]) -> dict[bytes, bytes | None]:
    store.forget()
    return {key_id: key.secret if (key := store.find(key_id)) else None for key_id in key_ids}


def test_all_is_rewrapped_and_opens_when_the_old_version_is_gone(tmp_path: Path, kek: Kek) -> None:
    store, secrets = filled(tmp_path / "keys.db", kek)
    old, index = kek.version, store.index_key()
    assert rewrap(store, kek).changed == 0
    kek.add_version()
    assert unfinished(store, kek)
    with pytest.raises(KeyUnavailable, match="still wraps keys"):
        retire(store, kek, old, set())
    done = rewrap(store, kek)
    assert (done.keys, done.changed, done.version) == (len(secrets) + 2, len(secrets) + 2, kek.version)
    assert versions_in_use(store) == {kek.version}
    assert rewrap(store, kek).changed == 0
    with pytest.raises(KeyUnavailable, match="15 minutes"):
        retire(store, kek, old, {old})
    retire(store, kek, old, set())
    assert kek.versions() == [done.version]
    assert (secrets_of(store, secrets), store.index_key()) == (secrets, index)
    store.close()
    again = Keystore(tmp_path / "keys.db", kek)
    assert secrets_of(again, secrets) == secrets
    assert again.find_record_keys(["customer-0", "stranger"]).keys() == {"customer-0"}
    again.close()


def test_a_copy_from_before_opens_nothing_once_the_old_version_is_gone(tmp_path: Path, kek: Kek) -> None:
    store, _ = filled(tmp_path / "keys.db", kek, 3)
    backup = (tmp_path / "keys.db").read_bytes()
    old = kek.version
    kek.add_version()
    rewrap(store, kek)
    retire(store, kek, old, set())
    store.close()
    (tmp_path / "backup.db").write_bytes(backup)
    with pytest.raises(KeyUnavailable):
        Keystore(tmp_path / "backup.db", kek)


def test_an_erasure_during_a_rewrapping_stands(tmp_path: Path) -> None:
    kek = FileKek.create(tmp_path / "kek")
    store, secrets = filled(tmp_path / "keys.db", kek, 3)
    (gone,) = (key.key_id for key in store.keys([("customer-2", NOW_MS)]).values())

    class ErasingKek(FileKek):
        def rewrap_all(self, wraps: object) -> list[bytes]:
            store.erase("customer-2")
            return super().rewrap_all(wraps)  # type: ignore[arg-type]

    erasing = ErasingKek(tmp_path / "kek", kek._versions)
    erasing.add_version()
    rewrap(store, erasing)
    reopened = Keystore(tmp_path / "keys.db", erasing)
    assert secrets_of(reopened, secrets)[gone] is None
    assert reopened.keys([("customer-2", NOW_MS)]) == {}
    reopened.close()
    store.close()


def test_every_key_opens_under_its_own_version_and_in_its_own_place_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("kek")
    versions = [FileKek.create(folder / f"kek-{number}") for number in range(3)]

    @given(some.binary(max_size=64), some.binary(max_size=64), some.integers(0, 2), some.integers(0, 2))
    def holds(context: bytes, other: bytes, mine: int, another: int) -> None:
        wrapped = versions[mine].wrap(b"s" * 32, context)
        assert versions[mine].unwrap(wrapped, context) == b"s" * 32
        if (mine, context) != (another, other):
            with pytest.raises(KeyUnavailable):
                versions[another].unwrap(wrapped, other)

    holds()


def test_two_wraps_that_change_places_open_nothing(tmp_path: Path, kek: Kek) -> None:
    store = Keystore(tmp_path / "keys.db", kek)
    one, other = store.keys([("one", NOW_MS), ("other", NOW_MS)]).values()
    wraps = {row.key_id: row.wrapped or b"" for row in store.tables.wrapped_after(b"")}
    store.tables.replace([(one.key_id, wraps[one.key_id], wraps[other.key_id])])
    store.forget()
    with pytest.raises(KeyUnavailable):
        store.find(one.key_id)
    assert store.find(other.key_id) == other
    kek.add_version()
    with pytest.raises(KeyUnavailable):
        rewrap(store, kek)
    store.close()


def test_the_age_of_a_version_is_that_of_its_first_start(tmp_path: Path) -> None:
    kek = FileKek.create(tmp_path / "kek")
    store = Keystore(tmp_path / "keys.db", kek)
    first = kek.version
    store.note_version(1_000)
    store.note_version(2_000)
    kek.add_version()
    rewrap(store, kek)
    store.note_version(3_000)
    store.close()
    seen = look(tmp_path / "keys.db")
    assert seen is not None
    assert seen.since == {first: 1_000, kek.version: 3_000}
    assert look(tmp_path / "nothing.db") is None
    (tmp_path / "other.db").write_bytes(b"no database" * 100)
    with pytest.raises(KeystoreFailed):
        look(tmp_path / "other.db")


def test_a_key_file_keeps_owner_and_mode_and_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    kek = FileKek.create(path)
    first = path.read_bytes()
    kek.add_version()
    assert path.read_bytes().startswith(first)
    assert path.stat().st_mode & 0o777 == 0o600
    assert FileKek.open(path).versions() == kek.versions()
    with pytest.raises(KeyUnavailable, match="newest"):
        kek.retire(kek.version)
    kek.retire(kek.versions()[0])
    assert not path.read_bytes().startswith(first)
    assert [one.name for one in tmp_path.iterdir()] == ["kek"]


def test_a_store_of_an_earlier_version_opens_unchanged(tmp_path: Path) -> None:
    kek = FileKek.create(tmp_path / "kek")
    store, secrets = filled(tmp_path / "keys.db", kek, 2)
    for table in ("sealed_key", "sealed_period"):
        store.tables._database.execute(f"DROP TABLE {table}")
    store.close()
    again = Keystore(tmp_path / "keys.db", kek)
    assert secrets_of(again, secrets) == secrets
    assert isinstance(again.keys([("new", NOW_MS + PERIOD_MS)])["new", NOW_MS + PERIOD_MS], DataKey)
    assert RECORDS < 0
    again.close()
