"""What is under way at the organisation's own provider: each is taken once."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, delete, func, select

from server.storage.agents_tables import provider_sign_ins as table
from server.storage.database import Database

UNDER_WAY_AT_MOST: Final = 10_000


class ProviderPurpose(StrEnum):
    """What somebody went there for: to sign in, to prove once more within a sign-in, or to link their identity."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class ProviderTransaction:
    """`token_hash` is of the cookie. `expires_at_ms` is exclusive. `staff` and `login`: who asks, signed in; `subject`:
    told by the provider already, one step of ours is missing; `link`: whose subject it is, and then `staff` is they."""

    token_hash: str = field(repr=False)
    state_hash: str = field(repr=False)
    expires_at_ms: int
    purpose: ProviderPurpose
    staff: str | None = None
    login: str | None = None
    subject: str | None = field(default=None, repr=False)
    link: int | None = None


class SqlProviderSignIns:
    """Raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, transaction: ProviderTransaction, now_ms: int) -> bool:
        """Those that ran out go. False, and nothing kept, where too many are under way."""
        async with self._database.writing() as connection:
            await connection.execute(delete(table).where(table.c.expires_at_ms <= now_ms))
            count = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            if count >= UNDER_WAY_AT_MOST:
                return False
            columns = {**asdict(transaction), "purpose": transaction.purpose.value}
            await connection.execute(table.insert().values(**columns))
            return True

    async def find(self, token_hash: str, now_ms: int) -> ProviderTransaction | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(table).where(table.c.token_hash == token_hash, table.c.expires_at_ms > now_ms)
                )
            ).one_or_none()
        return _transaction(row) if row is not None else None

    async def take(self, token_hash: str, now_ms: int) -> ProviderTransaction | None:
        """To exactly one caller; None ever after, and for one that ran out."""
        found = await self.find(token_hash, now_ms)
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(table).where(table.c.token_hash == token_hash))
        return found if gone.rowcount == 1 else None


def _transaction(row: Row[Any]) -> ProviderTransaction:
    return ProviderTransaction(
        token_hash=row.token_hash,
        state_hash=row.state_hash,
        expires_at_ms=row.expires_at_ms,
        purpose=ProviderPurpose(row.purpose),
        staff=row.staff,
        login=row.login,
        subject=row.subject,
        link=row.link,
    )
