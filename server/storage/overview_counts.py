"""What the officers' overview counts: flags by day and by person, customers by hour, and what waits to be sent."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, or_, select

from server.outbox.message import DAY_MS, Standing
from server.storage.database import Database
from server.storage.outbox_tables import outbox, webhooks
from server.storage.tables import flags, sessions

HOUR_MS: Final = 3_600_000
FAILING_AT_MOST: Final = 50
DEAD_FOR_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Failing:
    """`place`: a webhook's name as the operator gave it, or the channel: an address of a person is not told."""

    place: str
    failure: str
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest_ms`: when the oldest of those that wait was written, UTC ms; None if none does."""

    count: int
    oldest_ms: int | None
    failing: list[Failing]


class OverviewCounts:
    """Every method raises StoreUnavailable. Days and hours are those since 1970 in UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def flags_by_day(self, since_ms: int) -> dict[tuple[int, str], int]:
        """By day and action."""
        day = (flags.c.raised_at_ms // DAY_MS).label("day")
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(day, flags.c.action, func.count().label("raised"))
                .where(flags.c.raised_at_ms >= since_ms)
                .group_by("day", flags.c.action)
            )
            return {(int(row.day), row.action): row.raised for row in rows}

    async def flags_by_person(self, since_ms: int) -> dict[tuple[str, str], int]:
        """By whom it is about and action: of a flag about a session its agent."""
        whom = func.coalesce(sessions.c.agent, flags.c.target).label("whom")
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(whom, flags.c.action, func.count().label("raised"))
                .select_from(flags.outerjoin(sessions, sessions.c.id == flags.c.session))
                .where(flags.c.raised_at_ms >= since_ms)
                .group_by("whom", flags.c.action)
            )
            return {(row.whom, row.action): row.raised for row in rows}

    async def customers_by_hour(self, since_ms: int) -> dict[int, int]:
        """With how many customers a session was opened in each hour that had one."""
        hour = (sessions.c.opened_at // HOUR_MS).label("hour")
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(hour, func.count(sessions.c.customer.distinct()).label("reached"))
                .where(sessions.c.opened_at >= since_ms)
                .group_by("hour")
            )
            return {int(row.hour): row.reached for row in rows}

    async def waiting(self, now_ms: int) -> Waiting:
        waits = outbox.c.state == Standing.WAITING.value
        dead = and_(
            outbox.c.state == Standing.DEAD.value, outbox.c.done_at_ms > now_ms - DEAD_FOR_DAYS * DAY_MS
        )
        place = func.coalesce(webhooks.c.name, outbox.c.channel).label("place")
        async with self._database.reading() as connection:
            told = (
                await connection.execute(
                    select(
                        func.count().label("many"), func.min(outbox.c.created_at_ms).label("oldest")
                    ).where(waits)
                )
            ).one()
            rows = await connection.execute(
                select(place, outbox.c.failure, func.count().label("many"))
                .select_from(outbox.outerjoin(webhooks, webhooks.c.id == outbox.c.endpoint))
                .where(or_(waits, dead), outbox.c.failure.is_not(None))
                .group_by("place", outbox.c.failure)
                .order_by(func.count().desc(), "place")
                .limit(FAILING_AT_MOST)
            )
            failing = [Failing(row.place, row.failure, row.many) for row in rows]
        return Waiting(told.many, told.oldest, failing)
