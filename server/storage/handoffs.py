"""The organisation's hand-offs of signed-in customers, each good once: the tokens that it asked us for, and the
names of those that it signed itself."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update

from server.storage.database import AlreadyThere, Database
from server.storage.me_tables import handoff_uses, handoffs
from server.storage.standing import must_stand_alone
from support.identity import CustomerId


@dataclass(frozen=True, slots=True)
class Taken:
    """To exactly one caller. Otherwise `customer` is whose it was, if that is known, and `reason` why not."""

    customer: CustomerId | None
    reason: str = ""


class HandoffStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, token_hash: str, customer: CustomerId, by: str, log_index: int, now_ms: int, expires_at_ms: int
    ) -> None:
        """Those that are over go."""
        async with self._database.writing() as connection:
            await must_stand_alone(connection, customer)
            await connection.execute(delete(handoffs).where(handoffs.c.expires_at_ms <= now_ms))
            await connection.execute(
                handoffs.insert().values(
                    token_hash=token_hash,
                    customer=customer,
                    minted_by=by,
                    log_index=log_index,
                    minted_at_ms=now_ms,
                    expires_at_ms=expires_at_ms,
                )
            )

    async def take(self, token_hash: str, now_ms: int) -> Taken:
        """Used up by this very call, or refused."""
        async with self._database.writing() as connection:
            taken = await connection.execute(
                update(handoffs)
                .where(
                    handoffs.c.token_hash == token_hash,
                    handoffs.c.used_at_ms.is_(None),
                    handoffs.c.expires_at_ms > now_ms,
                )
                .values(used_at_ms=now_ms)
            )
            row = (
                await connection.execute(select(handoffs).where(handoffs.c.token_hash == token_hash))
            ).one_or_none()
        if row is None:
            return Taken(None, "unknown")
        if taken.rowcount != 1:
            return Taken(CustomerId(row.customer), "used" if row.used_at_ms is not None else "expired")
        return Taken(CustomerId(row.customer))

    async def peek(self, token_hash: str, now_ms: int) -> Taken:
        """As `take`, and nothing is used up."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(handoffs).where(handoffs.c.token_hash == token_hash))
            ).one_or_none()
        if row is None:
            return Taken(None, "unknown")
        if row.used_at_ms is not None or row.expires_at_ms <= now_ms:
            return Taken(CustomerId(row.customer), "used" if row.used_at_ms is not None else "expired")
        return Taken(CustomerId(row.customer))

    async def used(self, use_hash: str) -> bool:
        """Whether a signed token was used, as far as that is remembered."""
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(handoff_uses.c.use_hash).where(handoff_uses.c.use_hash == use_hash)
            )
        return found is not None

    async def use(self, use_hash: str, expires_at_ms: int, now_ms: int) -> bool:
        """Of a signed token: True to the first. It is remembered until it would be refused as too old anyway."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(delete(handoff_uses).where(handoff_uses.c.expires_at_ms <= now_ms))
                await connection.execute(
                    handoff_uses.insert().values(use_hash=use_hash, expires_at_ms=expires_at_ms)
                )
        except AlreadyThere:
            return False
        return True
