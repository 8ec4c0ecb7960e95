"""The issuer's public keys as the log has them, and which badge was made under which sign-in."""

from typing import Final

from sqlalchemy import ColumnElement, and_, not_, or_, select, update

from server.storage.database import Database
from server.storage.introduction_tables import badge_keys, badges
from server.storage.tables import logins, staff
from verification.badge import BadgeKey

LISTED_AT_MOST: Final = 10_000


class SqlBadgeStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keys(self) -> list[BadgeKey]:
        """Those that were published, the oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(badge_keys).order_by(badge_keys.c.from_ms))
            return [BadgeKey(row.id, row.public, row.from_ms, row.until_ms) for row in rows]

    async def publish(self, key: BadgeKey, log_index: int) -> None:
        """A new key, or the end of one's time."""
        changes = {"until_ms": key.until_ms, "log_index": log_index}
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(badge_keys).where(badge_keys.c.id == key.id).values(**changes)
            )
            if changed.rowcount == 0:
                values = {"id": key.id, "public": key.public, "from_ms": key.from_ms, **changes}
                await connection.execute(badge_keys.insert().values(**values))

    async def add(self, badge: dict[str, str | int]) -> None:
        async with self._database.writing() as connection:
            await connection.execute(badges.insert().values(**badge))

    async def has_device(self, login: str, device: str) -> bool:
        """Whether a badge was made for this key under this sign-in before."""
        question = select(badges.c.id).where(badges.c.login == login, badges.c.device == device).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(question)).first() is not None

    async def holds(self, badge: str, now_ms: int) -> bool:
        """Whether it was made, has not expired, and is none of those of `revoked`."""
        question = (
            select(badges.c.id)
            .join(logins, logins.c.id == badges.c.login)
            .join(staff, staff.c.id == badges.c.agent)
            .where(badges.c.id == badge, badges.c.expires_at_ms > now_ms)
            .where(not_(_ended(now_ms)))
        )
        async with self._database.reading() as connection:
            return (await connection.execute(question)).first() is not None

    async def revoked(self, now_ms: int) -> list[str]:
        """Badges that have not expired and hold no more: their sign-in has ended, or their agent is blocked. Told from
        these rows themselves, so that no end of a sign-in can be forgotten here. 10,000 at most."""
        question = (
            select(badges.c.id)
            .join(logins, logins.c.id == badges.c.login)
            .join(staff, staff.c.id == badges.c.agent)
            .where(badges.c.expires_at_ms > now_ms)
            .where(_ended(now_ms))
            .order_by(badges.c.id)
            .limit(LISTED_AT_MOST)
        )
        async with self._database.reading() as connection:
            return [str(found) for found in (await connection.execute(question)).scalars()]


def _ended(now_ms: int) -> ColumnElement[bool]:
    """Never null, so that it can be denied."""
    blocked = and_(staff.c.blocked_until_ms.is_not(None), staff.c.blocked_until_ms > now_ms)
    return or_(logins.c.ended_at_ms.is_not(None), blocked)
