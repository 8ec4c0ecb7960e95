"""A staff member's own code, judged and used once: in a sign-in, and again before what is sensitive.

All work is done whatever fails first, so that the time tells nothing.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from verification import totp
from verification.authenticator import StepClaim
from verification.customer_code import nobody, opened_secret
from verification.ports import AttemptStore, AuthenticatorStore
from verification.sealing import Keyring
from verification.throttle import FailureLimit

CODE_BY_STAFF: Final = FailureLimit(count=10, window_ms=3_600_000, in_a_row=100)


@dataclass(frozen=True, slots=True)
class CodeJudged:
    """`refusal` is None if the code was right and is now used; else "throttled", "code" or "code_replayed".
    `authenticator` is whose it was or would have been."""

    refusal: str | None
    authenticator: str


class StaffCodes:
    """Raises StoreUnavailable."""

    def __init__(
        self,
        authenticators: AuthenticatorStore,
        attempts: AttemptStore,
        keyring: Keyring,
        window: int = 1,
    ) -> None:
        self._authenticators, self._attempts, self._keyring = authenticators, attempts, keyring
        self._window = window
        self._nobody_secret = secrets.token_bytes(totp.SECRET_BYTES)
        self._nobody = nobody(keyring, self._nobody_secret)

    async def use(self, staff: str | None, code: str, now_ms: int) -> CodeJudged:
        """In a sign-in. `staff` None is nobody: the same work, never right."""
        return await self._use(staff, code, f"code/{staff or '?'}", CODE_BY_STAFF, now_ms)

    async def has(self, staff: str) -> bool:
        """Whether they have an authenticator at all. For themselves only: it is no answer to a stranger."""
        return await self._authenticators.of_owner(staff) is not None

    async def use_counted(
        self, staff: str, code: str, account: str, limit: FailureLimit, now_ms: int
    ) -> CodeJudged:
        """As `use`, with failures counted elsewhere than the sign-in's."""
        return await self._use(staff, code, account, limit, now_ms)

    async def _use(
        self, staff: str | None, code: str, account: str, limit: FailureLimit, now_ms: int
    ) -> CodeJudged:
        allowed = await self._attempts.reserve(account, limit, now_ms)
        found = await self._authenticators.of_owner(staff or "")
        if self._keyring.stale(self._nobody.sealed):
            self._nobody = nobody(self._keyring, self._nobody_secret)
        judged = found or self._nobody
        opened = opened_secret(self._keyring, judged)
        step = totp.matched_step(
            opened or self._nobody_secret, code, now_ms, offset=judged.offset, window=self._window
        )
        if not allowed:
            return CodeJudged("throttled", judged.id)
        if found is None or opened is None or step is None:
            return CodeJudged("code", judged.id)
        claim = await self._authenticators.claim_step(found.id, step, f"sign-in/{secrets.token_hex(16)}")
        if claim is not StepClaim.CLAIMED:
            refusal = "code_replayed" if claim is StepClaim.USED_ELSEWHERE else "code"
            return CodeJudged(refusal, judged.id)
        await self._attempts.take_back(account)
        return CodeJudged(None, judged.id)
