"""Sealed secrets open only unchanged, only for their owner, and only under a key of the ring."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.sealing import Keyring, SealBroken, SealContext, key_id_of

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
RING = Keyring({1: OLD, 2: NEW}, current=2)
CONTEXT = SealContext(owner="cus_one", authenticator="aut_one", version=1)
secrets_of_any_size = st.binary(min_size=1, max_size=64)
names = st.text(max_size=12)


@given(secrets_of_any_size, names, names, st.integers(0, 2**63))
def test_a_secret_comes_back_for_its_owner(
    secret: bytes, owner: str, authenticator: str, version: int
) -> None:
    context = SealContext(owner, authenticator, version)
    assert RING.open(RING.seal(secret, context), context) == secret


@pytest.mark.parametrize(
    "other",
    [
        SealContext("cus_two", "aut_one", 1),
        SealContext("cus_one", "aut_two", 1),
        SealContext("cus_one", "aut_one", 2),
        SealContext("cus_onea", "ut_one", 1),  # the same letters, cut elsewhere
    ],
)
def test_a_row_copied_to_another_owner_does_not_open(other: SealContext) -> None:
    sealed = RING.seal(b"secret", CONTEXT)
    with pytest.raises(SealBroken):
        RING.open(sealed, other)


def test_every_flipped_bit_breaks_the_seal() -> None:
    sealed = RING.seal(b"secret", CONTEXT)
    for bit in range(len(sealed) * 8):
        mutant = bytearray(sealed)
        mutant[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(SealBroken):
            RING.open(bytes(mutant), CONTEXT)


def test_no_mutant_opens() -> None:
    sealed, dice = RING.seal(b"secret", CONTEXT), random.Random(7)  # noqa: S311  # mutants that come back
    for _ in range(10_000):
        mutant = bytearray(sealed)
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(mutant) + 1)
            action = dice.randrange(3)
            if action == 0 and place < len(mutant):
                mutant[place] = dice.randrange(256)
            elif action == 1:
                mutant.insert(place, dice.randrange(256))
            else:
                del mutant[place:]
        if bytes(mutant) != sealed:
            with pytest.raises(SealBroken):
                RING.open(bytes(mutant), CONTEXT)


def test_an_old_key_opens_until_it_is_taken_out() -> None:
    sealed = Keyring({1: OLD}, current=1).seal(b"secret", CONTEXT)
    assert key_id_of(sealed) == 1
    assert RING.open(sealed, CONTEXT) == b"secret"
    assert RING.stale(sealed)
    assert not RING.stale(RING.seal(b"secret", CONTEXT))
    with pytest.raises(SealBroken, match="no key 1"):
        Keyring({2: NEW}, current=2).open(sealed, CONTEXT)


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert RING.seal(b"secret", CONTEXT) != RING.seal(b"secret", CONTEXT)


def test_a_ring_that_cannot_seal_is_refused() -> None:
    for keys, current in (({1: OLD}, 2), ({1: b"short"}, 1), ({2**32: OLD}, 2**32)):
        with pytest.raises(ValueError, match="key"):
            Keyring(keys, current)
    for secret in (b"", bytes(2000)):
        with pytest.raises(ValueError, match="1 to 1024 bytes"):
            RING.seal(secret, CONTEXT)
