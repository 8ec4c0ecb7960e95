"""Personal data in rows: sealed under its subject's key, bound to its place, gone with the key."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.kek import FileKek
from audit.keystore import Keystore
from server.record_keys import LogRecordKeys
from server.storage.database import Database
from server.storage.sealed import Box, Place, RecordKeys, RecordsUnreadable, Sealing, SubjectErased
from server.storage.stores import Stores
from session.model import Consent, Device, Level, Scope, Verification
from tests.storage.desk_rows import CASE, CUSTOMER, NOW, SESSION, add_desk
from tests.storage.memory_record_keys import MemoryRecordKeys

PLACE = Place("customers", "record", "cus_1")
PERSONAL = replace(
    SESSION,
    device=Device("dev_1", '{"canary":"device"}'),  # type: ignore[arg-type]  # any id
    verification=Verification("totp", Level.V1, NOW, NOW + 1, "dev_1"),  # type: ignore[arg-type]  # any id
    consent=Consent(
        frozenset({Scope.TAB}), NOW, NOW + 1, 1, "ja", '{"canary":"consent"}', "A" * 86, Level.V1
    ),
)


def box(keys: RecordKeys, *subjects: str) -> Box:
    return Sealing(keys).box(subjects, making=True)


@pytest.fixture(params=["memory", "log"])
def any_keys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RecordKeys]:
    """Both implementations of the port."""
    with closing(Keystore(tmp_path / "keys.db", FileKek.create(tmp_path / "kek"))) as keystore:
        yield MemoryRecordKeys() if request.param == "memory" else LogRecordKeys(keystore)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def erase(keys: RecordKeys, subject: str) -> None:
    if isinstance(keys, LogRecordKeys):
        keys._keystore.erase(subject)
    elif isinstance(keys, MemoryRecordKeys):
        keys.erase(subject)


def test_a_key_is_made_once_found_again_and_never_made_for_somebody_erased(any_keys: RecordKeys) -> None:
    assert any_keys.found(["a"]) == {}
    made = any_keys.made(["a", "b"])
    assert any_keys.made(["a"]) == {"a": made["a"]}
    assert any_keys.found(["a", "b", "c"]) == made
    assert made["a"] != made["b"]
    assert not any_keys.erased("a")
    erase(any_keys, "a")
    assert any_keys.erased("a")
    assert any_keys.made(["a", "b"]) == {"b": made["b"]}


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_only_in_its_place_and_under_its_key(content: bytes) -> None:
    keys = MemoryRecordKeys()
    both = box(keys, "a", "b")
    sealed = both.seal("a", PLACE, content)
    assert both.open("a", PLACE, sealed) == content
    assert both.seal("a", PLACE, content) != sealed
    for elsewhere in (replace(PLACE, table="cases"), replace(PLACE, column="x"), replace(PLACE, row="cus_2")):
        with pytest.raises(RecordsUnreadable):
            both.open("a", elsewhere, sealed)
    with pytest.raises(RecordsUnreadable):
        both.open("b", PLACE, sealed)


def test_every_flipped_bit_and_every_cut_is_refused() -> None:
    one = box(MemoryRecordKeys(), "a")
    sealed = one.seal("a", PLACE, b"what is known")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RecordsUnreadable):
            one.open("a", PLACE, bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(RecordsUnreadable):
            one.open("a", PLACE, sealed[:length])


def test_names_that_run_together_are_other_places() -> None:
    assert Place("ab", "c", "d").authenticated() != Place("a", "bc", "d").authenticated()


async def test_somebody_erased_reads_as_nothing_and_nothing_is_kept_of_them() -> None:
    keys = MemoryRecordKeys()
    sealing = Sealing(keys)
    sealed = (await sealing.writing("a")).seal("a", PLACE, b"x")
    sealing.forget("a")
    keys.erase("a")
    assert (await sealing.reading({"a"})).open("a", PLACE, sealed) is None
    with pytest.raises(SubjectErased):
        (await sealing.writing("a")).seal("a", PLACE, b"x")


async def test_a_key_that_was_lost_is_no_erasure() -> None:
    keys = MemoryRecordKeys()
    await Sealing(keys).writing("a")
    keys.keys.clear()
    with pytest.raises(RecordsUnreadable, match="do not belong together"):
        await Sealing(keys).reading({"a"})


async def test_a_key_read_while_its_owner_is_forgotten_is_not_kept() -> None:
    keys = MemoryRecordKeys()
    sealing = Sealing(keys)
    await sealing.writing("a")
    sealing.forget("a")
    await sealing.reading({"a"})  # somebody who had asked before
    keys.erase("a")
    assert not (await sealing.reading({"a"})).holds("a")


async def test_nothing_of_a_customer_stands_readable_in_the_file(
    stores: Stores, database: Database, tmp_path: Path
) -> None:
    await add_desk(stores)
    await stores.sessions.create(PERSONAL, log_index=1)
    assert await stores.sessions.load(SESSION.id) == PERSONAL
    content = everything_in(tmp_path)
    words = ("canary", CUSTOMER.display_name, CASE.reason, *(field.value for field in CUSTOMER.fields))
    assert not [word for word in words if word.encode() in content]
    assert CUSTOMER.reference.encode() in content, "the organisation finds people by its own number"


async def test_a_value_moved_to_another_row_is_found_out(stores: Stores, url: str) -> None:
    await add_desk(stores)
    other = replace(CUSTOMER, id="cus_2", reference="K-2", display_name="Somebody Else")  # type: ignore[arg-type]
    await stores.customers.add(other)
    with closing(sqlite3.connect(url.partition(":///")[2])) as raw:
        raw.execute(
            "UPDATE customers SET record = (SELECT record FROM customers WHERE id = ?) WHERE id = 'cus_2'",
            (CUSTOMER.id,),
        )
        raw.commit()
    with pytest.raises(RecordsUnreadable):
        await stores.customers.find(other.id)


async def test_a_session_of_somebody_erased_can_still_be_ended(
    stores: Stores, record_keys: MemoryRecordKeys
) -> None:
    await add_desk(stores)
    await stores.sessions.create(PERSONAL, log_index=1)
    stores.sealing.forget(CUSTOMER.id)
    record_keys.erase(CUSTOMER.id)
    loaded = await stores.sessions.load(SESSION.id)
    assert loaded == replace(PERSONAL, device=None, verification=None, consent=None)
    saved = await stores.sessions.save(PERSONAL, log_index=None)
    assert saved.version == 1
    assert await stores.sessions.unfinished() == [replace(loaded, version=1)]


async def test_a_change_meets_what_it_was_asked_for_or_nothing(stores: Stores) -> None:
    await add_desk(stores)
    after = replace(CUSTOMER, display_name="Yuki Mori")
    await stores.customer_roll.take_in([], [(CUSTOMER, after)])
    assert await stores.customers.find(CUSTOMER.id) == after
    with pytest.raises(Exception, match="not as it was"):
        await stores.customer_roll.take_in([], [(CUSTOMER, after)])
