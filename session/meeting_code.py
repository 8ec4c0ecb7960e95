"""The code on a waiting customer's page, which the agent who accepted hears and types. Pure.

    K7QX-2M9D       seven characters and a check, of the invitation codes' alphabet, folding and check

It is made, never stored: an HMAC under the invitations' key over the session and the nonce of its acceptance. So a page
that is loaded anew shows the same code, a stolen table gives none, and the next acceptance has another.

It begins with a letter. An authenticator app's code never does: what agents ask customers to read out cannot be taken
for one, and what an agent types can be told from one. A guess hits 1 of 22 * 32^6 (2.4e10); a session allows five.
"""

import hashlib
import hmac
from typing import Final

from session.identity import SessionId
from session.invitation import ALPHABET, KEY_BYTES, check_character, folded_characters, well_formed

LENGTH: Final = 8
_LETTERS: Final = ALPHABET[10:]
_DOMAIN: Final = b"tachiai meeting code v1\0"


def made(key: bytes, session: SessionId, nonce: str) -> str:
    """Eight characters without hyphen. `key`: the invitations', 32 bytes."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the invitations' key has {KEY_BYTES} bytes, not {len(key)}")
    message = _DOMAIN + session.encode() + b"\0" + nonce.encode()
    number = int.from_bytes(hmac.digest(key, message, hashlib.sha256), "big")
    number, first = divmod(number, len(_LETTERS))
    data = _LETTERS[first]
    for _ in range(LENGTH - 2):
        number, value = divmod(number, len(ALPHABET))
        data += ALPHABET[value]
    return data + check_character(data)


def fold(typed: str) -> str | None:
    """The code that a person meant, or None if this is no well-formed one."""
    folded = folded_characters(typed)
    if folded is None or len(folded) != LENGTH or folded[0] not in _LETTERS:
        return None
    return folded if well_formed(folded) else None


def same(one: str, other: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def in_groups(code: str) -> str:
    """`K7QX2M9D` as it is shown and said: `K7QX-2M9D`."""
    return f"{code[:4]}-{code[4:]}"
