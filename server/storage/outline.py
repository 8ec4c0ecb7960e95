"""The readable names around a session, in one question: what views and lists show beside the session itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from server.storage.database import Database
from server.storage.tables import cases, customers, sessions, staff
from session.identity import SessionId
from support.masking import FieldKind, masked
from support.staff import Role


@dataclass(frozen=True, slots=True)
class Outline:
    """`customer_masked` is for whoever may not see `customer_name` yet."""

    session: SessionId
    agent_name: str
    agent_number: str
    agent_team: str
    agent_role: Role
    case_reference: str
    customer_name: str

    @property
    def customer_masked(self) -> str:
        return masked(FieldKind.NAME, self.customer_name)


class Outlines:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_session(self, session: SessionId) -> Outline | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_joined().where(sessions.c.id == session))).one_or_none()
        return _outline(row) if row is not None else None


def _joined() -> Select[Any]:
    return (
        select(
            sessions.c.id.label("session"),
            staff.c.name.label("agent_name"),
            staff.c.number.label("agent_number"),
            staff.c.team.label("agent_team"),
            staff.c.role.label("agent_role"),
            cases.c.reference.label("case_reference"),
            customers.c.display_name.label("customer_name"),
        )
        .join(staff, staff.c.id == sessions.c.agent)
        .join(cases, cases.c.id == sessions.c.case_id)
        .join(customers, customers.c.id == sessions.c.customer)
    )


def _outline(row: Row[Any]) -> Outline:
    return Outline(
        session=SessionId(row.session),
        agent_name=row.agent_name,
        agent_number=row.agent_number,
        agent_team=row.agent_team,
        agent_role=Role(row.agent_role),
        case_reference=row.case_reference,
        customer_name=row.customer_name,
    )
