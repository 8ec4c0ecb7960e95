"""Is this the customer of the case? One code, typed by the customer on their own page, inside their session.

1. A failure is counted *before* the code is judged, and taken back if it was right: guesses sent at once cannot all
   pass (`guesses`).
2. An unknown customer, one without authenticator, a disabled one, a secret that does not open and a suspended account
   cost the same work and get the same answer as a wrong code: a code is always computed and compared, against a secret
   nobody knows.
3. A right code counts only if its step could be claimed, in one atomic write (RFC 6238 section 5.2: one use).
4. The same code again from the same session and device is a retry: refused, but not counted, and no replay.
5. A hundred wrong codes in a row disable the authenticator; whatever rests on it goes first.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from verification import totp
from verification.authenticator import Authenticator, StepClaim
from verification.guesses import Guess, Guesses
from verification.ports import AuthenticatorStore
from verification.sealing import Keyring, SealBroken, SealContext


@dataclass(frozen=True, slots=True)
class CodeVerified:
    """`step` is used up, durably."""

    authenticator: str
    step: int
    level: Literal["V1"] = "V1"
    method: Literal["totp"] = "totp"


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """The page is told "refused" and no more. `replayed`: the code was right, and used before by another session or
    device. `counted`: it is one of the session's five failures. `disabled` and `device` name the authenticator, and the
    known browser, that this one was the last straw for."""

    replayed: bool
    counted: bool
    disabled: str | None = None
    device: str | None = None


async def _nothing(_: str) -> None:
    """Where nothing rests on codes."""


class CustomerCodeVerifier:
    """`window`: 1 lets the previous step pass (usable), 0 does not (OWASP ASVS 5.0, 6.5.5). `shut`: ends what rests on
    codes of this customer, at once."""

    def __init__(
        self,
        authenticators: AuthenticatorStore,
        guesses: Guesses,
        keyring: Keyring,
        *,
        window: int = 1,
        shut: Callable[[str], Awaitable[None]] = _nothing,
    ) -> None:
        self._shut = shut
        self._authenticators = authenticators
        self._guesses = guesses
        self._keyring = keyring
        self._window = window
        self._nobody_secret = secrets.token_bytes(totp.SECRET_BYTES)  # made anew in each process
        self._nobody = nobody(keyring, self._nobody_secret)

    async def verify(
        self,
        *,
        customer: str | None,
        session: str,
        device: str,
        code: str,
        now_ms: int,
        known_device: str = "",
    ) -> CodeVerified | CodeRefused:
        """Judge one code. `customer` is the case's, None where the case names nobody; `known_device` the id of the
        browser, where this very customer was verified in it before. Raises StoreUnavailable."""
        if not totp.is_code(code):
            return CodeRefused(replayed=False, counted=False)
        guess = await self._guesses.totp(customer or "", known_device, now_ms)
        found = await self._authenticators.of_owner(customer or "")
        step = self._step(found, code, now_ms)
        if not guess.allowed or found is None or step is None:
            return await self._wrong(found, guess, now_ms)
        return await self._claim(found, step, guess, now_ms, used_by=f"{session}/{device}")

    async def _claim(
        self, found: Authenticator, step: int, guess: Guess, now_ms: int, *, used_by: str
    ) -> CodeVerified | CodeRefused:
        claim = await self._authenticators.claim_step(found.id, step, used_by)
        if claim in {StepClaim.CLAIMED, StepClaim.USED_HERE}:
            await self._guesses.right(guess)
        if claim is StepClaim.CLAIMED:
            return CodeVerified(authenticator=found.id, step=step)
        if claim is StepClaim.USED_HERE:
            return CodeRefused(replayed=False, counted=False)
        return await self._wrong(found, guess, now_ms, replayed=claim is StepClaim.USED_ELSEWHERE)

    async def _wrong(
        self, found: Authenticator | None, guess: Guess, now_ms: int, *, replayed: bool = False
    ) -> CodeRefused:
        disabled = await self._disabled(found, now_ms) if guess.spent and found is not None else None
        device = await self._guesses.wrong(guess, now_ms)
        return CodeRefused(replayed=replayed, counted=True, disabled=disabled, device=device)

    async def _disabled(self, found: Authenticator, now_ms: int) -> str | None:
        """Its id, to the one who disabled it. With every further guess what rests on it is looked for again: a server
        may not have answered."""
        try:
            await self._shut(found.owner)
        finally:
            done = await self._authenticators.disable(found.id, now_ms)
        return found.id if done else None

    async def stands(self, customer: str, authenticator: str) -> bool:
        """Whether this authenticator of theirs counts. Raises StoreUnavailable."""
        found = await self._authenticators.of_owner(customer)
        return found is not None and found.id == authenticator and found.disabled_at_ms is None

    def _step(self, found: Authenticator | None, code: str, now_ms: int) -> int | None:
        """The step that matches a real authenticator; for nobody, or a broken seal, the same work and None."""
        if self._keyring.stale(
            self._nobody.sealed
        ):  # else nobody's would open faster, once the old key is gone
            self._nobody = nobody(self._keyring, self._nobody_secret)
        judged = found or self._nobody
        opened = opened_secret(self._keyring, judged)
        secret = opened if opened is not None else self._nobody_secret
        step = totp.matched_step(secret, code, now_ms, offset=judged.offset, window=self._window)
        good = found is not None and opened is not None and found.disabled_at_ms is None
        return step if good else None


def opened_secret(keyring: Keyring, authenticator: Authenticator) -> bytes | None:
    """The secret, None where its seal is broken."""
    context = SealContext(authenticator.owner, authenticator.id, authenticator.version)
    try:
        return keyring.open(authenticator.sealed, context)
    except SealBroken:
        return None


def nobody(keyring: Keyring, secret: bytes) -> Authenticator:
    """Who is judged where nobody is found: the same work, and no device has the secret."""
    context = SealContext(owner="", authenticator="aut_nobody", version=1)
    sealed = keyring.seal(secret, context)
    return Authenticator(
        id=context.authenticator, owner=context.owner, version=context.version, sealed=sealed
    )
