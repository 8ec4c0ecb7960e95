"""How it stands with what is to be sent, as counts: for the checklist and the metrics, which name nobody."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select

from server.checklist.facts import Outgoing
from server.outbox.message import DAY_MS, Standing
from server.storage.database import Database
from server.storage.outbox_tables import outbox as table

LATE_MS: Final = 3_600_000
SEEN_DAYS: Final = 7


async def count_outgoing(database: Database, now_ms: int) -> Outgoing:
    """Raises DatabaseUnavailable."""
    waiting, dead = (table.c.state == one.value for one in (Standing.WAITING, Standing.DEAD))
    async with database.reading() as connection:
        row = (
            await connection.execute(
                select(
                    _number(waiting),
                    _number(and_(waiting, table.c.created_at_ms <= now_ms - LATE_MS)),
                    _number(and_(dead, table.c.done_at_ms > now_ms - SEEN_DAYS * DAY_MS)),
                ).where(table.c.state.in_((Standing.WAITING.value, Standing.DEAD.value)))
            )
        ).one()
    counts = [int(count or 0) for count in row]
    return Outgoing(waiting=counts[0], late=counts[1], dead=counts[2])


def _number(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count().filter(which)
