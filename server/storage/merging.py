"""Records of customers that were merged: who stands for whom, and the one write by which it becomes so.

The rows of the absorbed record stay its own, sealed under its own key: they are found by `group_of`, never moved.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, delete, func, or_, select, update

from server.storage import factor_caps
from server.storage.customer_logins import all_ended
from server.storage.database import Database
from server.storage.enrolments import withdrawal
from server.storage.known_devices import all_void
from server.storage.me_tables import handoffs
from server.storage.passkeys import passkeys_of
from server.storage.recovery_codes import all_forgotten
from server.storage.tables import cases, customers, erasures, sessions
from server.storage.transaction import Transaction
from session.model import State
from support.case import CaseState
from support.factor_request import CAPPED_FOR_MS
from support.identity import CustomerId
from support.merging import Ties
from verification.enrolment import Subject, SubjectKind

REASON: Final = "merge"


def group_of(kept: str) -> Select[tuple[str]]:
    """The ids of this record and of all that it absorbed."""
    return select(customers.c.id).where(or_(customers.c.id == kept, customers.c.merged_into == kept))


class MergedRecords:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ids_of(self, kept: CustomerId) -> tuple[CustomerId, ...]:
        """This record's first, then those that it absorbed."""
        async with self._database.reading() as connection:
            found = [CustomerId(one) for one in await connection.scalars(group_of(kept))]
        return (kept, *sorted(one for one in found if one != kept))

    async def ties(self, kept: CustomerId, absorbed: CustomerId, now_ms: int) -> Ties:
        async with self._database.reading() as connection:
            return await ties_of(connection, kept, absorbed, now_ms)


async def ties_of(connection: Transaction, kept: CustomerId, absorbed: CustomerId, now_ms: int) -> Ties:
    both = (kept, absorbed)
    waiting = await connection.scalar(
        _number(
            erasures,
            erasures.c.subject.in_(both),
            erasures.c.closed_at_ms.is_(None),
            erasures.c.done_at_ms.is_(None),
            or_(erasures.c.second_officer.is_not(None), erasures.c.expires_at_ms > now_ms),
        )
    )
    opened = await connection.scalar(
        _number(cases, cases.c.customer == absorbed, cases.c.state == CaseState.OPEN.value)
    )
    live = await connection.scalar(
        _number(sessions, sessions.c.customer.in_(both), sessions.c.state != State.ENDED.value)
    )
    return Ties(open_erasure=waiting > 0, open_case=opened > 0, live_session=live > 0)


async def merge(connection: Transaction, kept: CustomerId, absorbed: CustomerId, now_ms: int) -> bool:
    """Part of a transaction. False, and nothing may be committed, unless both stand for themselves."""
    alone = (customers.c.merged_into.is_(None), customers.c.erased_at_ms.is_(None))
    found = list(
        await connection.scalars(select(customers.c.id).where(customers.c.id.in_((kept, absorbed)), *alone))
    )
    if set(found) != {kept, absorbed} or kept == absorbed:
        return False
    into = update(customers).values(merged_into=kept)
    await connection.execute(into.where(customers.c.id == absorbed))
    await connection.execute(into.where(customers.c.merged_into == absorbed))
    subject = Subject(SubjectKind.CUSTOMER, absorbed)
    await connection.execute(passkeys_of(subject))
    await connection.execute(all_forgotten(absorbed))
    await connection.execute(all_void(absorbed, now_ms))
    await connection.execute(withdrawal(subject, now_ms))
    await connection.execute(delete(handoffs).where(handoffs.c.customer == absorbed))
    await factor_caps.remove_authenticator(connection, absorbed, now_ms)
    for one in (kept, absorbed):
        await connection.execute(all_ended(one, now_ms))
        await factor_caps.cap(connection, one, now_ms + CAPPED_FOR_MS, REASON)
    return True


def _number(table: Table, *which: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(table).where(*which)
