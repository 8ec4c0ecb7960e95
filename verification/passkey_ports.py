"""What passkeys ask of storage."""

from typing import Protocol

from verification.enrolment import Subject
from verification.passkey import Passkey
from verification.passkey_challenge import Challenge


class PasskeyStore(Protocol):
    """Every method raises StoreUnavailable if the database does not answer in 2 s; what it writes is committed."""

    async def of_owner(self, owner: Subject) -> list[Passkey]:
        """Oldest first, disabled ones too."""
        ...

    async def of_credential(self, credential: bytes) -> tuple[Passkey, bytes] | None:
        """With its owner's user handle."""
        ...

    async def handle_of(self, owner: Subject, fresh: bytes) -> bytes:
        """The owner's user handle for good: `fresh` where there was none yet."""
        ...

    async def count_on(self, passkey: str, sign_count: int, now_ms: int) -> bool:
        """Keep the counter of an assertion; False if it does not count on, or the passkey is disabled or gone. One
        write: of two answers with the same counter above 0 one passes."""
        ...

    async def disable(self, passkey: str, now_ms: int) -> bool:
        """False if it was disabled or gone already."""
        ...


class ChallengeStore(Protocol):
    """As above."""

    async def keep(self, challenge: Challenge, now_ms: int) -> None:
        """Those that are over are forgotten, and so is an earlier one of the same purpose, owner and binding."""
        ...

    async def take(self, challenge_hash: str) -> Challenge | None:
        """To exactly one caller ever, on however many servers: it is deleted."""
        ...
