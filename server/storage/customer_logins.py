"""Customers' sign-ins, by the hash of their token."""

from typing import Any

from sqlalchemy import Row, Select, Update, select, update

from server.storage.database import Database
from server.storage.factor_caps import cap_within
from server.storage.me_tables import customer_logins as table
from server.storage.passkey_tables import passkeys
from server.storage.standing import must_stand_alone
from server.storage.transaction import Transaction
from verification.customer_login import LEVELS, CustomerLogin, Way


class Overtaken(Exception):
    """What a sign-in was about to change is its to change no more. `capped`: nothing of this customer counts for so
    much now; else it ended."""

    def __init__(self, *, capped: bool) -> None:
        super().__init__("a sign-in was overtaken by a cap" if capped else "a sign-in ended meanwhile")
        self.capped = capped


def all_ended(customer: str, now_ms: int) -> Update:
    """Every sign-in of this customer is over."""
    own = table.c.customer == customer
    return update(table).where(own, table.c.ended_at_ms.is_(None)).values(ended_at_ms=now_ms)


async def must_stand(connection: Transaction, login: CustomerLogin, now_ms: int) -> None:
    """In the write of what this sign-in changes: it is alive, and no cap lies below what was proved in it. Raises
    Overtaken."""
    alive = await connection.scalar(
        select(table.c.id).where(
            table.c.id == login.id, table.c.token_hash == login.token_hash, table.c.ended_at_ms.is_(None)
        )
    )
    if alive is None:
        raise Overtaken(capped=False)
    if await _above_cap(connection, login, now_ms):
        raise Overtaken(capped=True)


async def _above_cap(connection: Transaction, login: CustomerLogin, now_ms: int) -> bool:
    cap = await cap_within(connection, login.customer, now_ms)
    return cap is not None and LEVELS.index(login.level) > LEVELS.index(cap)


class SqlCustomerLoginStore:
    """Implements verification.customer_login.CustomerLoginStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, login: CustomerLogin, passkey: str | None = None) -> bool:
        async with self._database.writing() as connection:
            await must_stand_alone(connection, login.customer)
            if passkey is not None and await connection.scalar(_good(passkey)) is None:
                return False
            if await _above_cap(connection, login, login.level_at_ms):
                return False
            await connection.execute(table.insert().values(id=login.id, **_columns(login)))
        return True

    async def of_token_hash(self, token_hash: str) -> CustomerLogin | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(table).where(table.c.token_hash == token_hash))
            ).one_or_none()
        return _login(row) if row is not None else None

    async def of_customer(self, customer: str, now_ms: int) -> list[CustomerLogin]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(
                    table.c.customer == customer,
                    table.c.ended_at_ms.is_(None),
                    table.c.expires_at_ms > now_ms,
                )
                .order_by(table.c.started_at_ms.desc(), table.c.id)
            )
            return [_login(row) for row in rows]

    async def change(self, former: CustomerLogin, changed: CustomerLogin) -> bool:
        async with self._database.writing() as connection:
            risen = changed.token_hash != former.token_hash
            if risen and await _above_cap(connection, changed, changed.level_at_ms):
                return False
            done = await connection.execute(
                update(table)
                .where(
                    table.c.id == former.id,
                    table.c.token_hash == former.token_hash,
                    table.c.ended_at_ms.is_(None),
                    table.c.last_seen_ms <= changed.last_seen_ms,
                )
                .values(**_columns(changed))
            )
            return done.rowcount == 1

    async def end(self, login: str, now_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.id == login, table.c.ended_at_ms.is_(None))
                .values(ended_at_ms=now_ms)
            )


def _good(passkey: str) -> Select[tuple[str]]:
    return select(passkeys.c.id).where(passkeys.c.id == passkey, passkeys.c.disabled_at_ms.is_(None))


def _columns(login: CustomerLogin) -> dict[str, object]:
    return {
        "customer": login.customer,
        "way": login.way.value,
        "token_hash": login.token_hash,
        "started_at_ms": login.started_at_ms,
        "expires_at_ms": login.expires_at_ms,
        "last_seen_ms": login.last_seen_ms,
        "level": login.level,
        "level_at_ms": login.level_at_ms,
        "ended_at_ms": login.ended_at_ms,
    }


def _login(row: Row[Any]) -> CustomerLogin:
    return CustomerLogin(
        id=row.id,
        customer=row.customer,
        way=Way(row.way),
        token_hash=row.token_hash,
        started_at_ms=row.started_at_ms,
        expires_at_ms=row.expires_at_ms,
        last_seen_ms=row.last_seen_ms,
        level=row.level,
        level_at_ms=row.level_at_ms,
        ended_at_ms=row.ended_at_ms,
    )
