"""Requests for changes to customers' factors, and the writes of which each happens once."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Update, and_, func, or_, select, update

from server.storage.database import Database
from server.storage.factors_tables import factor_requests as table
from server.storage.tables import sessions
from server.storage.transaction import Transaction, Within, nothing
from session.model import State
from support.factor_request import ASKED_FOR_MS, RIPE_FOR_MS, FactorRequest, How, Kind, Step, Voucher
from support.identity import CustomerId, StaffId

LISTED_AT_MOST: Final = 200


class SqlFactorRequestStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, request: str) -> FactorRequest | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == request))).one_or_none()
        return _request(row) if row is not None else None

    async def unfinished(self, now_ms: int) -> list[FactorRequest]:
        """Those that can still come to something, the oldest first; 200 at most."""
        asked = and_(table.c.second_at_ms.is_(None), table.c.asked_at_ms > now_ms - ASKED_FOR_MS)
        vouched = table.c.second_at_ms + table.c.hold_ms > now_ms - RIPE_FOR_MS
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.closed_at_ms.is_(None), table.c.done_at_ms.is_(None), or_(asked, vouched))
                .order_by(table.c.asked_at_ms, table.c.id)
                .limit(LISTED_AT_MOST)
            )
            return [_request(row) for row in rows]

    async def weakening(self, customer: CustomerId, now_ms: int) -> bool:
        """Whether two vouched that this customer has lost a factor, and that waits or was not done yet."""
        kinds = [kind.value for kind in Kind if kind.weakens]
        async with self._database.reading() as connection:
            count = await connection.scalar(
                select(func.count())
                .select_from(table)
                .where(
                    or_(table.c.customer == customer, table.c.absorbed == customer),
                    table.c.kind.in_(kinds),
                    table.c.closed_at_ms.is_(None),
                    table.c.done_at_ms.is_(None),
                    table.c.second_at_ms + table.c.hold_ms > now_ms - RIPE_FOR_MS,
                )
            )
        return int(count) > 0

    async def add(self, request: FactorRequest, log_index: int, within: Within = nothing) -> None:
        """Earlier ones about the same customer that are unfinished are closed: one question at a time. `within`: part
        of the same write; what it raises undoes it."""
        first = request.first
        async with self._database.writing() as connection:
            await connection.execute(
                _closing(request.asked_at_ms).where(
                    or_(table.c.customer.in_(request.customers), table.c.absorbed.in_(request.customers))
                )
            )
            await connection.execute(
                table.insert().values(
                    id=request.id,
                    kind=request.kind.value,
                    customer=request.customer,
                    absorbed=request.absorbed,
                    asked_by=request.asked_by,
                    log_index=log_index,
                    asked_at_ms=request.asked_at_ms,
                    hold_ms=request.hold_ms,
                    first_staff=first.staff if first is not None else None,
                    first_at_ms=first.at_ms if first is not None else None,
                    first_how=first.how.value if first is not None else None,
                )
            )
            await within(connection)

    async def vouch(self, seen: FactorRequest, step: Step, voucher: Voucher, within: Within) -> bool:
        """False, and nothing of it, if the request is no longer as it was seen. `within`: part of the same write."""
        values = {
            f"{step.value}_staff": voucher.staff,
            f"{step.value}_at_ms": voucher.at_ms,
            f"{step.value}_how": voucher.how.value,
        }
        async with self._database.writing() as connection:
            changed = await connection.execute(_as_seen(seen).values(**values))
            if changed.rowcount != 1:
                return False
            await within(connection)
        return True

    async def close(self, request: str, now_ms: int) -> bool:
        """False if it was over already."""
        async with self._database.writing() as connection:
            changed = await connection.execute(_closing(now_ms).where(table.c.id == request))
        return changed.rowcount == 1

    async def carry_out(self, seen: FactorRequest, now_ms: int, within: Within) -> bool:
        """As `finish`, in a transaction of its own, with `within`."""
        async with self._database.writing() as connection:
            if not await finish(connection, seen, now_ms):
                return False
            await within(connection)
        return True

    async def in_session(self, staff: StaffId, customers: tuple[CustomerId, ...]) -> bool:
        """Whether `staff` is the agent of an open session with one of these."""
        async with self._database.reading() as connection:
            return await is_in_session(connection, staff, customers)


async def is_in_session(connection: Transaction, staff: StaffId, customers: tuple[CustomerId, ...]) -> bool:
    count = await connection.scalar(
        select(func.count())
        .select_from(sessions)
        .where(
            sessions.c.customer.in_(customers),
            sessions.c.agent == staff,
            sessions.c.state != State.ENDED.value,
        )
    )
    return int(count) > 0


async def finish(connection: Transaction, seen: FactorRequest, now_ms: int) -> bool:
    """It is done, for exactly one caller; False if it is no longer as it was seen."""
    return (await connection.execute(_as_seen(seen).values(done_at_ms=now_ms))).rowcount == 1


def no_longer_vouched(officer: str) -> Update:
    """Of somebody who is blocked or gets new factors: whoever vouched may have been another. What they vouched for is
    over, also what only waits: it is asked for again."""
    theirs = or_(table.c.first_staff == officer, table.c.second_staff == officer)
    last = func.coalesce(table.c.second_at_ms, table.c.first_at_ms)  # when anything last counted
    return _closing(last).where(theirs)


def _closing(now_ms: "int | ColumnElement[int]") -> Update:
    over = and_(table.c.closed_at_ms.is_(None), table.c.done_at_ms.is_(None))
    return update(table).where(over).values(closed_at_ms=now_ms)


def _as_seen(seen: FactorRequest) -> Update:
    first, second = seen.first, seen.second
    return update(table).where(
        table.c.id == seen.id,
        table.c.first_staff.is_not_distinct_from(first.staff if first is not None else None),
        table.c.second_staff.is_not_distinct_from(second.staff if second is not None else None),
        table.c.closed_at_ms.is_(None),
        table.c.done_at_ms.is_(None),
    )


def _voucher(staff: str | None, at_ms: int | None, how: str | None) -> Voucher | None:
    if staff is None or at_ms is None or how is None:
        return None
    return Voucher(StaffId(staff), at_ms, How(how))


def _request(row: Row[Any]) -> FactorRequest:
    return FactorRequest(
        id=row.id,
        kind=Kind(row.kind),
        customer=CustomerId(row.customer),
        absorbed=CustomerId(row.absorbed) if row.absorbed is not None else None,
        asked_by=row.asked_by,
        asked_at_ms=row.asked_at_ms,
        hold_ms=row.hold_ms,
        first=_voucher(row.first_staff, row.first_at_ms, row.first_how),
        second=_voucher(row.second_staff, row.second_at_ms, row.second_how),
        closed_at_ms=row.closed_at_ms,
        done_at_ms=row.done_at_ms,
    )
