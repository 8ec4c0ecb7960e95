"""The rows about one customer, as they are given to that customer."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select

from server.storage.cases import opened_cases
from server.storage.database import Database
from server.storage.merging import MergedRecords, group_of
from server.storage.sealed import Sealing
from server.storage.sessions import SqlSessionStore
from server.storage.tables import cases, sessions, staff
from session.model import Session
from support.identity import CustomerId


class OwnCase(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reference: str
    origin: str
    reason: str
    state: str
    last_activity: str


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """`verified`: how and at which level, as a pair of words, "" if nobody was. `document`: the agreement, as it was
    signed."""

    id: str
    case: str
    opened: str
    state: str
    agent_name: str
    agent_number: str
    verified: str
    document: str
    signature: str


class OwnRows:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing
        self._merged = MergedRecords(database)
        self._sessions = SqlSessionStore(database, sealing)

    async def records_of(self, customer: CustomerId) -> tuple[CustomerId, ...]:
        """As `MergedRecords.ids_of`."""
        return await self._merged.ids_of(customer)

    async def cases(self, customer: CustomerId) -> list[OwnCase]:
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(cases)
                    .where(cases.c.customer.in_(group_of(customer)))
                    .order_by(cases.c.last_activity_ms)
                )
            ).all()
        return [
            OwnCase(
                id=case.id,
                reference=case.reference,
                origin=case.origin.value,
                reason=case.reason,
                state=case.state.value,
                last_activity=_moment(case.last_activity_ms),
            )
            for case in await opened_cases(self._sealing, rows)
        ]

    async def sessions(self, customer: CustomerId) -> list[OwnSession]:
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(sessions, staff.c.name, staff.c.number)
                    .outerjoin(staff, staff.c.id == sessions.c.agent)
                    .where(sessions.c.customer.in_(group_of(customer)))
                    .order_by(sessions.c.opened_at)
                )
            ).all()
        found = await self._sessions.opened(rows)
        return [_shown(row, session) for row, session in zip(rows, found, strict=True)]


def _shown(row: Row[Any], session: Session) -> OwnSession:
    verified, consent = session.verification, session.consent
    return OwnSession(
        id=session.id,
        case=session.case,
        opened=_moment(session.opened_at),
        state=session.state.value,
        agent_name=row.name or "",
        agent_number=row.number or "",
        verified=f"{verified.method} {verified.level.value}" if verified is not None else "",
        document=consent.document if consent is not None else "",
        signature=consent.signature if consent is not None else "",
    )


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
