"""The authenticators get another key while their codes are verified; whatever stops it, asking again finishes it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from audit.kek import KeyUnavailable, write_secret
from server import resealing
from server.authenticator_ring import contents_before, parsed, read_ring
from server.backup.custody import fingerprint
from server.resealing import SETTLED_AFTER_MS, Resealing, ResealingRefused
from server.storage.authenticator_seals import AuthenticatorSeals, SealedRow
from server.storage.database import Database
from server.storage.stores import Stores
from tests.manual_clock import ManualClock
from tests.storage.desk_rows import NOW, made_id
from verification import totp
from verification.authenticator import Authenticator
from verification.customer_code import CodeVerified, CustomerCodeVerifier
from verification.enrolment import Enrolment, Subject, SubjectKind
from verification.guesses import Guesses
from verification.sealing import Keyring, SealContext, key_id_of

OWNERS = 120


class Rig:
    """A ring in a file, a keyring in memory, and rows of `OWNERS` people."""

    def __init__(self, database: Database, stores: Stores, folder: Path) -> None:
        self.database, self.stores, self.file = database, stores, folder / "authenticators.key"
        self.clock = ManualClock(NOW)
        if not self.file.exists():
            write_secret(self.file, bytes(range(32)))
        self.start()

    def start(self) -> None:
        """As a new process does."""
        self.keyring: Keyring = read_ring(self.file).keyring()
        self.seals = AuthenticatorSeals(self.database)
        self.work = Resealing(self.seals, self.keyring, self.file, self.clock)

    async def enrol(self) -> None:
        for number in range(OWNERS):
            await self.stores.authenticators.add(self.authenticator(number))

    def authenticator(self, number: int) -> Authenticator:
        owner, name = made_id("cus", number), made_id("aut", number)
        sealed = self.keyring.seal(secret_of(number), SealContext(owner, name, 1))
        return Authenticator(name, owner, 1, sealed)

    async def verified(self, number: int) -> bool:
        guesses = Guesses(self.stores.attempts, self.stores.known_devices)
        verifier = CustomerCodeVerifier(self.stores.authenticators, guesses, self.keyring)
        code = totp.code_at(secret_of(number), totp.step_at(NOW))
        judged = await verifier.verify(
            customer=made_id("cus", number), session=f"ses_{number}", device="d", code=code, now_ms=NOW
        )
        return isinstance(judged, CodeVerified)


def secret_of(number: int) -> bytes:
    return number.to_bytes(20, "big")


@pytest.fixture
async def rig(database: Database, stores: Stores, tmp_path: Path) -> Rig:
    made = Rig(database, stores, tmp_path)
    await made.enrol()
    return made


async def test_codes_are_verified_before_during_and_after_a_rotation(rig: Rig) -> None:
    async def all_verified() -> list[bool]:
        return [await rig.verified(number) for number in range(0, OWNERS, 4)]

    done, verified = await asyncio.gather(rig.work.rotate(), all_verified())
    assert all(verified)
    assert (done.key, done.rows, done.changed, done.broken, done.keys) == (2, OWNERS, OWNERS, 0, (1, 2))
    assert await rig.seals.count(1) == 0
    rig.start()
    assert await rig.verified(3)


async def test_what_is_pending_in_a_link_is_sealed_anew_too(rig: Rig) -> None:
    subject = Subject(SubjectKind.CUSTOMER, made_id("cus", 500))
    link = Enrolment(
        id=made_id("enr"),
        subject=subject,
        token_hash="aa" * 32,
        issued_at_ms=NOW,
        expires_at_ms=NOW + 60_000,
    )
    await rig.stores.enrolments.issue(link, 0)
    assert await rig.stores.enrolments.claim(link.id, "bb" * 32, NOW)
    pending = rig.authenticator(500)
    assert await rig.stores.enrolments.choose_authenticator(link.id, "bb" * 32, pending, NOW)
    assert (await rig.work.rotate()).changed == OWNERS + 1
    found = await rig.stores.enrolments.of_holder("bb" * 32)
    assert found is not None
    assert found.pending is not None
    assert key_id_of(found.pending.sealed) == 2
    context = SealContext(subject.id, pending.id, 1)
    assert rig.keyring.open(found.pending.sealed, context) == secret_of(500)


async def test_an_old_key_is_taken_out_only_when_no_row_needs_it(rig: Rig) -> None:
    late = rig.authenticator(700)  # sealed a moment before the new key
    await rig.work.rotate()
    with pytest.raises(ResealingRefused, match="a moment ago"):
        await rig.work.retire(1)
    await rig.stores.authenticators.add(late)
    rig.clock.advance(SETTLED_AFTER_MS)
    with pytest.raises(ResealingRefused, match="1 authenticators are still sealed with the key 1"):
        await rig.work.retire(1)
    with pytest.raises(ResealingRefused, match="seals every new"):
        await rig.work.retire(2)
    finished = await rig.work.rotate()
    assert (finished.changed, finished.keys) == (1, (1, 2))
    assert (await rig.work.retire(1)).keys == (2,)
    with pytest.raises(ResealingRefused, match="no key 1"):
        await rig.work.retire(1)
    rig.start()
    assert await rig.verified(700)


@pytest.mark.parametrize("dies_at", [0, 1, 2])
async def test_a_rotation_that_died_in_the_middle_is_finished_by_the_next(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    """Nothing is left to tidy up but the rows: the new key was durable before the first of them."""
    done = 0
    monkeypatch.setattr(resealing, "ROWS_AT_ONCE", 40)

    class Dies(AuthenticatorSeals):
        async def replace(self, changed: list[tuple[SealedRow, bytes]]) -> int:  # type: ignore[override]
            nonlocal done
            if done == dies_at:
                raise ConnectionAbortedError
            done += 1
            return await super().replace(changed)

    with pytest.raises(ConnectionAbortedError):
        await Resealing(Dies(rig.database), rig.keyring, rig.file, rig.clock).rotate()
    rig.start()
    assert await rig.verified(0)
    assert await rig.verified(OWNERS - 1)
    finished = await rig.work.rotate()
    assert (finished.key, finished.changed) == (2, OWNERS - 40 * dies_at)


async def test_a_secret_that_opens_with_no_key_stops_nothing(rig: Rig) -> None:
    broken = rig.authenticator(900)
    await rig.stores.authenticators.add(replace(broken, owner=made_id("cus", 901)))  # swapped rows
    done = await rig.work.rotate()
    assert (done.changed, done.broken) == (OWNERS, 1)
    assert not await rig.verified(901)


def test_a_ring_grows_at_its_end_and_an_older_backup_knows_it_again(tmp_path: Path) -> None:
    from server.authenticator_ring import add_key, retire_key  # noqa: PLC0415

    file = tmp_path / "authenticators.key"
    write_secret(file, bytes(range(32)))
    held = [file.read_bytes()]
    for _ in range(2):
        add_key(file)
        held.append(file.read_bytes())
    assert file.stat().st_mode & 0o777 == 0o600
    retire_key(file, 1)
    held.append(file.read_bytes())
    assert list(read_ring(file).keys) == [2, 3]
    for since, content in enumerate(held):
        marks = {fingerprint("authenticators.key", one) for one in contents_before(content)}
        before = {fingerprint("authenticators.key", one) for one in held[: since + 1]}
        assert before <= marks if since < 3 else fingerprint("authenticators.key", held[0]) not in marks


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 31,
        b"tachiai-authenticators-1 1 short\n",
        b"tachiai-authenticators-1 0 " + b"A" * 43 + b"=\n",
        (b"tachiai-authenticators-1 2 " + b"A" * 43 + b"=\n") * 2,
        b"tachiai-authenticators-1 2 "
        + b"A" * 43
        + b"=\n"
        + b"tachiai-authenticators-1 1 "
        + b"A" * 43
        + b"=\n",
    ],
)
def test_what_is_no_ring_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match=r"authenticators\.key"):
        parsed(content, tmp_path / "authenticators.key")
