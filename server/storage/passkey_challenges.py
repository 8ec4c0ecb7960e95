"""What authenticators were asked, until it is answered or over."""

from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from server.storage.database import Database
from server.storage.passkey_tables import passkey_challenges as table
from verification.passkey_challenge import Challenge, Purpose

_FORGET: Final = delete(table).where(
    or_(
        table.c.expires_at_ms <= bindparam("now"),
        (table.c.binding == bindparam("bound_to"))
        & (table.c.purpose == bindparam("for_purpose"))
        & table.c.owner.is_not_distinct_from(bindparam("of")),
    )
)
_KEEP: Final = insert(table)
_OF_HASH: Final = select(table).where(table.c.hash == bindparam("of"))
_TAKE: Final = delete(table).where(table.c.hash == bindparam("of"))


class SqlChallengeStore:
    """Implements verification.passkey_ports.ChallengeStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, challenge: Challenge, now_ms: int) -> None:
        row = {
            "hash": challenge.hash,
            "purpose": challenge.purpose.value,
            "owner": challenge.owner,
            "binding": challenge.binding,
            "expires_at_ms": challenge.expires_at_ms,
        }
        same = {"bound_to": challenge.binding, "for_purpose": challenge.purpose.value, "of": challenge.owner}

        def kept(connection: Connection) -> None:
            connection.execute(_FORGET, {"now": now_ms, **same})
            connection.execute(_KEEP, row)

        await self._database.write(kept)

    async def take(self, challenge_hash: str) -> Challenge | None:
        """The row's deletion decides, not its reading: of those who read it, one deletes it."""

        def taken(connection: Connection) -> Challenge | None:
            row = connection.execute(_OF_HASH, {"of": challenge_hash}).one_or_none()
            if row is None or connection.execute(_TAKE, {"of": challenge_hash}).rowcount != 1:
                return None
            return Challenge(row.hash, Purpose(row.purpose), row.owner, row.binding, row.expires_at_ms)

        return await self._database.write(taken)
