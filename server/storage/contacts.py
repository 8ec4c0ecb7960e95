"""Contacts that an agent noted in a case before making them, and the sessions that a customer is in right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, or_, select, update

from server.storage.database import Database
from server.storage.me_tables import contacts as table
from server.storage.tables import cases, sessions, staff
from session.model import State
from support.case import CaseState
from support.identity import CaseId, CustomerId, StaffId

AT_ONCE: Final = 20
SESSION: Final = "session"  # the channel of whoever is in one


@dataclass(frozen=True, slots=True)
class Contact:
    """`channel`: phone, mail, chat. From `noted_at_ms` to `until_ms` (exclusive) it is shown to the customer."""

    id: str
    case: CaseId
    customer: CustomerId
    agent: StaffId
    channel: str
    noted_at_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class InTouch:
    """One way in which somebody of ours is in touch with a customer. `state`: of a session, "" for a contact."""

    channel: str
    state: str
    since_ms: int
    until_ms: int | None
    agent_name: str
    agent_number: str
    agent_team: str
    case_reference: str


class ContactStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, contact: Contact, log_index: int) -> None:
        """In place of an earlier one in the same case."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.case_id == contact.case, table.c.ended_at_ms.is_(None))
                .values(ended_at_ms=contact.noted_at_ms)
            )
            await connection.execute(
                table.insert().values(
                    id=contact.id,
                    case_id=contact.case,
                    customer=contact.customer,
                    agent=contact.agent,
                    channel=contact.channel,
                    log_index=log_index,
                    noted_at_ms=contact.noted_at_ms,
                    until_ms=contact.until_ms,
                )
            )

    async def in_case(self, case: CaseId, agent: StaffId, now_ms: int) -> Contact | None:
        """This agent's, if it is shown now."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(table).where(
                        table.c.case_id == case,
                        table.c.agent == agent,
                        table.c.ended_at_ms.is_(None),
                        table.c.until_ms > now_ms,
                    )
                )
            ).one_or_none()
        return _contact(row) if row is not None else None

    async def end(self, contact: str, now_ms: int) -> bool:
        """False if it was over."""
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(table)
                .where(table.c.id == contact, table.c.ended_at_ms.is_(None))
                .values(ended_at_ms=now_ms)
            )
            return done.rowcount == 1

    async def in_touch(self, customer: CustomerId, now_ms: int) -> Sequence[InTouch]:
        """With this customer alone: sessions that have not ended, then contacts that are shown; the latest first. A
        contact of an agent who is blocked by now, or in a case that is closed or another's by now, is not."""
        running = (
            select(sessions.c.state, sessions.c.opened_at, staff.c.name, staff.c.number, staff.c.team)
            .add_columns(cases.c.reference)
            .join(staff, staff.c.id == sessions.c.agent)
            .join(cases, cases.c.id == sessions.c.case_id)
            .where(sessions.c.customer == customer, sessions.c.state != State.ENDED.value)
            .order_by(sessions.c.opened_at.desc())
            .limit(AT_ONCE)
        )
        noted = (
            select(table.c.channel, table.c.noted_at_ms, table.c.until_ms, staff.c.name, staff.c.number)
            .add_columns(staff.c.team, cases.c.reference)
            .join(staff, staff.c.id == table.c.agent)
            .join(cases, cases.c.id == table.c.case_id)
            .where(
                table.c.customer == customer,
                table.c.ended_at_ms.is_(None),
                table.c.until_ms > now_ms,
                cases.c.state == CaseState.OPEN.value,
                cases.c.assigned_agent == table.c.agent,
                or_(staff.c.blocked_until_ms.is_(None), staff.c.blocked_until_ms <= now_ms),
            )
            .order_by(table.c.noted_at_ms.desc())
            .limit(AT_ONCE)
        )
        async with self._database.reading() as connection:
            live = (await connection.execute(running)).all()
            told = (await connection.execute(noted)).all()
        return [
            *(
                InTouch(
                    SESSION, row.state, row.opened_at, None, row.name, row.number, row.team, row.reference
                )
                for row in live
            ),
            *(
                InTouch(
                    row.channel,
                    "",
                    row.noted_at_ms,
                    row.until_ms,
                    row.name,
                    row.number,
                    row.team,
                    row.reference,
                )
                for row in told
            ),
        ]


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        id=row.id,
        case=CaseId(row.case_id),
        customer=CustomerId(row.customer),
        agent=StaffId(row.agent),
        channel=row.channel,
        noted_at_ms=row.noted_at_ms,
        until_ms=row.until_ms,
    )
