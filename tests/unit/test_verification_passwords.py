"""Passwords: one cost for everybody, bounded memory and waiting."""

import asyncio
from collections.abc import Iterator

import pytest

from verification.passwords import LONGEST_PASSWORD, Cost, Passwords, TooBusy

CHEAP = Cost(passes=1, memory_kib=64, lanes=1)


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(CHEAP)
    yield made
    made.close()


async def test_a_password_matches_itself_and_nothing_else(passwords: Passwords) -> None:
    stored = await passwords.hashed("correct horse")
    assert stored.startswith("$argon2id$")
    assert (await passwords.check(stored, "correct horse")).matches
    assert not (await passwords.check(stored, "correct horsf")).matches
    assert not (await passwords.check(stored, "")).matches


async def test_one_password_typed_on_two_keyboards_is_one(passwords: Passwords) -> None:
    stored = await passwords.hashed("パスワード１２３é")
    assert (await passwords.check(stored, "ﾊﾟｽﾜｰﾄﾞ123e\u0301")).matches


async def test_nobody_has_a_password_that_matches(passwords: Passwords) -> None:
    assert not (await passwords.check(None, "nobody has this password")).matches


async def test_a_password_over_the_cap_is_refused(passwords: Passwords) -> None:
    long = "x" * (LONGEST_PASSWORD + 1)
    with pytest.raises(ValueError, match="256"):
        await passwords.hashed(long)
    stored = await passwords.hashed(long[:-1])
    assert not (await passwords.check(stored, long)).matches
    assert not (await passwords.check(stored, "\ufdfa" * LONGEST_PASSWORD)).matches  # grows when normalised


async def test_half_a_character_is_a_password_like_any_other(passwords: Passwords) -> None:
    stored = await passwords.hashed("abc\ud800")
    assert (await passwords.check(stored, "abc\ud800")).matches


async def test_a_hash_of_another_cost_is_made_anew_at_sign_in(passwords: Passwords) -> None:
    dearer = Passwords(Cost(passes=2, memory_kib=64, lanes=1))
    stored = await passwords.hashed("correct horse")
    checked = await dearer.check(stored, "correct horse")
    assert checked.rehashed is not None
    assert (await dearer.check(checked.rehashed, "correct horse")).rehashed is None
    assert (await dearer.check(stored, "wrong")).rehashed is None
    dearer.close()


async def test_a_broken_hash_matches_nothing(passwords: Passwords) -> None:
    assert not (await passwords.check("$argon2id$broken", "correct horse")).matches


async def test_beyond_the_queue_the_answer_is_too_busy_at_once_and_places_come_back() -> None:
    crowded = Passwords(CHEAP, threads=1, waiting=2)
    answers = await asyncio.gather(*(crowded.check(None, "x") for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, TooBusy) for answer in answers) == 7
    assert not (await crowded.check(None, "x")).matches
    crowded.close()


async def test_whoever_stops_waiting_frees_no_place_before_the_work_is_done() -> None:
    crowded = Passwords(Cost(passes=30, memory_kib=8192, lanes=1), threads=1, waiting=0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(crowded.hashed("x"), timeout=0.001)
    with pytest.raises(TooBusy):
        await crowded.check(None, "x")
    crowded.close()


async def test_the_cost_is_the_one_that_was_chosen() -> None:
    real = Passwords()
    assert "m=65536,t=3,p=4" in await real.hashed("x")
    real.close()
