"""A customer's code is judged over a real database: once, counted, and alike for known and unknown."""

from dataclasses import replace

import pytest

from server.storage.database import Database
from server.storage.stores import Stores
from tests.storage.desk_rows import CUSTOMER, NOW, made_id
from tests.storage.noted_statements import noted
from verification import totp
from verification.authenticator import Authenticator
from verification.customer_code import CodeRefused, CodeVerified, CustomerCodeVerifier
from verification.guesses import Guesses
from verification.sealing import Keyring, SealContext

SECRET = bytes(range(20))
KEYRING = Keyring({1: bytes(32)}, current=1)
SEALED = KEYRING.seal(SECRET, SealContext(CUSTOMER.id, made_id("aut"), 1))
AUTHENTICATOR = Authenticator(made_id("aut"), CUSTOMER.id, 1, SEALED)
STEP = totp.step_at(NOW)
WRONG = CodeRefused(replayed=False, counted=True)


@pytest.fixture
async def verifier(stores: Stores) -> CustomerCodeVerifier:
    await stores.authenticators.add(AUTHENTICATOR)
    return verifier_on(stores)


def verifier_on(stores: Stores, window: int = 1) -> CustomerCodeVerifier:
    guesses = Guesses(stores.attempts, stores.known_devices)
    return CustomerCodeVerifier(stores.authenticators, guesses, KEYRING, window=window)


def code(step: int = STEP) -> str:
    return totp.code_at(SECRET, step)


def wrong_code(step: int = STEP) -> str:
    """Six digits that are no code of the steps around."""
    right = {code(step + near) for near in range(-200, 300)}
    return next(text for text in (f"{number:06d}" for number in range(1000)) if text not in right)


async def verify(
    verifier: CustomerCodeVerifier,
    typed: str,
    *,
    session: str = "ses_a",
    device: str = "d",
    now_ms: int = NOW,
    customer: str | None = CUSTOMER.id,
) -> CodeVerified | CodeRefused:
    return await verifier.verify(customer=customer, session=session, device=device, code=typed, now_ms=now_ms)


async def test_a_right_code_verifies_at_v1_and_says_which_step_is_used(
    verifier: CustomerCodeVerifier,
) -> None:
    assert await verify(verifier, code()) == CodeVerified(AUTHENTICATOR.id, STEP, level="V1", method="totp")


async def test_the_previous_code_passes_only_where_the_window_allows(
    verifier: CustomerCodeVerifier, stores: Stores
) -> None:
    strict = verifier_on(stores, window=0)
    assert await verify(strict, code(STEP - 1)) == WRONG
    assert await verify(verifier, code(STEP + 1)) == WRONG
    assert isinstance(await verify(verifier, code(STEP - 1)), CodeVerified)


async def test_the_same_code_from_the_same_session_is_a_retry_and_from_another_a_replay(
    verifier: CustomerCodeVerifier, second_stores: Stores
) -> None:
    elsewhere = verifier_on(second_stores)
    await verify(verifier, code())
    assert await verify(elsewhere, code()) == CodeRefused(replayed=False, counted=False)
    assert await verify(elsewhere, code(), session="ses_b") == CodeRefused(replayed=True, counted=True)
    assert await verify(verifier, code(), device="another") == CodeRefused(replayed=True, counted=True)


async def test_an_earlier_code_is_void_once_a_later_one_was_used(verifier: CustomerCodeVerifier) -> None:
    await verify(verifier, code(STEP))
    assert await verify(verifier, code(STEP - 1), session="ses_b") == WRONG


async def test_what_is_no_code_costs_nothing(verifier: CustomerCodeVerifier) -> None:
    for typed in ("", "12345", "１２３４５６", "abcdef", "1" * 10_000):
        assert await verify(verifier, typed) == CodeRefused(replayed=False, counted=False)
    assert isinstance(await verify(verifier, code()), CodeVerified)


async def test_after_ten_wrong_codes_in_an_hour_a_right_one_is_answered_like_a_wrong_one(
    verifier: CustomerCodeVerifier, stores: Stores
) -> None:
    for number in range(10):
        assert await verify(verifier, wrong_code(), session=f"ses_{number}") == WRONG
    assert await verify(verifier, code()) == WRONG
    found = await stores.authenticators.of_owner(CUSTOMER.id)
    assert found == AUTHENTICATOR  # the refused code was not used up
    later = NOW + 3_600_000
    assert isinstance(await verify(verifier, code(totp.step_at(later)), now_ms=later), CodeVerified)


async def test_right_codes_are_not_failures(verifier: CustomerCodeVerifier) -> None:
    for number in range(30):
        now = NOW + number * totp.STEP_MS
        assert isinstance(await verify(verifier, code(totp.step_at(now)), now_ms=now), CodeVerified)


async def test_a_hundred_failures_in_a_row_disable_the_authenticator(
    verifier: CustomerCodeVerifier, stores: Stores
) -> None:
    now, refused = NOW, []
    for _ in range(10):
        refused += [await verify(verifier, wrong_code(totp.step_at(now)), now_ms=now) for _ in range(10)]
        now += 3_600_000
    last = CodeRefused(replayed=False, counted=True, disabled=AUTHENTICATOR.id)
    assert refused == [*[WRONG] * 99, last]
    found = await stores.authenticators.of_owner(CUSTOMER.id)
    assert found is not None
    assert found.disabled_at_ms == now - 3_600_000
    much_later = now + 1_000 * 3_600_000
    assert await verify(verifier, code(totp.step_at(much_later)), now_ms=much_later) == WRONG


async def test_a_right_code_between_them_begins_the_hundred_anew(verifier: CustomerCodeVerifier) -> None:
    now = NOW
    for _ in range(15):
        for _ in range(9):
            assert await verify(verifier, wrong_code(totp.step_at(now)), now_ms=now) == WRONG
        assert isinstance(await verify(verifier, code(totp.step_at(now)), now_ms=now), CodeVerified)
        now += 3_600_000


async def test_an_unknown_customer_is_answered_like_a_known_one_and_costs_the_same(
    verifier: CustomerCodeVerifier, database: Database
) -> None:
    asked = []
    for customer in (CUSTOMER.id, made_id("cus", 77), None):
        with noted(database) as statements:
            assert await verify(verifier, wrong_code(), customer=customer) == WRONG
        asked.append(statements)
    assert asked[0] == asked[1] == asked[2]
    assert any("JOIN authenticators" in statement for statement in asked[0])


async def test_a_secret_copied_to_another_customer_verifies_nobody(stores: Stores) -> None:
    await stores.authenticators.add(replace(AUTHENTICATOR, owner=made_id("cus", 2)))
    verifier = verifier_on(stores)
    assert await verify(verifier, code(), customer=made_id("cus", 2)) == WRONG


async def test_a_devices_offset_moves_the_window(stores: Stores) -> None:
    await stores.authenticators.add(replace(AUTHENTICATOR, offset=1))
    verifier = verifier_on(stores, window=0)
    assert await verify(verifier, code(STEP)) == WRONG
    assert isinstance(await verify(verifier, code(STEP + 1)), CodeVerified)
