"""Verifications that other systems asked for, and their outcomes, each of which is written once."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, select, update

from server.outbox.message import Message
from server.storage.database import Database
from server.storage.outbox import OutboxStore
from server.storage.outbox_tables import verification_requests as table
from server.verification_request import Outcome, Standing, VerificationRequest
from session.model import Level

LISTED_AT_MOST: Final = 1_000


class VerificationRequestStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, outbox: OutboxStore) -> None:
        self._database, self._outbox = database, outbox

    async def find(self, request: str) -> VerificationRequest | None:
        return await self._one(table.c.id == request)

    async def asked_once(self, once_hash: str) -> VerificationRequest | None:
        return await self._one(table.c.once_hash == once_hash)

    async def of_session(self, session: str) -> VerificationRequest | None:
        return await self._one(table.c.session == session)

    async def unsettled(self) -> list[VerificationRequest]:
        """The oldest first; 1000 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.settled_at_ms.is_(None))
                .order_by(table.c.asked_at_ms)
                .limit(LISTED_AT_MOST)
            )
            return [_request(row) for row in rows]

    async def add(self, request: VerificationRequest) -> None:
        """Raises AlreadyThere if this was asked before."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=request.id,
                    key=request.key,
                    system=request.system,
                    once_hash=request.once_hash,
                    asked_hash=request.asked_hash,
                    session=request.session,
                    login=request.login,
                    case_id=request.case,
                    customer=request.customer,
                    wanted=request.wanted.value,
                    endpoint=request.endpoint,
                    asked_at_ms=request.asked_at_ms,
                    expires_at_ms=request.expires_at_ms,
                )
            )

    async def take_back(self, request: str) -> None:
        """No session came of it: it may be asked again."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(table).where(table.c.id == request, table.c.settled_at_ms.is_(None))
            )

    async def settle(self, request: str, outcome: Outcome, now_ms: int, told: Sequence[Message]) -> bool:
        """True to exactly one caller; what is `told` is queued with it, or not at all."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == request, table.c.settled_at_ms.is_(None))
                .values(
                    outcome=outcome.standing.value,
                    level=outcome.level,
                    method=outcome.method,
                    cause=outcome.cause,
                    settled_at_ms=outcome.at_ms if outcome.level is not None else now_ms,
                )
            )
            if changed.rowcount != 1:
                return False
            if told:
                await self._outbox.queue(told, connection)
        return True

    async def _one(self, which: ColumnElement[bool]) -> VerificationRequest | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(which))).one_or_none()
        return _request(row) if row is not None else None


def _request(row: Row[Any]) -> VerificationRequest:
    outcome = None
    if row.settled_at_ms is not None:
        outcome = Outcome(Standing(row.outcome), row.settled_at_ms, row.level, row.method, row.cause)
    return VerificationRequest(
        id=row.id,
        key=row.key,
        system=row.system,
        once_hash=row.once_hash,
        asked_hash=row.asked_hash,
        session=row.session,
        login=row.login,
        case=row.case_id,
        customer=row.customer,
        wanted=Level(row.wanted),
        endpoint=row.endpoint,
        asked_at_ms=row.asked_at_ms,
        expires_at_ms=row.expires_at_ms,
        outcome=outcome,
    )
