"""A recovery code verifies once, whoever asks at once, and costs the same for everybody."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event

from server.storage.database import Database
from server.storage.stores import Stores
from tests.storage.desk_rows import CUSTOMER, NOW, add_desk, made_id
from verification.customer_code import CodeRefused
from verification.guesses import Guesses
from verification.passwords import Cost, Passwords
from verification.recovery_codes import RecoveryVerified, RecoveryVerifier, new_codes

CHEAP = Cost(passes=1, memory_kib=64, lanes=1)
WRONG = "4" + "0" * 15
REFUSED = CodeRefused(replayed=False, counted=True)


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    made = Passwords(CHEAP, waiting=100)
    yield made
    made.close()


@pytest.fixture
async def codes(stores: Stores, passwords: Passwords) -> list[str]:
    await add_desk(stores)
    shown, hashes = await new_codes(passwords)
    await stores.recovery_codes.replace(CUSTOMER.id, hashes, 0, NOW)
    return shown


def verifier_on(stores: Stores, passwords: Passwords) -> RecoveryVerifier:
    return RecoveryVerifier(stores.recovery_codes, Guesses(stores.attempts, stores.known_devices), passwords)


async def verify(
    verifier: RecoveryVerifier, code: str, *, session: str = "ses_a", customer: str | None = CUSTOMER.id
) -> RecoveryVerified | CodeRefused:
    return await verifier.verify(
        customer=customer, session=session, device="d", known_device="", code=code, now_ms=NOW
    )


async def test_each_of_the_ten_verifies_once_and_says_how_many_are_left(
    stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    verifier = verifier_on(stores, passwords)
    for left, code in zip(range(9, -1, -1), codes, strict=True):
        found = await verify(verifier, code)
        assert isinstance(found, RecoveryVerified)
        assert (found.left, found.level, found.method) == (left, "V1", "recovery_code")
    assert await stores.recovery_codes.remaining(CUSTOMER.id) == 0


async def test_of_fifty_uses_at_once_on_two_servers_exactly_one_verifies(
    stores: Stores, second_stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    verifiers = [verifier_on(one, passwords) for one in (stores, second_stores)]
    asked = [
        verifiers[number % 2].verify(
            customer=CUSTOMER.id,
            session=f"ses_{number}",
            device="d",
            known_device=made_id("dev", number),
            code=codes[3],
            now_ms=NOW,
        )
        for number in range(50)
    ]
    found = await asyncio.gather(*asked)
    assert sum(isinstance(one, RecoveryVerified) for one in found) == 1
    assert sum(isinstance(one, CodeRefused) and one.replayed for one in found) == 49


async def test_the_same_session_is_a_retry_and_another_a_replay(
    stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    verifier = verifier_on(stores, passwords)
    await verify(verifier, codes[0])
    assert await verify(verifier, codes[0]) == CodeRefused(replayed=False, counted=False)
    assert await verify(verifier, codes[0], session="ses_b") == CodeRefused(replayed=True, counted=True)


async def test_new_codes_make_the_former_ones_void(
    stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    shown, hashes = await new_codes(passwords)
    await stores.recovery_codes.replace(CUSTOMER.id, hashes, 1, NOW)
    verifier = verifier_on(stores, passwords)
    assert await verify(verifier, codes[0]) == REFUSED
    assert isinstance(await verify(verifier, shown[0]), RecoveryVerified)


async def test_a_code_of_one_customer_is_nobody_elses(
    stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    verifier = verifier_on(stores, passwords)
    assert await verify(verifier, codes[0], customer=made_id("cus", 2)) == REFUSED
    assert await verify(verifier, codes[0], customer=None) == REFUSED
    assert isinstance(await verify(verifier, codes[0]), RecoveryVerified)


async def test_known_unknown_and_used_cost_the_same_statements_and_one_hash(
    stores: Stores, passwords: Passwords, codes: list[str], database: Database
) -> None:
    verifier, statements = verifier_on(stores, passwords), []
    event.listen(
        database._reading.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: statements.append(statement),
    )
    asked = []
    for customer in (CUSTOMER.id, made_id("cus", 77), None):
        statements.clear()
        assert await verify(verifier, WRONG, customer=customer) == REFUSED
        asked.append(list(statements))
    assert asked[0] == asked[1] == asked[2]


async def test_ten_wrong_ones_in_an_hour_suspend_recovery_codes_alone(
    stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    verifier = verifier_on(stores, passwords)
    for _ in range(10):
        assert await verify(verifier, WRONG) == REFUSED
    assert await verify(verifier, codes[0]) == REFUSED
    assert await stores.recovery_codes.remaining(CUSTOMER.id) == 10
    totp = await Guesses(stores.attempts, stores.known_devices).totp(CUSTOMER.id, "", NOW)
    assert totp.allowed


async def test_what_is_no_recovery_code_costs_nothing(
    stores: Stores, passwords: Passwords, codes: list[str]
) -> None:
    verifier = verifier_on(stores, passwords)
    for text in ("", "123456", codes[0].lower(), f" {codes[0]}", "4" * 100_000):
        assert await verify(verifier, text) == CodeRefused(replayed=False, counted=False)
