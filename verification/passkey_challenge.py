"""What an authenticator is asked to sign, and how often that counts: once. Pure; chance and time come in.

1. A challenge is 32 bytes. A plain one is its own nonce; a *bound* one is SHA-256 over a label, the parts that the
   signature shall stand for, and a nonce, each with its length in front (4 bytes, most significant first). The page
   makes a bound challenge again from what *it* knows before it asks the authenticator, so that nobody between gets a
   signature over something else.
2. A challenge is good for one purpose, one binding (a browser, a session, a link: whatever the caller names) and, where
   the owner is known beforehand, for that owner. It lives for five minutes.
3. It is taken by deleting its row. Whoever brings it, right or wrong, has used it up.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CHALLENGE_BYTES: Final = 32
LIFE_MS: Final = 300_000
LONGEST_BINDING: Final = 128
VERIFY_LABEL: Final = "verify"
BADGE_LABEL: Final = "badge"
_FIRST_TRANSCRIPT: Final = "tachiai/transcript/v1"


class Purpose(StrEnum):
    REGISTER = "register"
    SIGN_IN = "sign_in"
    STEP_UP = "step_up"  # once more, before something that a sign-in alone does not open
    VERIFY = "verify"  # a customer in a session
    BADGE = "badge"  # an agent, over the key that introduces them


@dataclass(frozen=True, slots=True)
class Challenge:
    """`hash` is hexadecimal. `owner` is None where anybody may answer: the answer says who it is."""

    hash: str
    purpose: Purpose
    owner: str | None
    binding: str
    expires_at_ms: int  # exclusive


@dataclass(frozen=True, slots=True)
class Bound:
    """What a signature shall stand for."""

    label: str
    parts: tuple[bytes, ...]

    def challenge(self, nonce: bytes) -> bytes:
        return hashlib.sha256(prefixed([self.label.encode("ascii"), *self.parts, nonce])).digest()


def for_session(transcript: bytes, level: str, action_hash: bytes = b"") -> Bound:
    """Of a customer's verification. `transcript` is the introduction's T, `action_hash` the one action's or empty.

    Raises ValueError for sizes that neither can have: then something else was about to be signed.
    """
    if len(transcript) != 32 or len(action_hash) not in {0, 32}:
        raise ValueError("a transcript has 32 bytes, an action's hash 32 or none")
    return Bound(VERIFY_LABEL, (transcript, level.encode("ascii"), action_hash))


def for_badge(*, device_key: str, case: str, login: str) -> Bound:
    """Of an agent who stands for a badge. `device_key` is the canonical JWK, `case` the reference, `login` an id."""
    return Bound(BADGE_LABEL, (device_key.encode(), case.encode(), login.encode()))


def first_transcript(*, session: str, case: str, agent: str, number: str, device: str) -> bytes:
    """T as long as no keys were exchanged: who deals with whom, on which device. `number` is the badge's, `device` the
    thumbprint of the key of the customer's device."""
    parts = (_FIRST_TRANSCRIPT, session, case, agent, number, device)
    return hashlib.sha256(prefixed(part.encode() for part in parts)).digest()


def prefixed(parts: Iterable[bytes]) -> bytes:
    """Each part behind its length, so that no two lists give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def challenge_hash(challenge: bytes) -> str:
    return hashlib.sha256(b"tachiai passkey challenge v1\0" + challenge).hexdigest()
