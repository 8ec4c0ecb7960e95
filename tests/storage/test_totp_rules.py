"""The customer's TOTP, rule by rule, as far as it needs no session. Rules 8 to 11 are tried over HTTP."""

import asyncio
import time
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import update

from server.storage.stores import Stores
from server.storage.tables import authenticators
from tests.storage.desk_rows import CUSTOMER, NOW, add_desk, made_id
from tests.storage.test_storage_customer_code import (
    AUTHENTICATOR,
    KEYRING,
    SECRET,
    STEP,
    WRONG,
    code,
    verifier_on,
    verify,
    wrong_code,
)
from verification import totp
from verification.authenticator import Authenticator, StepClaim
from verification.customer_code import CodeRefused, CodeVerified
from verification.guesses import AUTHENTICATOR_LIMIT, UNKNOWN_DEVICE_LIMIT
from verification.known_device import FAILURES
from verification.sealing import SealContext, key_id_of

OTHER = made_id("cus", 2)
RFC_SECRET = b"12345678901234567890"
NO_CODE = CodeRefused(replayed=False, counted=False)


async def test_rule_1_a_row_copied_to_another_customer_or_swapped_with_theirs_opens_nothing(
    stores: Stores,
) -> None:
    assert totp.code_at(RFC_SECRET, totp.step_at(1_111_111_109_000)) == "081804"  # RFC 6238, appendix B
    assert (totp.SECRET_BYTES, key_id_of(AUTHENTICATOR.sealed)) == (20, KEYRING.current)
    theirs = bytes(reversed(SECRET))
    sealed = KEYRING.seal(theirs, SealContext(OTHER, made_id("aut", 2), 1))
    await stores.authenticators.add(AUTHENTICATOR)
    await stores.authenticators.add(Authenticator(made_id("aut", 2), OTHER, 1, sealed))
    async with stores.authenticators._database.writing() as connection:
        for row, seal in ((AUTHENTICATOR.id, sealed), (made_id("aut", 2), AUTHENTICATOR.sealed)):
            await connection.execute(
                update(authenticators).where(authenticators.c.id == row).values(sealed=seal)
            )
    verifier = verifier_on(stores)
    for customer in (CUSTOMER.id, OTHER):
        for secret in (SECRET, theirs):
            typed = totp.code_at(secret, STEP)
            assert await verify(verifier, typed, customer=customer) == WRONG


@pytest.mark.parametrize("digits", ["０１２３４５６７８９", "⁰¹²³⁴⁵⁶⁷⁸⁹", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "٠١٢٣٤٥٦٧٨٩"])
async def test_rule_2_other_digits_than_ascii_ones_are_no_code_however_right_they_look(
    stores: Stores, digits: str
) -> None:
    await stores.authenticators.add(AUTHENTICATOR)
    verifier = verifier_on(stores)
    assert await verify(verifier, code().translate(str.maketrans("0123456789", digits))) == NO_CODE
    assert isinstance(await verify(verifier, code()), CodeVerified)


def test_rule_3_the_hour_that_comes_twice_in_london_has_a_code_for_each_half_minute_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    try:
        first = (
            1_792_888_200  # 2026-10-25, 01:30 British Summer Time; an hour later the clocks say 01:30 again
        )
        steps = [totp.step_at((first + half * 30) * 1000) for half in range(240)]
        assert steps == list(range(first // 30, first // 30 + 240))
        again = pyotp.TOTP(totp.in_base32(RFC_SECRET))
        assert all(totp.code_at(RFC_SECRET, step) == again.at(step * 30) for step in steps)
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_rule_4_the_window_is_a_step_and_the_one_before_and_only_two_codes_move_it_later(
    stores: Stores,
) -> None:
    await stores.authenticators.add(AUTHENTICATOR)
    for step, passes in ((STEP + 1, False), (STEP - 2, False), (STEP - 1, True)):
        found = await verify(verifier_on(stores), code(step))
        assert isinstance(found, CodeVerified) is passes, step
    assert totp.confirmed(SECRET, code(STEP + 1), NOW) == totp.Confirmed(STEP + 1, 1)
    assert totp.confirmed(SECRET, code(STEP + 2), NOW) is None
    for away in range(-13, 14):
        found_pair = totp.resynchronised(SECRET, code(STEP + away - 1), code(STEP + away), NOW)
        expected = totp.Confirmed(STEP + away, away) if abs(away) <= totp.FARTHEST_OFFSET else None
        assert found_pair == expected, away
    assert totp.resynchronised(SECRET, code(STEP), code(STEP + 2), NOW) is None
    assert totp.resynchronised(SECRET, code(STEP), code(STEP), NOW) is None


async def test_rule_5_of_many_uses_at_once_one_counts_and_after_n_the_one_before_is_void(
    stores: Stores, second_stores: Stores
) -> None:
    await stores.authenticators.add(AUTHENTICATOR)
    verifiers = [verifier_on(stores), verifier_on(second_stores)]
    found = await asyncio.gather(
        *(verify(verifiers[number % 2], code(), session=f"ses_{number}") for number in range(10))
    )
    assert sum(isinstance(one, CodeVerified) for one in found) == 1
    assert await verify(verifiers[0], code(STEP - 1), session="ses_late") == WRONG
    assert await stores.authenticators.claim_step(AUTHENTICATOR.id, STEP - 1, "late") is StepClaim.PASSED


async def test_rule_6_every_candidate_is_computed_whoever_it_is_and_wherever_it_matches(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.authenticators.add(AUTHENTICATOR)
    computed: list[int] = []
    generate = pyotp.TOTP.generate_otp

    def counted(generator: pyotp.TOTP, step: int) -> str:
        computed.append(step)
        return generate(generator, step)

    monkeypatch.setattr(pyotp.TOTP, "generate_otp", counted)
    counts = []
    right = [totp.code_at(SECRET, STEP), totp.code_at(SECRET, STEP - 1)]
    for customer, typed in (
        (OTHER, right[0]),
        (None, right[0]),
        (CUSTOMER.id, "000000"),
        (CUSTOMER.id, right[1]),
    ):
        computed.clear()
        await verify(verifier_on(stores), typed, customer=customer)
        counts.append(len(computed))
    assert counts == [2, 2, 2, 2]


async def test_rule_7_ten_an_hour_shut_the_strangers_way_five_a_browser_and_a_hundred_the_app(
    stores: Stores,
) -> None:
    assert (UNKNOWN_DEVICE_LIMIT.count, UNKNOWN_DEVICE_LIMIT.window_ms) == (10, 3_600_000)
    assert (FAILURES.in_a_row, AUTHENTICATOR_LIMIT.in_a_row) == (5, 100)
    await add_desk(stores)
    await stores.authenticators.add(AUTHENTICATOR)
    verifier = verifier_on(stores)
    for number in range(10):
        assert await verify(verifier, wrong_code(), session=f"ses_{number}") == WRONG
    assert await verify(verifier, code()) == WRONG
    later = NOW + 3_600_000
    typed = code(totp.step_at(later))
    assert isinstance(await verify(verifier, typed, now_ms=later), CodeVerified)
    assert replace(AUTHENTICATOR, last_step=totp.step_at(later)) == await stores.authenticators.of_owner(
        CUSTOMER.id
    )
