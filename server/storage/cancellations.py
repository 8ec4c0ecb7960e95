"""Cancel links, by the hash of their token, and the one write that takes away whatever one of them may."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Update, and_, delete, or_, select, update

from server.storage.customer_logins import all_ended
from server.storage.database import Database
from server.storage.factor_caps import cap_stopped, has_good_authenticator
from server.storage.factors_tables import cancellations as table
from server.storage.factors_tables import factor_requests
from server.storage.known_devices import all_void
from server.storage.me_tables import customer_logins
from server.storage.passkey_tables import passkeys
from server.storage.passkeys import good_ones, passkeys_of
from server.storage.recovery_codes import all_forgotten, made_since
from server.storage.tables import authenticators, enrolments
from server.storage.transaction import Transaction
from support.factor_request import Kind
from support.identity import CustomerId
from verification.enrolment import Subject, SubjectKind


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was taken away by it. `factors`: what was set up already by the link, and all that it opened. `own_page`:
    it was about what was changed there, `passkey`: added or removed; the others are what went with that."""

    customer: CustomerId
    again: bool = False  # its write was done before, and what follows it not yet
    own_page: bool = False
    request: str | None = None
    enrolment: str | None = None
    passkey: str | None = None
    requests_closed: int = 0
    links_withdrawn: int = 0
    authenticators_disabled: int = 0
    passkeys_removed: tuple[str, ...] = ()
    logins_ended: tuple[str, ...] = ()
    recovery_codes_forgotten: int = 0
    factors: bool = False
    kind: Kind | None = None  # of the request
    others: tuple[CustomerId, ...] = ()  # whom it concerned as well: of a merge, the other record

    @property
    def anything(self) -> bool:
        counted = self.requests_closed + self.links_withdrawn + self.authenticators_disabled
        counted += len(self.passkeys_removed) + len(self.logins_ended) + self.recovery_codes_forgotten
        return counted > 0 or self.again


async def add(
    connection: Transaction,
    token_hash: str,
    customer: CustomerId,
    *,
    request: str | None = None,
    enrolment: str | None = None,
    passkey: str | None = None,
    since_ms: int | None = None,
    expires_at_ms: int,
) -> None:
    await connection.execute(
        table.insert().values(
            token_hash=token_hash,
            customer=customer,
            request=request,
            enrolment=enrolment,
            passkey=passkey,
            since_ms=since_ms,
            expires_at_ms=expires_at_ms,
        )
    )


class Cancellations:
    """Raises StoreUnavailable; what is written is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def use(self, token_hash: str, now_ms: int) -> Cancelled | None:
        """None for a token that is nobody's, was used and settled, or has run out, and where all that it stops was over
        before."""
        async with self._database.writing() as connection:
            row = (
                await connection.execute(
                    select(table).where(
                        table.c.token_hash == token_hash,
                        table.c.settled_at_ms.is_(None),
                        table.c.expires_at_ms > now_ms,
                    )
                )
            ).one_or_none()
            if row is None:
                return None
            if row.used_at_ms is not None:
                return Cancelled(customer=CustomerId(row.customer), again=True, factors=True)
            used = await connection.execute(
                update(table)
                .where(table.c.token_hash == token_hash, table.c.used_at_ms.is_(None))
                .values(used_at_ms=now_ms)
            )
            if used.rowcount != 1:
                return None
            done = await (_taken_away if row.since_ms is None else _undone)(connection, row, now_ms)
            if done.anything:
                return done
            await connection.execute(_settled(token_hash, now_ms))
            return None

    async def settle(self, token_hash: str, now_ms: int) -> None:
        """All that follows its use has happened."""
        async with self._database.writing() as connection:
            await connection.execute(_settled(token_hash, now_ms))


def _settled(token_hash: str, now_ms: int) -> Update:
    return update(table).where(table.c.token_hash == token_hash).values(settled_at_ms=now_ms)


async def _taken_away(connection: Transaction, row: Row[Any], now_ms: int) -> Cancelled:
    asked = (
        await connection.execute(select(factor_requests).where(factor_requests.c.id == row.request))
    ).one_or_none()
    closed = await connection.execute(
        update(factor_requests)
        .where(
            factor_requests.c.id == row.request,
            factor_requests.c.closed_at_ms.is_(None),
            factor_requests.c.done_at_ms.is_(None),
        )
        .values(closed_at_ms=now_ms)
    )
    links = await _links(connection, row)
    made = select(enrolments.c.authenticator).where(
        enrolments.c.id.in_(links), enrolments.c.finished_at_ms.is_not(None)
    )
    disabled = await connection.execute(
        update(authenticators)
        .where(
            authenticators.c.id.in_(made),
            authenticators.c.removed_at_ms.is_(None),
            authenticators.c.disabled_at_ms.is_(None),
        )
        .values(disabled_at_ms=now_ms)
    )
    finished = await connection.scalar(
        select(enrolments.c.id).where(enrolments.c.id.in_(links), enrolments.c.finished_at_ms.is_not(None))
    )
    # A finished one too: its browser could go on to a passkey, or to recovery codes.
    withdrawn = await connection.execute(
        update(enrolments)
        .where(enrolments.c.id.in_(links), enrolments.c.withdrawn_at_ms.is_(None))
        .values(withdrawn_at_ms=now_ms, password_hash=None, sealed=None)
    )
    if finished is not None:  # whatever was set up by that link, and is known or open since, counts no more
        await connection.execute(passkeys_of(Subject(SubjectKind.CUSTOMER, row.customer)))
        await connection.execute(all_forgotten(row.customer))
        await connection.execute(all_void(row.customer, now_ms))
        await connection.execute(all_ended(row.customer, now_ms))
        await _nothing_left(connection, row, now_ms)
    return Cancelled(
        customer=CustomerId(row.customer),
        request=row.request,
        enrolment=row.enrolment,
        requests_closed=closed.rowcount,
        links_withdrawn=withdrawn.rowcount,
        authenticators_disabled=disabled.rowcount,
        factors=finished is not None,
        kind=Kind(asked.kind) if asked is not None else None,
        others=tuple(
            CustomerId(one)
            for one in ((asked.customer, asked.absorbed) if asked is not None else ())
            if one is not None and one != row.customer
        ),
    )


async def _undone(connection: Transaction, row: Row[Any], now_ms: int) -> Cancelled:
    """Whoever changed this customer's passkeys or recovery codes is out, and all that was set up from then on is gone:
    by the new passkey, or by the sign-in that could add or remove one."""
    since = passkeys.c.created_at_ms >= row.since_ms
    own = and_(passkeys.c.owner == row.customer, or_(passkeys.c.id == row.passkey, since))
    removed = tuple(await connection.scalars(select(passkeys.c.id).where(own)))
    await connection.execute(delete(passkeys).where(own))
    live = and_(
        customer_logins.c.customer == row.customer,
        customer_logins.c.ended_at_ms.is_(None),
        customer_logins.c.expires_at_ms > now_ms,
    )
    ended = tuple(await connection.scalars(select(customer_logins.c.id).where(live)))
    await connection.execute(all_ended(row.customer, now_ms))
    await connection.execute(all_void(row.customer, now_ms))
    forgotten = await connection.execute(made_since(row.customer, row.since_ms))
    await _nothing_left(connection, row, now_ms)
    return Cancelled(
        customer=CustomerId(row.customer),
        own_page=True,
        passkey=row.passkey,
        passkeys_removed=removed,
        logins_ended=ended,
        recovery_codes_forgotten=forgotten.rowcount,
        factors=True,
    )


async def _nothing_left(connection: Transaction, row: Row[Any], now_ms: int) -> None:
    customer = CustomerId(row.customer)
    if await good_ones(connection, Subject(SubjectKind.CUSTOMER, customer)):
        return
    if not await has_good_authenticator(connection, customer):
        await cap_stopped(connection, customer, now_ms)


async def _links(connection: Transaction, row: Row[Any]) -> list[str]:
    """The link that it names, and the one that its request gave when it was carried out, in one write with that."""
    given = select(factor_requests.c.done_at_ms).where(factor_requests.c.id == row.request)
    of_request = and_(enrolments.c.subject == row.customer, enrolments.c.issued_at_ms.in_(given))
    found = await connection.execute(
        select(enrolments.c.id).where(or_(enrolments.c.id == row.enrolment, of_request))
    )
    return [one.id for one in found]
