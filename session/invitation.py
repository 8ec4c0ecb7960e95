"""The one-time way into a session: a link token, or a code for speech. Pure; randomness comes in as bytes.

The link token is 128 random bits in base64url (22 characters), carried in a URL's fragment and posted, never in a path
or query. The spoken code is 12 random characters of Crockford's base 32 (60 bits) and a check character:

    K7QX-2M9D-RT4W-C        data 12, check 1, shown in groups of 4, 4, 4, 1

**The check.** Each character is an element of GF(32) = GF(2)[x]/(x^5 + x^2 + 1), its value in the alphabet read as five
bits. With a = x, a code c0..c12 is well formed when c0*a^12 + c1*a^11 + ... + c11*a + c12 = 0. The thirteen weights are
different and none is zero (a has order 31), so every single wrong character and every exchange of two characters,
adjacent or not, is found; of all other mistakes 31 in 32. The page tests it, so that a typing mistake costs no attempt.

**Folding.** What a person types is folded before anything else: small letters are large, I and L are 1, O is 0; spaces,
hyphens and the dashes of keyboards and input methods are dropped; full-width forms are their ASCII ones. Nothing else
is repaired: U is not in the alphabet and stays a mistake.

**Storage.** Neither is stored. The database holds HMAC-SHA-256 under a key of its own, with the kind inside, so that a
stolen table gives no way in and a code's hash is never taken for a token's.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from session.identity import DeviceId, SessionId

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_BYTES: Final = 16
TOKEN_LENGTH: Final = 22
CODE_BYTES: Final = 8
DATA_LENGTH: Final = 12
CODE_LENGTH: Final = DATA_LENGTH + 1
TYPED_LONGEST: Final = 64  # characters; longer input is refused before it is looked at
KEY_BYTES: Final = 32

_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_REDUCTION: Final = 0b100101  # x^5 + x^2 + 1
_DOMAIN: Final = b"tachiai invitation v1\0"
_FULL_WIDTH: Final = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
# Space, no-break space, ideographic space, hyphen-minus, U+2010..2015 and 2212 dashes, the long-vowel marks.
_DROPPED: Final = frozenset(" \u00a0\u3000\t-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70")
_LOOKALIKES: Final = {"I": "1", "L": "1", "O": "0"}


class InvitationKind(StrEnum):
    LINK = "link"
    SPOKEN = "spoken"


@dataclass(frozen=True, slots=True)
class Invitation:
    """As stored: two ways into one session, both by hash (hexadecimal). One claim by either closes both.

    `expires_at` is exclusive, UTC milliseconds.
    """

    session: SessionId
    token_hash: str
    code_hash: str
    created_at: int
    expires_at: int
    claimed_at: int | None = None
    claimed_by: DeviceId | None = None


class InvitationStore(Protocol):
    """Raises `session.ports.StoreUnavailable` when the database does not answer in 2 s."""

    async def add(self, invitation: Invitation) -> None:
        """Committed on return. A session has one invitation at most."""
        ...

    async def claim(
        self, kind: InvitationKind, stored_hash: str, device: DeviceId, now: int
    ) -> SessionId | None:
        """The session, for exactly one caller ever, however many ask at once and on however many servers.

        None if there is no such invitation, or it is claimed or over: callers cannot tell which.
        """
        ...

    async def withdraw(self, session: SessionId, now: int) -> None:
        """End an unclaimed invitation, when its session ends first. Nothing happens if there is none."""
        ...


def token_from(random: bytes) -> str:
    """The link token for 16 random bytes."""
    if len(random) != TOKEN_BYTES:
        raise ValueError(f"a link token is made from {TOKEN_BYTES} random bytes, not {len(random)}")
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode("ascii")


def is_token(text: str) -> bool:
    """Whether `text` is a token in its one canonical form (the four unused bits of the last character are zero)."""
    if len(text) != TOKEN_LENGTH or not text.isascii():
        return False
    try:
        decoded = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except binascii.Error:
        return False
    return token_from(decoded) == text


def code_from(random: bytes) -> str:
    """The spoken code, 13 characters without hyphens, for 8 random bytes (the lowest 60 bits are used)."""
    if len(random) != CODE_BYTES:
        raise ValueError(f"a spoken code is made from {CODE_BYTES} random bytes, not {len(random)}")
    number = int.from_bytes(random, "big")
    data = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(DATA_LENGTH - 1, -1, -1))
    return data + check_character(data)


def check_character(data: str) -> str:
    """The thirteenth character for twelve; a shorter code's last for those before. Raises ValueError outside the
    alphabet."""
    if not 0 < len(data) <= DATA_LENGTH or any(character not in _VALUES for character in data):
        raise ValueError("the check is made over at most twelve characters of the alphabet")
    return ALPHABET[_times_a(_horner(data))]


def fold(typed: str) -> str | None:
    """The code a person meant, 13 canonical characters, or None if this is no well-formed code."""
    folded = folded_characters(typed)
    if folded is None or len(folded) != CODE_LENGTH:
        return None
    return folded if well_formed(folded) else None


def folded_characters(typed: str) -> str | None:
    """Large letters, look-alikes replaced, separators dropped; nothing is checked. None if it is too long to be
    looked at."""
    if len(typed) > TYPED_LONGEST:
        return None
    return "".join(
        _folded(character) for character in typed.translate(_FULL_WIDTH) if character not in _DROPPED
    )


def well_formed(code: str) -> bool:
    """Whether the check fits: of the alphabet, and at most CODE_LENGTH characters."""
    if len(code) > CODE_LENGTH or any(character not in _VALUES for character in code):
        return False
    return _horner(code) == 0


def in_groups(code: str) -> str:
    """`K7QX2M9DRT4WC` as it is shown and said: `K7QX-2M9D-RT4W-C`."""
    return "-".join((code[0:4], code[4:8], code[8:12], code[12:]))


def stored_hash(key: bytes, kind: InvitationKind, canonical: str) -> str:
    """What the database knows of a token or a folded code. `key`: 32 bytes, used for nothing else."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the invitations' key has {KEY_BYTES} bytes, not {len(key)}")
    message = _DOMAIN + kind.value.encode("ascii") + b"\0" + canonical.encode("ascii")
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def _folded(character: str) -> str:
    # Only ASCII letters are raised: `upper` turns other characters (such as the long s) into letters of ours.
    large = character.upper() if character.isascii() else character
    return _LOOKALIKES.get(large, large)


def _horner(characters: str) -> int:
    total = 0
    for character in characters:
        total = _times_a(total) ^ _VALUES[character]
    return total


def _times_a(element: int) -> int:
    doubled = element << 1
    return doubled ^ _REDUCTION if doubled & 32 else doubled
