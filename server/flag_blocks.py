"""Blocks that a flag asks for: half an hour, dark before anything else, and never a whole floor at once.

The circuit breaker: within 10 minutes at most 3 people are blocked by flags, or a twentieth of all who help customers
where that is more. What one more flag asks for is withheld and told as withheld, since a detector that finds everybody
suspicious is more likely wrong, or fed, than right; then a person decides, who can block by hand.
"""

from typing import Final

import structlog

from audit.detectors import Action, Flag
from server.blocking import Blocking
from server.storage.staff_roll import StaffRoll
from session.identity import StaffId
from session.ports import Clock
from support.staff import HELPERS

BLOCKED_FOR_MS: Final = 30 * 60_000
WITHIN_MS: Final = 10 * 60_000
ALWAYS_ALLOWED: Final = 3
SHARE_OF_THE_FLOOR: Final = 20  # one in so many
_log: Final = structlog.get_logger("flags")


class Breaker:
    """Who was blocked lately, and whether one more may be. Times are UTC ms; nobody counts twice.

    The floor is counted after a block, never before one: the first three need no number, and none waits for it.
    """

    def __init__(self) -> None:
        self._blocked: dict[str, int] = {}

    def allows(self, agent: str, floor: int, now_ms: int) -> bool:
        """`floor`: how many help customers; 0 where that is unknown."""
        self._blocked = {one: at for one, at in self._blocked.items() if abs(now_ms - at) < WITHIN_MS}
        return agent in self._blocked or len(self._blocked) < max(ALWAYS_ALLOWED, floor // SHARE_OF_THE_FLOOR)

    def count(self, agent: str, now_ms: int) -> None:
        self._blocked[agent] = now_ms


class FlagBlocks:
    def __init__(self, blocking: Blocking, roll: StaffRoll, clock: Clock) -> None:
        self._blocking, self._roll, self._clock = blocking, roll, clock
        self._breaker, self._floor = Breaker(), 0

    async def carry_out(self, flag: Flag, at_ms: int) -> Action:
        """What was done about a flag that asks for a block and rests on what happened at `at_ms`.

        BLOCK; WITHHELD by the circuit breaker; FLAG where that half hour is over already, after a restart. A longer
        block stays as it is. Raises StoreUnavailable: what ran has ended, but the block is not written; try again.
        """
        now, until = self._clock.now_ms(), at_ms + BLOCKED_FOR_MS
        if until <= now:
            return Action.FLAG
        if not self._breaker.allows(flag.target, self._floor, now):
            _log.error("a block was withheld: too many within ten minutes", detector=flag.detector)
            return Action.WITHHELD
        self._breaker.count(flag.target, now)
        await self._blocking.block(StaffId(flag.target), until, or_longer=True)
        self._floor = len(
            await self._roll.able_to_sign_in(HELPERS, now)
        )  # for the next: none waits to be counted
        return Action.BLOCK

    def learn(self, agent: str, at_ms: int) -> None:
        """A block that was recorded before this start."""
        self._breaker.count(agent, at_ms)
