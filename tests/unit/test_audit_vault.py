"""A key-encryption key in Vault: what it wraps opens in its own place alone, whatever Vault answers is told in a
sentence, and a Vault that hangs holds up nobody who needs no new key."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit.event import Event
from audit.kek import FileKek, KekSilent, KeyUnavailable
from audit.keys.vault import VaultKek
from audit.keystore import ORGANISATION, PERIOD_MS, Keystore
from audit.log import AuditLog, LogRefused, LogUnavailable
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN, an_event
from tests.unit.vault_server import TransitKey, Vault, running_vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with running_vault(tmp_path) as running:
        yield running


async def log_with(vault: Vault, folder: Path) -> AuditLog:
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    return await AuditLog.open(
        folder / "log",
        origin=ORIGIN,
        kek=VaultKek(vault.place),
        signing_key_file=keys / "signing",
        clock=lambda: NOW_MS,
    )


def reducing_event(number: int) -> Event:
    return an_event(number, subject="stranger")


def test_what_it_wraps_opens_for_its_own_context_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_vault(tmp_path_factory.mktemp("vault")) as vault:
        kek = VaultKek(vault.place)

        @given(some.binary(min_size=1, max_size=64), some.binary(max_size=64), some.binary(max_size=64))
        def holds(secret: bytes, context: bytes, other: bytes) -> None:
            wrapped = kek.wrap(secret, context)
            assert kek.unwrap(wrapped, context) == secret
            if other != context:
                with pytest.raises(KeyUnavailable, match="does not open"):
                    kek.unwrap(wrapped, other)

        holds()


def test_a_changed_wrap_is_refused(vault: Vault) -> None:
    kek = VaultKek(vault.place)
    wrapped = kek.wrap(b"s" * 32, b"context")
    for place in range(len(wrapped)):
        with pytest.raises(KeyUnavailable):
            kek.unwrap(wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :], b"context")
    for wrong in (b"", wrapped[:-4], wrapped[:1], b"\x01" + wrapped[1:], wrapped + b"=" * 5_000):
        with pytest.raises(KeyUnavailable):
            kek.unwrap(wrong, b"context")


def test_versions_are_added_rewrapped_and_destroyed(vault: Vault) -> None:
    kek = VaultKek(vault.place)
    old = kek.wrap(b"s" * 32, b"c")
    assert (kek.version, kek.add_version(), kek.versions()) == ("v1", "v2", ["v1", "v2"])
    (new,) = kek.rewrap_all([(old, b"c")])
    assert kek.unwrap(new, b"c") == kek.unwrap(old, b"c") == b"s" * 32
    kek.retire("v1")
    kek.retire("v1")
    assert kek.versions() == ["v2"]
    assert list(vault.keys["tachiai"].versions) == [2], "trimmed: Vault itself has it no more"
    assert kek.unwrap(new, b"c") == b"s" * 32
    with pytest.raises(KeyUnavailable, match="retired"):
        kek.unwrap(old, b"c")
    with pytest.raises(KeyUnavailable, match="newest"):
        kek.retire("v2")


def test_a_version_whose_end_was_cut_short_is_destroyed_by_asking_again(vault: Vault) -> None:
    kek = VaultKek(vault.place)
    kek.add_version()
    vault.not_trimming = True
    with pytest.raises(KekSilent):
        kek.retire("v1")
    assert (kek.versions(), sorted(vault.keys["tachiai"].versions)) == (["v2"], [1, 2]), "it opens nothing"
    vault.not_trimming = False
    kek.retire("v1")
    assert sorted(vault.keys["tachiai"].versions) == [2], "and now Vault itself has it no more"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "renew it, or let its policy"),
        (503, "is sealed or being maintained"),
        (307, "sends elsewhere"),
        (500, "answers with status 500"),
        (429, "answers with status 429"),
    ],
)
def test_what_may_pass_is_told_as_silence(vault: Vault, status: int, sentence: str) -> None:
    kek = VaultKek(vault.place)
    vault.status = status
    with pytest.raises(KekSilent, match=sentence):
        kek.wrap(b"s", b"c")


def test_what_will_not_pass_is_told_as_a_refusal(vault: Vault) -> None:
    with pytest.raises(KeyUnavailable, match="no transit key other at transit"):
        VaultKek(dataclasses.replace(vault.place, key="other"))
    vault.keys["plain"] = TransitKey(derived=False)
    with pytest.raises(KeyUnavailable, match="derived=true"):
        VaultKek(dataclasses.replace(vault.place, key="plain"))
    vault.keys["signing"] = TransitKey(kind="ed25519")
    with pytest.raises(KeyUnavailable, match="of a kind"):
        VaultKek(dataclasses.replace(vault.place, key="signing"))
    with pytest.raises(KeyUnavailable, match="is not https"):
        VaultKek(dataclasses.replace(vault.place, address="http://vault.example"))


def test_a_token_is_read_anew_and_must_be_private(vault: Vault) -> None:
    kek = VaultKek(vault.place)
    good = vault.token.read_text()
    vault.token.write_text("hvs.expired")
    with pytest.raises(KekSilent, match="renew it"):
        kek.wrap(b"s", b"c")
    vault.token.write_text(good)
    assert kek.wrap(b"s", b"c")
    vault.token.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="may be read by others"):
        kek.wrap(b"s", b"c")
    vault.token.chmod(0o600)
    vault.token.write_text("two\nlines\n")
    with pytest.raises(KeyUnavailable, match="holds no token"):
        kek.wrap(b"s", b"c")


@pytest.mark.parametrize("dripping", [False, True])
def test_no_call_outlasts_its_deadline(vault: Vault, dripping: bool) -> None:
    kek = VaultKek(vault.place)
    vault.dripping = dripping
    if not dripping:
        vault.answering.clear()
    began = time.monotonic()
    with pytest.raises(KekSilent, match="took too long"):
        kek.wrap(b"s", b"c")
    assert time.monotonic() - began < 2.0


def test_whoever_needs_a_key_at_hand_is_not_held_up_by_a_vault_that_hangs(
    vault: Vault, tmp_path: Path
) -> None:
    keystore = Keystore(tmp_path / "keys.db", VaultKek(vault.place))
    known = keystore.keys([(ORGANISATION, NOW_MS), ("known", NOW_MS)])
    vault.answering.clear()
    asked = len(vault.asked)

    def ask() -> None:
        with pytest.raises(KekSilent):
            keystore.keys([("new", NOW_MS)])

    hanging = threading.Thread(target=ask)
    hanging.start()
    while len(vault.asked) == asked:
        time.sleep(0.001)
    began = time.monotonic()
    for _ in range(1_000):
        assert keystore.keys([(ORGANISATION, NOW_MS), ("known", NOW_MS)]) == known
        assert keystore.find(known["known", NOW_MS].key_id) == known["known", NOW_MS]
    lasted = time.monotonic() - began
    assert hanging.is_alive(), "Vault still hangs"
    assert lasted < 0.5
    hanging.join()
    keystore.close()


async def test_a_log_goes_on_with_the_keys_at_hand_while_vault_is_down(vault: Vault, tmp_path: Path) -> None:
    log = await log_with(vault, tmp_path)
    await log.append(an_event(0, subject="known"))
    vault.status = 503
    with pytest.raises(LogUnavailable, match="does not answer"):
        await log.append(an_event(1, subject="new"))
    assert log.healthy, "entries about persons with a key, and about nobody, are still taken"
    asked = len(vault.asked)
    assert (await log.append(an_event(2, subject="known"))).index == 1
    with pytest.raises(LogUnavailable, match="does not answer"):
        await log.append(an_event(3, subject="newer"))
    log.append_reducing(reducing_event(4))
    assert (await log.append(an_event(5))).index == 3
    assert all("/keys/" not in one for one in vault.asked[asked:])
    told = (await log.read(2, 3))[0]
    assert told.event is not None
    assert (told.event.facts, told.event.personal) == ({"number": 4}, {}), (
        "recorded without the stranger's section"
    )
    vault.status = None
    await accepted(log, an_event(6, subject="new"))
    assert [entry.event.facts["number"] for entry in await log.read(0, 9) if entry.event] == [0, 2, 4, 5, 6]
    await log.close()


async def test_a_new_period_is_refused_while_vault_is_down_and_the_log_says_so(
    vault: Vault, tmp_path: Path
) -> None:
    log = await log_with(vault, tmp_path)
    await log.append(an_event(0))
    vault.status = 503
    later = NOW_MS + PERIOD_MS
    with pytest.raises(LogUnavailable, match="does not answer"):
        await log.append(an_event(1, at_ms=later))
    assert not log.healthy, "nothing that gives access may go on"
    heard = asyncio.Event()
    log.subscribe(lambda _: heard.set())
    log.append_reducing(an_event(2, at_ms=later))
    await heard.wait()
    assert log.size == 2, "what takes access away is recorded with the key at hand"
    vault.status = None
    await accepted(log, an_event(3, at_ms=later))
    assert log.healthy
    await log.close()


async def accepted(log: AuditLog, event: Event) -> None:
    """Once the log has reached Vault again, by itself."""
    async with asyncio.timeout(10):
        while True:
            try:
                await log.append(event)
            except LogUnavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def test_one_key_that_does_not_open_keeps_only_its_own_entries_out(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    kek = FileKek.create(keys / "kek")
    store = Keystore(tmp_path / "keys.db", kek)
    spoiled = store.keys([("spoiled", NOW_MS)])["spoiled", NOW_MS]
    row = store.tables.rows([spoiled.key_id]).get(spoiled.key_id)
    assert row is not None
    assert row.wrapped is not None
    store.tables.replace([(row.key_id, row.wrapped, row.wrapped[:-1] + bytes([row.wrapped[-1] ^ 1]))])
    store.close()
    (tmp_path / "log").mkdir()
    (tmp_path / "keys.db").rename(tmp_path / "log" / "keys.db")
    log = await AuditLog.open(
        tmp_path / "log", origin=ORIGIN, kek=kek, signing_key_file=keys / "signing", clock=lambda: NOW_MS
    )
    refused, taken = await asyncio.gather(
        log.append(an_event(0, subject="spoiled")),
        log.append(an_event(1, subject="other")),
        return_exceptions=True,
    )
    assert isinstance(refused, LogUnavailable)
    assert "changed or belongs elsewhere" in str(refused)
    assert not isinstance(taken, BaseException)
    assert log.healthy
    await log.close()


async def test_a_log_does_not_open_without_its_vault(vault: Vault, tmp_path: Path) -> None:
    await (await log_with(vault, tmp_path)).close()
    kek = VaultKek(vault.place)
    vault.status = 503
    with pytest.raises(LogRefused, match="is sealed"):
        await AuditLog.open(
            tmp_path / "log",
            origin=ORIGIN,
            kek=kek,
            signing_key_file=tmp_path / "keys" / "signing",
            clock=lambda: NOW_MS,
        )
