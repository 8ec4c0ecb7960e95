"""For how long nothing of a customer counts for more than a level: after a loss, whoever has the new factor may be
another."""

from typing import Final

from sqlalchemy import bindparam, case, delete, select, update

from server.storage.database import Database
from server.storage.factors_tables import factor_caps as table
from server.storage.tables import authenticators
from server.storage.transaction import Transaction
from support.factor_request import CAPPED_FOR_MS
from support.identity import CustomerId

STOPPED: Final = "stopped"  # a cap's reason: the customer stopped a factor, and no other is left
LEVEL = "V1"
_IN_FORCE: Final = select(table.c.level).where(
    table.c.customer == bindparam("of"), table.c.until_ms > bindparam("now")
)


class FactorCaps:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stopped(self, customer: str, now_ms: int) -> bool:
        """Whether the customer stopped a factor not long ago and had no other left."""
        async with self._database.reading() as connection:
            return await is_stopped(connection, customer, now_ms)

    async def cap_of(self, customer: str, now_ms: int) -> str | None:
        """The highest level that counts now, None without a cap."""
        asked = {"of": customer, "now": now_ms}
        found = await self._database.read(lambda connection: connection.scalar(_IN_FORCE, asked))
        return str(found) if found is not None else None


async def cap_within(connection: Transaction, customer: str, now_ms: int) -> str | None:
    """As `cap_of`, for a write that must not happen above it."""
    found = await connection.scalar(
        select(table.c.level).where(table.c.customer == customer, table.c.until_ms > now_ms)
    )
    return str(found) if found is not None else None


async def cap(connection: Transaction, customer: CustomerId, until_ms: int, reason: str) -> None:
    """In place of one before, if that ends earlier."""
    former = await connection.scalar(select(table.c.until_ms).where(table.c.customer == customer))
    if former is not None and former >= until_ms:
        return
    await connection.execute(delete(table).where(table.c.customer == customer))
    await connection.execute(
        table.insert().values(customer=customer, level=LEVEL, until_ms=until_ms, reason=reason)
    )


async def cap_stopped(connection: Transaction, customer: CustomerId, now_ms: int) -> None:
    """What comes next is a new start with its wait, never a first authenticator without one: whoever reads the mails
    could have stopped what was good."""
    await cap(connection, customer, now_ms + CAPPED_FOR_MS, STOPPED)
    await connection.execute(update(table).where(table.c.customer == customer).values(reason=STOPPED))


async def is_stopped(connection: Transaction, customer: str, now_ms: int) -> bool:
    found = select(table.c.customer).where(table.c.customer == customer, table.c.reason == STOPPED)
    return await connection.scalar(found.where(table.c.until_ms > now_ms)) is not None


async def settle_cap(connection: Transaction, customer: str, now_ms: int) -> None:
    """A new authenticator was set up under a cap: from now on it lasts as long as it should."""
    shorter = case(
        (table.c.until_ms > now_ms + CAPPED_FOR_MS, now_ms + CAPPED_FOR_MS), else_=table.c.until_ms
    )
    await connection.execute(
        update(table).where(table.c.customer == customer, table.c.until_ms > now_ms).values(until_ms=shorter)
    )


async def disable_authenticator(connection: Transaction, customer: CustomerId, now_ms: int) -> int:
    """No code of the customer's app counts from now on; how many authenticators that were, 0 or 1."""
    changed = await connection.execute(
        update(authenticators)
        .where(
            authenticators.c.owner == customer,
            authenticators.c.removed_at_ms.is_(None),
            authenticators.c.disabled_at_ms.is_(None),
        )
        .values(disabled_at_ms=now_ms)
    )
    return changed.rowcount


async def has_good_authenticator(connection: Transaction, customer: CustomerId) -> bool:
    found = await connection.scalar(
        select(authenticators.c.id).where(
            authenticators.c.owner == customer,
            authenticators.c.removed_at_ms.is_(None),
            authenticators.c.disabled_at_ms.is_(None),
        )
    )
    return found is not None


async def remove_authenticator(connection: Transaction, customer: CustomerId, now_ms: int) -> int:
    """Its secret is overwritten; how many that were, 0 or 1."""
    changed = await connection.execute(
        update(authenticators)
        .where(authenticators.c.owner == customer, authenticators.c.removed_at_ms.is_(None))
        .values(removed_at_ms=now_ms, sealed=b"")
    )
    return changed.rowcount
