"""A stranger's wrong codes shut only the strangers' way: a known browser and the other kinds of code go on."""

from dataclasses import replace

import pytest

from server.storage.stores import Stores
from tests.storage.desk_rows import CUSTOMER, NOW, add_desk, made_id
from tests.storage.test_storage_customer_code import AUTHENTICATOR, WRONG, code, verifier_on, wrong_code
from verification import known_device, totp
from verification.customer_code import CodeRefused, CodeVerified, CustomerCodeVerifier
from verification.known_device import KnownDevice

DEVICE = made_id("dev")
TOKEN = known_device.token_from(bytes(32))
KNOWN = KnownDevice(
    id=DEVICE,
    customer=CUSTOMER.id,
    token_hash=known_device.token_hash(TOKEN),
    made_at_ms=NOW,
    expires_at_ms=NOW + known_device.LIFE_MS,
    seen_at_ms=NOW,
)


@pytest.fixture
async def verifier(stores: Stores) -> CustomerCodeVerifier:
    await add_desk(stores)
    await stores.authenticators.add(AUTHENTICATOR)
    await stores.known_devices.add(KNOWN, 0)
    return verifier_on(stores)


async def guess(
    verifier: CustomerCodeVerifier, typed: str, *, known: str = "", now_ms: int = NOW
) -> CodeVerified | CodeRefused:
    return await verifier.verify(
        customer=CUSTOMER.id, session="ses_a", device="d", code=typed, now_ms=now_ms, known_device=known
    )


async def is_good(stores: Stores) -> bool:
    found = await stores.known_devices.of_token_hash(known_device.token_hash(TOKEN))
    return found is not None and found.good(CUSTOMER.id, NOW)


async def test_strangers_suspend_only_the_way_of_unknown_browsers(
    verifier: CustomerCodeVerifier, stores: Stores
) -> None:
    for _ in range(10):
        assert await guess(verifier, wrong_code()) == WRONG
    assert await guess(verifier, code()) == WRONG
    assert isinstance(await guess(verifier, code(), known=DEVICE), CodeVerified)
    assert await is_good(stores)


async def test_a_known_browser_is_void_with_its_fifth_wrong_code_in_a_row(
    verifier: CustomerCodeVerifier, stores: Stores
) -> None:
    for _ in range(4):
        assert await guess(verifier, wrong_code(), known=DEVICE) == WRONG
    assert isinstance(await guess(verifier, code(), known=DEVICE), CodeVerified)
    for number in range(5):
        assert await is_good(stores), number
        last = DEVICE if number == 4 else None
        assert await guess(verifier, wrong_code(), known=DEVICE) == replace(WRONG, device=last)
    assert not await is_good(stores)
    later = NOW + totp.STEP_MS
    assert isinstance(await guess(verifier, code(totp.step_at(later)), now_ms=later), CodeVerified)


async def test_a_known_browsers_wrong_codes_use_up_no_strangers_ones(verifier: CustomerCodeVerifier) -> None:
    for _ in range(5):
        await guess(verifier, wrong_code(), known=DEVICE)
    for _ in range(9):
        await guess(verifier, wrong_code())
    assert isinstance(await guess(verifier, code()), CodeVerified)


async def test_what_a_crash_left_between_the_fifth_and_its_end_the_next_guess_finishes(
    verifier: CustomerCodeVerifier, stores: Stores
) -> None:
    for _ in range(5):
        await stores.attempts.reserve_all([(known_device.account_of(DEVICE), known_device.FAILURES)], NOW)
    assert await is_good(stores)
    assert await guess(verifier, code(), known=DEVICE) == replace(WRONG, device=DEVICE)
    assert not await is_good(stores)


async def test_a_browser_is_known_for_one_customer_and_a_year(stores: Stores) -> None:
    assert KNOWN.good(CUSTOMER.id, NOW + known_device.LIFE_MS - 1)
    assert not KNOWN.good(CUSTOMER.id, NOW + known_device.LIFE_MS)
    assert not KNOWN.good(made_id("cus", 2), NOW)


@pytest.mark.parametrize(
    "text", ["", "a" * 42, "a" * 44, "é" * 43, "A" * 42 + "B", "A" * 42 + "=", "A" * 41 + "+A"]
)
def test_only_the_one_form_of_a_cookie_is_looked_up(text: str) -> None:
    assert not known_device.is_token(text)
    assert known_device.is_token(TOKEN)
