"""API keys: by id, with the hash of their secrets."""

from typing import Any, Final

from sqlalchemy import Row, select, update

from server.storage.database import Database
from server.storage.tables import api_keys as table
from support.api_key import ApiKey, Scope

LISTED_AT_MOST: Final = 1_000


class SqlApiKeyStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: str) -> ApiKey | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == key))).one_or_none()
        return _key(row) if row is not None else None

    async def all_keys(self) -> list[ApiKey]:
        """The newest first; 1000 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table).order_by(table.c.created_at_ms.desc(), table.c.id).limit(LISTED_AT_MOST)
            )
            return [_key(row) for row in rows]

    async def add(
        self, key: ApiKey, log_index: int, *, replaced: str | None = None, until_ms: int = 0
    ) -> None:
        """`replaced`, if there is such a key, is good until `until_ms` at most: both in one transaction."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=key.id,
                    name=key.name,
                    secret_hash=key.secret_hash,
                    scopes=" ".join(sorted(key.scopes)),
                    log_index=log_index,
                    created_at_ms=key.created_at_ms,
                    expires_at_ms=key.expires_at_ms,
                )
            )
            await connection.execute(
                update(table)
                .where(table.c.id == replaced, table.c.expires_at_ms > until_ms)
                .values(expires_at_ms=until_ms)
            )

    async def revoke(self, key: str, now_ms: int) -> bool:
        """False if it was revoked already or is not there."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == key, table.c.revoked_at_ms.is_(None))
                .values(revoked_at_ms=now_ms)
            )
            return changed.rowcount == 1

    async def touch(self, key: str, now_ms: int) -> None:
        """It was used. Never goes back in time."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.id == key, (table.c.last_used_ms.is_(None)) | (table.c.last_used_ms < now_ms))
                .values(last_used_ms=now_ms)
            )


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        secret_hash=row.secret_hash,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
        last_used_ms=row.last_used_ms,
        revoked_at_ms=row.revoked_at_ms,
    )
