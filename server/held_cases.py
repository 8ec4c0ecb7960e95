"""Cases in which no session may be, for a while: where a flag asked for a hold.

In memory, and made again from the log's tail at start, as the flags themselves are.
"""

from typing import Final

from session.identity import CaseId

HELD_FOR_MS: Final = 30 * 60_000


class HeldCases:
    def __init__(self) -> None:
        self._until: dict[CaseId, int] = {}

    def hold(self, case: CaseId, since_ms: int) -> None:
        """Held for 30 minutes from `since_ms` (UTC ms); a later hold prolongs an earlier one."""
        self._until[case] = max(self._until.get(case, 0), since_ms + HELD_FOR_MS)

    def held(self, case: CaseId, now_ms: int) -> bool:
        until = self._until.get(case)
        if until is not None and now_ms >= until:
            del self._until[case]
            return False
        return until is not None
