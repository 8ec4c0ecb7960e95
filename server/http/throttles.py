"""How often one source may do what costs or what could guess. When the counters do not answer, the answer is no."""

import asyncio
from collections import Counter
from typing import Final

from server.bus.ports import Counters
from server.problems import too_many
from verification.throttle import Rate

# Many agents share one address. A page is one read, some 40 files and about 6 reads and changes of its script.
CHANGES: Final = Rate(count=300, period_ms=10_000)
READS: Final = Rate(count=600, period_ms=10_000)
FILES: Final = Rate(count=4_000, period_ms=10_000)
SIGN_INS: Final = Rate(count=30, period_ms=600_000)
JOIN_FAILURES: Final = Rate(count=10, period_ms=600_000)
CODE_FAILURES_OF_ALL: Final = Rate(count=300, period_ms=600_000)
ASKS_FOR_HELP: Final = Rate(count=20, period_ms=600_000)  # of one source: many may share an address
ASKS_OF_ONE: Final = Rate(count=6, period_ms=600_000)
VISITS: Final = Rate(count=6, period_ms=600_000)  # of one source, whose people could sign in just as well
VISITS_OF_ALL: Final = Rate(count=300, period_ms=600_000)
CONNECTION_TESTS: Final = Rate(count=20, period_ms=600_000)
CONNECTION_TESTS_OF_ALL: Final = Rate(count=600, period_ms=600_000)
DELAY_S: Final = 3.0
DELAYED_OF_EACH: Final = 8
REFUSALS_RECORDED: Final = Rate(count=300, period_ms=600_000)


class Throttles:
    """Raises BusUnavailable where nothing can be counted: callers refuse.

    `counters` are those of guesses, which all servers share. `own` only protect this server's work: they answer while
    the bus is silent, when somebody asks for an end.
    """

    def __init__(self, counters: Counters, own: Counters | None = None) -> None:
        self._counters, self._own = counters, own or counters
        self._delayed: Counter[str] = Counter()

    async def changes(self, source: str) -> bool:
        """Whether this source may send one more request that can change something."""
        return await self._own.take(f"changes/{source}", CHANGES) == 0

    async def reads(self, source: str) -> bool:
        """Whether it may ask once more for something that is looked up or rendered."""
        return await self._own.take(f"reads/{source}", READS) == 0

    async def files(self, source: str) -> bool:
        """Whether it may have one more file of the web client, which costs next to nothing."""
        return await self._own.take(f"files/{source}", FILES) == 0

    async def sign_ins(self, source: str) -> bool:
        return await self._counters.take(f"sign-in/{source}", SIGN_INS) == 0

    async def before_claim(self, source: str, *, by_code: bool) -> None:
        """Slow a source down that failed too often; a global rate of wrong codes slows codes, never link tokens.

        A delay, not a refusal: many customers may share one address. Each source has its own few places to wait in,
        so that others cannot take them; one that did not fail often waits without a place. Beyond: Problem.
        """
        await self._slow_down(source, "join", by_code=by_code)

    async def before_meeting(self, source: str) -> None:
        """As `before_claim`, for the codes that agents hear; counted apart, so that neither slows the other down."""
        await self._slow_down(source, "meet", by_code=True)

    async def failed_meeting(self, source: str) -> None:
        await self._counters.take(f"meet/{source}", JOIN_FAILURES)
        await self._counters.take("meet-code", CODE_FAILURES_OF_ALL)

    async def asks_for_help(self, source: str, customer: str) -> bool:
        """Whether somebody may ask once more."""
        if await self._counters.take(f"help/{source}", ASKS_FOR_HELP):
            return False
        return await self._counters.take(f"help-of/{customer}", ASKS_OF_ONE) == 0

    async def visits(self, source: str) -> bool:
        """Whether somebody may ask once more without having signed in."""
        if await self._counters.take(f"visit/{source}", VISITS):
            return False
        return await self._counters.take("visits", VISITS_OF_ALL) == 0

    async def visits_prolonged(self, source: str) -> bool:
        """Whether one of those from there may stay: else one source would gather all places, six in ten minutes."""
        return await self._counters.take(f"visit-prolonged/{source}", VISITS) == 0

    async def connection_tests(self, source: str) -> bool:
        """Whether one more test of a connection may begin. Its own gate answers it, so each server counts its own."""
        if await self._own.take(f"connection-test/{source}", CONNECTION_TESTS):
            return False
        return await self._own.take("connection-tests", CONNECTION_TESTS_OF_ALL) == 0

    async def failed_claim(self, source: str, *, by_code: bool) -> bool:
        """Count it. True if this source, or all together, fail so often that single entries would flood the log."""
        often = await self._counters.take(f"join/{source}", JOIN_FAILURES) > 0
        if by_code:
            await self._counters.take("join-code", CODE_FAILURES_OF_ALL)
        return often or await self._counters.take("join-entries", REFUSALS_RECORDED) > 0

    async def refused_enrolment(self, source: str) -> bool:
        """Count a refused link. True if this source, or all together, fail so often that entries would flood."""
        often = await self._counters.take(f"enrol/{source}", JOIN_FAILURES) > 0
        return often or await self._counters.take("enrol-entries", REFUSALS_RECORDED) > 0

    async def refused_entry(self, source: str) -> bool:
        """Count a way to a customer's own page that opened nothing; as `refused_enrolment`."""
        often = await self._counters.take(f"me/{source}", JOIN_FAILURES) > 0
        return often or await self._counters.take("me-entries", REFUSALS_RECORDED) > 0

    async def _slow_down(self, source: str, what: str, *, by_code: bool) -> None:
        suspect = await self._counters.wait_of(f"{what}/{source}", JOIN_FAILURES) > 0
        if suspect and self._delayed[source] >= DELAYED_OF_EACH:
            raise too_many()
        if suspect or (by_code and await self._counters.wait_of(f"{what}-code", CODE_FAILURES_OF_ALL)):
            await self._delay(source, counted=suspect)

    async def _delay(self, source: str, *, counted: bool) -> None:
        self._delayed[source] += counted
        try:
            await asyncio.sleep(DELAY_S)
        finally:
            self._delayed[source] -= counted
            if not self._delayed[source]:
                del self._delayed[source]
