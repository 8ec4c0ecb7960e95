"""Many keys at once cost Vault a few requests, not one for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.keys.vault import AT_ONCE, VaultKek
from audit.keystore import Keystore
from audit.log import AuditLog
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN, an_event
from tests.unit.vault_server import Vault, running_vault

CUSTOMERS = 10_000
LISTED = 500


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with running_vault(tmp_path) as vault:
        yield vault


def asked_since(vault: Vault, before: int, what: str) -> int:
    return sum(f"/{what}/" in line for line in vault.asked[before:])


def test_the_keys_of_an_import_and_of_a_cold_list_come_in_batches(vault: Vault, tmp_path: Path) -> None:
    subjects = [f"customer-{number}" for number in range(CUSTOMERS)]
    store, before = Keystore(tmp_path / "keys.db", VaultKek(vault.place)), len(vault.asked)
    made = store.make_record_keys(subjects)
    assert len(made) == CUSTOMERS
    assert len(vault.asked) - before == asked_since(vault, before, "encrypt") == CUSTOMERS // AT_ONCE
    store.close()
    again, before = Keystore(tmp_path / "keys.db", VaultKek(vault.place)), len(vault.asked)
    assert again.find_record_keys(subjects[:LISTED]) == {one: made[one] for one in subjects[:LISTED]}
    assert len(vault.asked) - before == -(-LISTED // AT_ONCE)
    again.close()


async def opened(vault: Vault, folder: Path) -> AuditLog:
    return await AuditLog.open(
        folder / "log",
        origin=ORIGIN,
        kek=VaultKek(vault.place),
        signing_key_file=folder / "keys" / "signing",
        clock=lambda: NOW_MS,
    )


async def test_a_cold_page_of_the_log_asks_once_for_all_its_keys(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    log = await opened(vault, tmp_path)
    events = [an_event(number, subject=f"customer-{number}") for number in range(300)]
    await log.append_all(events)
    await log.close()
    log = await opened(vault, tmp_path)
    before = len(vault.asked)
    assert [entry.event for entry in await log.read(0, 300)] == events
    assert asked_since(vault, before, "decrypt") == 2, "300 customers and the organisation"
    await log.close()
