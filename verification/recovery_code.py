"""Recovery codes: ten of them, each good once, for somebody whose authenticator is not at hand. Pure.

    4K7Q-X2M9-DRT4-WC8P        the slot, 0 to 9, and 15 random characters of Crockford's base 32 (75 bits)

The slot in front says which of the ten is meant, so that one argon2id hash is computed for a try, not ten; it is no
secret. What a person types is folded in the page (small letters, O for 0, I and L for 1, blanks and hyphens); here only
the one canonical form is looked at.
"""

import re
from typing import Final

COUNT: Final = 10
RANDOM_LENGTH: Final = 15
LENGTH: Final = 1 + RANDOM_LENGTH
RANDOM_BYTES: Final = 10  # 80 bits, of which the last 5 are not used
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP: Final = 4
_CODE: Final = re.compile(rf"[0-9][{ALPHABET}]{{{RANDOM_LENGTH}}}")


def is_recovery_code(text: str) -> bool:
    """The canonical form: sixteen characters, no blanks or hyphens."""
    return len(text) == LENGTH and text.isascii() and _CODE.fullmatch(text) is not None


def code_from(slot: int, random: bytes) -> str:
    """The code of `slot` (0 to 9) for 10 random bytes."""
    if not 0 <= slot < COUNT or len(random) != RANDOM_BYTES:
        raise ValueError(f"a recovery code has a slot below {COUNT} and is made from {RANDOM_BYTES} bytes")
    number = int.from_bytes(random, "big") >> 5
    places = range(5 * (RANDOM_LENGTH - 1), -1, -5)
    return str(slot) + "".join(ALPHABET[number >> place & 31] for place in places)


def slot_of(code: str) -> int:
    """`code` is canonical."""
    return int(code[0])


def shown(code: str) -> str:
    """In groups of four, as it is printed."""
    return "-".join(code[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))
