"""Is this the customer of the case? One recovery code, typed by the customer on their own page, inside their session.

1. A guess is counted before it is judged (`guesses`).
2. One argon2id hash whatever is typed: for a slot that is used or was never filled, and for nobody, nobody's hash.
3. A right code counts only if it could be used up, in one atomic write.
4. The same code again from the same session and device is a retry: refused, but not counted, and no replay.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from verification import recovery_code
from verification.customer_code import CodeRefused
from verification.guesses import Guess, Guesses
from verification.passwords import Passwords
from verification.ports import RecoveryCodeStore, StoredRecoveryCode


@dataclass(frozen=True, slots=True)
class RecoveryVerified:
    """`code` names the one that is used up, durably; `left` are good still."""

    code: str
    left: int
    level: Literal["V1"] = "V1"
    method: Literal["recovery_code"] = "recovery_code"


class RecoveryVerifier:
    def __init__(self, codes: RecoveryCodeStore, guesses: Guesses, passwords: Passwords) -> None:
        self._codes, self._guesses, self._passwords = codes, guesses, passwords

    async def verify(
        self, *, customer: str | None, session: str, device: str, known_device: str, code: str, now_ms: int
    ) -> RecoveryVerified | CodeRefused:
        """Judge one code, in its canonical form. `known_device` as in `CustomerCodeVerifier`. Raises StoreUnavailable,
        TooBusy: then it was not judged, and counts as wrong."""
        if not recovery_code.is_recovery_code(code):
            return CodeRefused(replayed=False, counted=False)
        guess = await self._guesses.recovery(customer or "", known_device, now_ms)
        found = await self._codes.of_slot(customer or "", recovery_code.slot_of(code))
        checked = await self._passwords.check(found.code_hash if found else None, code)
        if not guess.allowed or found is None or not checked.matches:
            spent = await self._guesses.wrong(guess, now_ms)
            return CodeRefused(replayed=False, counted=True, device=spent)
        return await self._use(found, guess, f"{session}/{device}", now_ms)

    async def _use(
        self, found: StoredRecoveryCode, guess: Guess, used_by: str, now_ms: int
    ) -> RecoveryVerified | CodeRefused:
        left = await self._codes.use(found.id, used_by, now_ms)
        if left is not None:
            await self._guesses.right(guess)
            return RecoveryVerified(found.id, left)
        if await self._codes.used_by(found.id) == used_by:
            await self._guesses.right(guess)
            return CodeRefused(replayed=False, counted=False)
        device = await self._guesses.wrong(guess, now_ms)
        return CodeRefused(replayed=True, counted=True, device=device)


async def new_codes(
    passwords: Passwords, random: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[list[str], list[str]]:
    """Ten codes, and their hashes in the order of the slots. Raises TooBusy."""
    codes = [
        recovery_code.code_from(slot, random(recovery_code.RANDOM_BYTES))
        for slot in range(recovery_code.COUNT)
    ]
    return codes, [await passwords.hashed(code) for code in codes]
