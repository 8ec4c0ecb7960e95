"""The readable names around a session, in one question: what views and lists show beside the session itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from server.storage.customers import opened_customers
from server.storage.database import Database
from server.storage.sealed import Sealing
from server.storage.tables import cases, customers, sessions, staff
from session.identity import SessionId
from support.customer import Customer


@dataclass(frozen=True, slots=True)
class Outline:
    """`customer_masked` is for whoever may not see `customer_name` yet. Of somebody erased both say so. Of a session
    that nobody has accepted yet all that is the agent's is "", and in a provisional case so is `customer_masked`."""

    session: SessionId
    agent_name: str
    agent_number: str
    agent_team: str
    agent_role: str
    case_reference: str
    customer_name: str
    customer_masked: str


class Outlines:
    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def of_session(self, session: SessionId) -> Outline | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_joined().where(sessions.c.id == session))).one_or_none()
        if row is None:
            return None
        (customer,) = await opened_customers(self._sealing, [row])
        return _outline(row, customer)


def _joined() -> Select[Any]:
    return (
        select(
            sessions.c.id.label("session"),
            staff.c.name.label("agent_name"),
            staff.c.number.label("agent_number"),
            staff.c.team.label("agent_team"),
            staff.c.role.label("agent_role"),
            cases.c.reference.label("case_reference"),
            cases.c.provisional,
            customers,
        )
        .outerjoin(staff, staff.c.id == sessions.c.agent)
        .join(cases, cases.c.id == sessions.c.case_id)
        .join(customers, customers.c.id == sessions.c.customer)
    )


def _outline(row: Row[Any], customer: Customer) -> Outline:
    return Outline(
        session=SessionId(row.session),
        agent_name=row.agent_name or "",
        agent_number=row.agent_number or "",
        agent_team=row.agent_team or "",
        agent_role=row.agent_role or "",
        case_reference=row.case_reference,
        customer_name=customer.label if customer.erased_at_ms is not None else customer.display_name,
        customer_masked="" if row.provisional else customer.label,
    )
