"""After keys were destroyed: what takes access away is still recorded, whatever else fails at that moment, and nobody
waits for others' keys."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.kek import FileKek, KekSilent
from audit.keys.vault import VaultKek
from audit.keystore import ORGANISATION, PERIOD_MS, Keystore
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event
from tests.unit.test_audit_vault import log_with
from tests.unit.vault_server import Vault, running_vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with running_vault(tmp_path) as running:
        yield running


class Refusing(Disk):
    """Writes no frame any more once it was told to."""

    refuses = False

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        if self.refuses and data.startswith(b"TACHIWF1"):
            raise OSError(5, "input/output error")
        super().write_at(descriptor, data, offset)


async def test_an_act_that_takes_access_away_is_recorded_though_vault_fell_silent_after_an_erasure(
    vault: Vault, tmp_path: Path
) -> None:
    log = await log_with(vault, tmp_path)
    await log.append(an_event(0, subject="erased"))
    await asyncio.to_thread(log.keystore.erase, "erased")
    vault.status = 503
    heard = asyncio.Event()
    log.subscribe(lambda _: heard.set())
    log.append_reducing(an_event(1))
    async with asyncio.timeout(10):
        await heard.wait()
    vault.status = None
    assert [entry.event.facts["number"] for entry in await log.read(0, 9) if entry.event] == [0, 1]
    await log.close()


async def test_it_is_recorded_in_the_emergency_segment_though_log_and_key_store_fail_after_an_erasure(
    tmp_path: Path,
) -> None:
    on_disk, disk = LogOnDisk(tmp_path), Refusing()
    log = await on_disk.open(disk=disk)
    await log.append(an_event(0, subject="erased"))
    await asyncio.to_thread(log.keystore.erase, "erased")
    disk.refuses = True
    log.keystore.tables.close()
    log.append_reducing(an_event(1))
    await log.close()
    log = await on_disk.open()
    events = [entry.event for entry in await log.read(0, 9) if entry.event]
    await log.close()
    assert [event.facts["number"] for event in events if "number" in event.facts] == [0, 1]


def test_an_organisations_key_that_was_destroyed_is_not_kept(tmp_path: Path) -> None:
    keystore = Keystore(tmp_path / "keys.db", FileKek.create(tmp_path / "kek"))
    keystore.keys([(ORGANISATION, NOW_MS)])
    keystore.expire(NOW_MS // PERIOD_MS, organisation=True)
    assert keystore.latest(ORGANISATION) is None
    keystore.close()


def test_an_entrys_key_does_not_wait_behind_many_keys_of_rows(vault: Vault, tmp_path: Path) -> None:
    keystore = Keystore(tmp_path / "keys.db", VaultKek(vault.place))
    keystore.keys([(ORGANISATION, NOW_MS)])
    vault.answering.clear()
    asked = len(vault.asked)

    def many() -> None:
        keystore.make_record_keys([f"customer-{number}" for number in range(100)])

    hanging = threading.Thread(target=many)
    hanging.start()
    while len(vault.asked) == asked:
        time.sleep(0.001)
    began = time.monotonic()
    with pytest.raises(KekSilent):
        keystore.keys([("new", NOW_MS)])
    lasted = time.monotonic() - began
    assert hanging.is_alive(), "Vault still hangs"
    vault.answering.set()
    hanging.join()
    keystore.close()
    assert lasted < 3.0
