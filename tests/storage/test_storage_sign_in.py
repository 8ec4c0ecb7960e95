"""Staff sign in over a real database: one answer for every refusal, codes used once, logins that end at once."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from server.storage.stores import Stores
from support.identity import StaffId
from tests.storage.desk_rows import AGENT, NOW, OFFICER, PASSWORD_HASH, made_id
from tests.storage.noted_statements import noted
from verification import totp
from verification.authenticator import Authenticator
from verification.credentials import NO_PASSWORD, Door
from verification.login import LOGIN_IDLE_MS, LOGIN_LIFE_MS, LoginRegistry
from verification.passwords import Cost, Passwords
from verification.ports import StoreUnavailable
from verification.sealing import Keyring, SealContext
from verification.sign_in import SignedIn, SignInRefused, StaffSignIn
from verification.staff_code import StaffCodes

SECRET, PASSWORD = bytes(range(20)), "correct horse battery"
KEYRING = Keyring({1: bytes(32)}, current=1)
CHEAP = Cost(passes=1, memory_kib=64, lanes=1)


@dataclass
class Entrance:
    """One server's way in."""

    sign_in: StaffSignIn
    logins: LoginRegistry
    stores: Stores

    async def enter(
        self,
        *,
        username: str = "agent",
        password: str = PASSWORD,
        code: str | None = None,
        door: Door = Door.AGENT,
        source: str = "192.0.2.1",
        now_ms: int = NOW,
    ) -> SignedIn | SignInRefused:
        return await self.sign_in.sign_in(
            username=username,
            password=password,
            code=code if code is not None else code_at(now_ms),
            door=door,
            source=source,
            now_ms=now_ms,
        )


def code_at(now_ms: int) -> str:
    return totp.code_at(SECRET, totp.step_at(now_ms))


def entrance_of(stores: Stores, passwords: Passwords) -> Entrance:
    logins = LoginRegistry(stores.logins)
    sign_in = StaffSignIn(
        credentials=stores.credentials,
        authenticators=stores.authenticators,
        attempts=stores.attempts,
        passwords=passwords,
        logins=logins,
        codes=StaffCodes(stores.authenticators, stores.attempts, KEYRING),
        officers_by_passkey=False,
    )
    return Entrance(sign_in, logins, stores)


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    made = Passwords(CHEAP)
    yield made
    made.close()


@pytest.fixture
async def entrance(stores: Stores, passwords: Passwords) -> Entrance:
    stored = await passwords.hashed(PASSWORD)
    for number, staff in enumerate((AGENT, OFFICER)):
        await stores.staff.add(staff, stored)
        name = made_id("aut", number)
        sealed = KEYRING.seal(SECRET, SealContext(staff.id, name, 1))
        await stores.authenticators.add(Authenticator(name, staff.id, 1, sealed))
    return entrance_of(stores, passwords)


async def test_name_password_and_code_open_a_login_whose_token_is_kept_nowhere(entrance: Entrance) -> None:
    entered = await entrance.enter()
    assert isinstance(entered, SignedIn)
    assert (entered.staff, entered.login.door) == (AGENT.id, Door.AGENT)
    assert await entrance.logins.find(entered.token, NOW) == entered.login
    assert entered.token not in repr((entered, await entrance.stores.logins.unended(NOW)))


async def test_a_name_is_told_in_any_case_and_nothing_else_is_repaired(entrance: Entrance) -> None:
    assert isinstance(await entrance.enter(username="Agent"), SignedIn)
    for number, name in enumerate((" agent", "agent\n", "ａｇｅｎｔ", "agent\0", "", "a" * 5000, "\ud800")):
        later = NOW + (number + 1) * 60_000
        assert isinstance(await entrance.enter(username=name, now_ms=later), SignInRefused)


async def test_every_part_must_be_right(entrance: Entrance) -> None:
    assert await entrance.enter(password="wrong") == SignInRefused(AGENT.id, "password")
    assert await entrance.enter(username="nobody") == SignInRefused("", "password")
    assert await entrance.enter(code="12345") == SignInRefused(AGENT.id, "code")
    assert await entrance.enter(door=Door.SECURITY) == SignInRefused(AGENT.id, "door")


async def test_a_code_is_used_once_by_staff_too(entrance: Entrance) -> None:
    assert isinstance(await entrance.enter(), SignedIn)
    assert await entrance.enter() == SignInRefused(AGENT.id, "code_replayed")
    assert isinstance(await entrance.enter(now_ms=NOW + 30_000), SignedIn)


async def test_an_officer_enters_by_the_security_door_only(entrance: Entrance) -> None:
    assert isinstance(await entrance.enter(username="officer", door=Door.SECURITY), SignedIn)
    later = NOW + 60_000
    assert await entrance.enter(username="officer", now_ms=later) == SignInRefused(OFFICER.id, "door")


async def test_whoever_is_blocked_does_not_enter_until_the_block_is_over(entrance: Entrance) -> None:
    await entrance.stores.staff.block(AGENT.id, NOW + 60_000)
    assert await entrance.enter() == SignInRefused(AGENT.id, "blocked")
    assert isinstance(await entrance.enter(now_ms=NOW + 60_000), SignedIn)


async def test_a_stranger_who_knows_a_name_locks_out_only_where_they_are(entrance: Entrance) -> None:
    for _ in range(12):
        await entrance.enter(password="wrong", code="000000", source="198.51.100.7")
    assert await entrance.enter(source="198.51.100.7") == SignInRefused(AGENT.id, "password")
    assert isinstance(await entrance.enter(), SignedIn)


async def test_one_address_cannot_shut_anybody_out_however_often_it_tries(entrance: Entrance) -> None:
    for number in range(130):
        await entrance.enter(password="wrong", source="198.51.100.7", now_ms=NOW + number * 20_000)
    assert isinstance(await entrance.enter(now_ms=NOW + 130 * 20_000), SignedIn)


async def test_many_addresses_cannot_shut_anybody_out_but_have_few_tries_each(entrance: Entrance) -> None:
    for number in range(12):
        for _ in range(10):
            await entrance.enter(password="wrong", source=f"198.51.100.{number}")
    assert isinstance(await entrance.enter(now_ms=NOW + 60_000), SignedIn)
    for number in range(2):
        wrong = await entrance.enter(password="wrong", source="203.0.113.1", now_ms=NOW + 61_000 + number)
        assert wrong == SignInRefused(AGENT.id, "password")
    later = NOW + 120_000
    assert await entrance.enter(source="203.0.113.1", now_ms=later) == SignInRefused(AGENT.id, "password")
    assert isinstance(await entrance.enter(now_ms=later), SignedIn)


async def test_a_name_under_attack_asks_the_database_the_same_whoever_has_it(entrance: Entrance) -> None:
    for number in range(11):
        for name in ("agent", "nobody"):
            for _ in range(10):
                await entrance.enter(username=name, password="wrong", source=f"198.51.100.{number}")
    asked = [
        await statements_of(entrance, username=name, password="wrong", source=source)
        for name in ("agent", "nobody")
        for source in ("203.0.113.1", "198.51.100.1")
    ]
    assert all(statements == asked[0] for statements in asked)


async def test_wrong_codes_are_counted_only_with_the_right_password(entrance: Entrance) -> None:
    for _ in range(10):
        assert await entrance.enter(code="00000x") == SignInRefused(AGENT.id, "code")
    assert await entrance.enter() == SignInRefused(AGENT.id, "throttled")
    assert isinstance(await entrance.enter(now_ms=NOW + 3_600_000), SignedIn)


async def test_every_refusal_asks_the_database_the_same(entrance: Entrance) -> None:
    """So the time tells neither whether a name is known nor whether its password was right."""
    asked = [
        await statements_of(entrance, username=username, password=password)
        for username, password in (("agent", "wrong"), ("nobody", PASSWORD), ("agent", PASSWORD))
    ]
    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) > 9


async def statements_of(
    entrance: Entrance, *, username: str, password: str, source: str = "192.0.2.1"
) -> list[str]:
    """What one refused sign-in asks of the database."""
    with noted(entrance.stores.attempts._database) as statements:
        entered = await entrance.enter(username=username, password=password, code="0", source=source)
    assert isinstance(entered, SignInRefused)
    return statements


async def test_names_that_nobody_has_fill_no_table(entrance: Entrance) -> None:
    for number in range(12):
        await entrance.enter(username=f"nobody{number}", password="x", code="000000", source=f"s{number}")
    limits = [name for name in await accounts(entrance) if name.startswith("password/?") and "@" not in name]
    assert limits
    assert all(int(name.removeprefix("password/?")) < 4096 for name in limits)


async def accounts(entrance: Entrance) -> list[str]:
    async with entrance.stores.attempts._database.reading() as transaction:
        return [row[0] for row in await transaction.exec_driver_sql("SELECT account FROM attempts")]


async def test_a_password_hashed_at_another_cost_is_hashed_anew(entrance: Entrance) -> None:
    dearer = Passwords(replace(CHEAP, passes=2))
    before = await entrance.stores.credentials.of_username("agent")
    assert isinstance(await entrance_of(entrance.stores, dearer).enter(), SignedIn)
    after = await entrance.stores.credentials.of_username("agent")
    assert before is not None
    assert after is not None
    assert before.password_hash != after.password_hash
    dearer.close()


async def test_staff_without_an_authenticator_do_not_enter(stores: Stores, passwords: Passwords) -> None:
    await stores.staff.add(AGENT, await passwords.hashed(PASSWORD))
    assert await entrance_of(stores, passwords).enter() == SignInRefused(AGENT.id, "code")


async def test_a_login_dies_after_quiet_minutes_and_after_twelve_hours_whatever_happens(
    entrance: Entrance,
) -> None:
    entered = await entrance.enter()
    assert isinstance(entered, SignedIn)
    find, now = entrance.logins.find, NOW
    while now < NOW + LOGIN_LIFE_MS - LOGIN_IDLE_MS:
        now += LOGIN_IDLE_MS - 1
        assert await find(entered.token, now) is not None
    assert await find(entered.token, NOW + LOGIN_LIFE_MS) is None
    again = await entrance.enter(now_ms=NOW + LOGIN_LIFE_MS)
    assert isinstance(again, SignedIn)
    assert await find(again.token, NOW + LOGIN_LIFE_MS + LOGIN_IDLE_MS) is None


async def test_a_running_session_keeps_a_login_awake_but_wakes_no_dead_one(entrance: Entrance) -> None:
    entered = await entrance.enter()
    assert isinstance(entered, SignedIn)
    name, logins = entered.login.id, entrance.logins
    await logins.keep(name, NOW + LOGIN_IDLE_MS - 1)
    assert logins.live(name, NOW + LOGIN_IDLE_MS)
    await logins.keep(name, NOW + 3 * LOGIN_IDLE_MS)
    assert not logins.live(name, NOW + 3 * LOGIN_IDLE_MS)


async def test_an_ended_login_is_dead_at_once_here_and_on_its_next_request_elsewhere(
    entrance: Entrance, second_stores: Stores
) -> None:
    entered = await entrance.enter()
    assert isinstance(entered, SignedIn)
    elsewhere = LoginRegistry(second_stores.logins)
    assert await elsewhere.find(entered.token, NOW) is not None
    await entrance.logins.end(entered.login.id, NOW + 1)
    assert not entrance.logins.live(entered.login.id, NOW + 1)
    assert await entrance.logins.find(entered.token, NOW + 1) is None
    assert await elsewhere.find(entered.token, NOW + 1) is None
    assert not elsewhere.live(entered.login.id, NOW + 1)


async def test_an_ended_login_stays_dead_here_though_the_database_did_not_hear_of_it(
    entrance: Entrance, tmp_path: Path
) -> None:
    entered = await entrance.enter()
    assert isinstance(entered, SignedIn)
    other = sqlite3.connect(tmp_path / "tachiai.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await entrance.logins.end(entered.login.id, NOW)
    other.execute("ROLLBACK")
    other.close()
    assert not entrance.logins.live(entered.login.id, NOW)
    assert await entrance.logins.find(entered.token, NOW) is None
    assert await entrance.logins.find(entered.token, NOW + 1) is None


async def test_all_logins_of_one_person_end_together_and_nobody_elses(entrance: Entrance) -> None:
    first = await entrance.enter()
    second = await entrance.enter(now_ms=NOW + 30_000)
    officer = await entrance.enter(username="officer", door=Door.SECURITY, now_ms=NOW + 30_000)
    assert isinstance(first, SignedIn)
    assert isinstance(second, SignedIn)
    assert isinstance(officer, SignedIn)
    ended = await entrance.logins.end_all(AGENT.id, NOW + 30_001)
    assert ended == sorted([first.login.id, second.login.id])
    assert not entrance.logins.live(first.login.id, NOW + 30_001)
    assert not entrance.logins.live(second.login.id, NOW + 30_001)
    assert entrance.logins.live(officer.login.id, NOW + 30_001)


async def test_a_restarted_server_knows_the_logins_that_were_live(
    entrance: Entrance, second_stores: Stores
) -> None:
    entered = await entrance.enter()
    assert isinstance(entered, SignedIn)
    restarted = LoginRegistry(second_stores.logins)
    assert not restarted.live(entered.login.id, NOW)
    await restarted.load(NOW)
    assert restarted.live(entered.login.id, NOW)
    assert not restarted.live("log_unknown", NOW)


async def test_what_is_no_token_opens_nothing(entrance: Entrance) -> None:
    await entrance.enter()
    for token in ("", "x", "x" * 43, "\ud800" * 43, PASSWORD_HASH):
        assert await entrance.logins.find(token, NOW) is None


async def test_somebody_without_a_password_is_answered_like_a_wrong_password_after_the_same_work(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await entrance.stores.staff.add(
        replace(AGENT, id=StaffId(made_id("sta", 9)), username="new", number="A-999"), NO_PASSWORD
    )
    judged: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, stored: str, password: bytes) -> bool:
        judged.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for password in (NO_PASSWORD, "", PASSWORD):
        assert isinstance(await entrance.enter(username="new", password=password), SignInRefused)
    assert len(judged) == 3
    assert all(stored.startswith("$argon2id$") for stored in judged)
