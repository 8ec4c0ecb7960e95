"""Is this case live, is this person blocked? Answered at once, for leases that are renewed many times a second."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from support.case import Case
from support.case_rule import live
from support.identity import CaseId, StaffId
from support.ports import DeskWatch, StoreUnavailable

FRESH_FOR_S: Final = (
    1.75  # with it ends every lease, so that "black within 2 s" holds with room for the curtain
)
GIVEN_UP_AFTER_S: Final = 15.0


class LiveDesk:
    """Cases of running sessions and all blocked staff, in memory, read again by whoever calls `refresh`.

    What could not be read for 1.75 s is not live: if the database is gone, running shares go dark. Freshness is
    measured on the monotonic clock, so that a jump of the wall clock neither keeps nor kills.
    """

    def __init__(self, watch: DeskWatch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._watch = watch
        self._monotonic = monotonic
        self._followed: set[CaseId] = set()
        self._cases: dict[CaseId, Case] = {}
        self._blocked: Mapping[StaffId, int] = {}
        self._must_prove: Mapping[StaffId, str] = {}
        self._read_at: float | None = None

    async def follow(self, case: CaseId) -> None:
        """Know this case from now on. Raises StoreUnavailable."""
        self._followed.add(case)
        await self._look()

    def forget(self, case: CaseId) -> None:
        self._followed.discard(case)
        self._cases.pop(case, None)

    async def refresh(self) -> bool:
        """Read everything again; False if the database did not answer. To be called about twice a second."""
        try:
            await self._look()
        except StoreUnavailable:
            return False
        return True

    def is_live(self, case: CaseId, agent: StaffId, now_ms: int) -> bool:
        """Never waits. Unknown or stale is False."""
        found = self._cases.get(case)
        return found is not None and self.fresh and live(found, agent, now_ms)

    def blocked(self, staff: StaffId, now_ms: int) -> bool:
        """As last read: while that is stale no case is live, so nobody sees anything anyway."""
        until = self._blocked.get(staff)
        return until is not None and now_ms < until

    def blocked_staff(self, now_ms: int) -> list[StaffId]:
        return [staff for staff in self._blocked if self.blocked(staff, now_ms)]

    @property
    def must_prove(self) -> Mapping[StaffId, str]:
        """Who has to prove again who they are, and by which demand; as last read."""
        return self._must_prove

    @property
    def fresh(self) -> bool:
        """Whether a "no" is knowledge."""
        return self._age_s() < FRESH_FOR_S

    @property
    def fresh_for_ms(self) -> int:
        """How long it stays fresh if nothing can be read any more."""
        return max(0, int((FRESH_FOR_S - self._age_s()) * 1_000)) if self.fresh else 0

    @property
    def given_up(self) -> bool:
        """It was not readable for so long that nobody need wait for it."""
        return self._age_s() >= GIVEN_UP_AFTER_S

    def _age_s(self) -> float:
        return float("inf") if self._read_at is None else self._monotonic() - self._read_at

    async def _look(self) -> None:
        asked_at = self._monotonic()  # what is read is at least as fresh as the question
        seen = await self._watch.look(frozenset(self._followed))
        if self._read_at is not None and asked_at < self._read_at:
            return  # somebody who asked later was answered first
        self._cases = {case: found for case, found in seen.cases.items() if case in self._followed}
        self._blocked, self._must_prove, self._read_at = seen.blocked, seen.must_prove, asked_at
