"""A member of staff proves once more, within a sign-in, who they are: before what a stolen cookie must not do.

1. A proof counts for five minutes (`login.FRESH_FOR_MS`) and for this login only.
2. Each gives the login a new token (`LoginRegistry.renew`); the former one opens nothing.
3. Wrong codes are counted by login: after five within an hour the login is to end. So whoever stole a cookie has five
   guesses, and cannot use up the owner's own tries at the sign-in page.
"""

from dataclasses import dataclass
from typing import Final

from verification.login import Login
from verification.staff_code import StaffCodes
from verification.throttle import FailureLimit

WRONG_IN_A_LOGIN: Final = FailureLimit(count=5, window_ms=3_600_000, in_a_row=5)


@dataclass(frozen=True, slots=True)
class StepUpRefused:
    """`over`: too many wrong codes; the login has to end."""

    reason: str  # "code", "code_replayed", "throttled"
    over: bool


class StepUp:
    def __init__(self, codes: StaffCodes) -> None:
        self._codes = codes

    async def possible(self, staff: str) -> bool:
        """Whether they have a code at all."""
        return await self._codes.has(staff)

    async def refusal(self, login: Login, code: str, now_ms: int) -> StepUpRefused | None:
        """None if the code is right, and now used. Raises StoreUnavailable."""
        account = f"step-up/{login.id}"
        judged = await self._codes.use_counted(login.staff, code, account, WRONG_IN_A_LOGIN, now_ms)
        if judged.refusal is None:
            return None
        return StepUpRefused(judged.refusal, over=judged.refusal == "throttled")
