"""Logins, by the hash of their token."""

from typing import Any

from sqlalchemy import Row, select, update

from server.storage.database import Database
from server.storage.tables import logins as table
from verification.credentials import Door
from verification.login import Login


class SqlLoginStore:
    """Implements verification.ports.LoginStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, login: Login) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=login.id,
                    staff=login.staff,
                    door=login.door.value,
                    token_hash=login.token_hash,
                    started_at_ms=login.started_at_ms,
                    expires_at_ms=login.expires_at_ms,
                    last_seen_ms=login.last_seen_ms,
                    ended_at_ms=login.ended_at_ms,
                )
            )

    async def of_token_hash(self, token_hash: str) -> Login | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(table).where(table.c.token_hash == token_hash))
            ).one_or_none()
        return _login(row) if row is not None else None

    async def touch(self, login: str, last_seen_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.id == login, table.c.last_seen_ms < last_seen_ms)
                .values(last_seen_ms=last_seen_ms)
            )

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
    )
