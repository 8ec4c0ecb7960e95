"""Logins, by the hash of their token."""

from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, update

from server.storage.database import Database
from server.storage.staff_identities import link_used
from server.storage.tables import logins as table
from verification.credentials import Door, SignInMeans
from verification.login import Login

_ADD: Final = table.insert()
_OF_HASH: Final = select(table).where(table.c.token_hash == bindparam("of"))


class SqlLoginStore:
    """Implements verification.ports.RenewableLogins."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, login: Login, link: int | None = None) -> bool:
        columns = {
            "id": login.id,
            "staff": login.staff,
            "door": login.door.value,
            "token_hash": login.token_hash,
            "started_at_ms": login.started_at_ms,
            "expires_at_ms": login.expires_at_ms,
            "last_seen_ms": login.last_seen_ms,
            "ended_at_ms": login.ended_at_ms,
            "authenticated_at_ms": login.authenticated_at_ms,
            "means": login.means.value,
            "browser": login.browser,
        }

        def written(connection: Connection) -> bool:
            if link is not None:
                used = connection.execute(link_used(link, login.staff, login.started_at_ms))
                if used.rowcount != 1:
                    return False
            connection.execute(_ADD, columns)
            return True

        return await self._database.write(written)

    async def of_token_hash(self, token_hash: str) -> Login | None:
        row = await self._database.read(lambda one: one.execute(_OF_HASH, {"of": token_hash}).one_or_none())
        return _login(row) if row is not None else None

    async def touch(self, login: str, last_seen_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.id == login, table.c.last_seen_ms < last_seen_ms)
                .values(last_seen_ms=last_seen_ms)
            )

    async def renew(
        self, login: Login, token_hash: str, authenticated_at_ms: int, link: int | None = None
    ) -> bool:
        async with self._database.writing() as connection:
            if link is not None:
                used = await connection.execute(link_used(link, login.staff, authenticated_at_ms))
                if used.rowcount != 1:
                    return False
            changed = await connection.execute(
                update(table)
                .where(
                    table.c.id == login.id,
                    table.c.token_hash == login.token_hash,
                    table.c.ended_at_ms.is_(None),
                )
                .values(token_hash=token_hash, authenticated_at_ms=authenticated_at_ms)
            )
            return changed.rowcount == 1

    async def end(self, login: str, now_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.id == login, table.c.ended_at_ms.is_(None))
                .values(ended_at_ms=now_ms)
            )

    async def unended(self, now_ms: int) -> list[Login]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table).where(table.c.ended_at_ms.is_(None), table.c.expires_at_ms > now_ms)
            )
            return [_login(row) for row in rows]


def _login(row: Row[Any]) -> Login:
    return Login(
        id=row.id,
        staff=row.staff,
        door=Door(row.door),
        token_hash=row.token_hash,
        started_at_ms=row.started_at_ms,
        expires_at_ms=row.expires_at_ms,
        last_seen_ms=row.last_seen_ms,
        ended_at_ms=row.ended_at_ms,
        authenticated_at_ms=row.authenticated_at_ms,
        means=SignInMeans(row.means),
        browser=row.browser,
    )
