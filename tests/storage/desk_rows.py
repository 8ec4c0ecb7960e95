"""Rows that many tests need before they can say anything: one agent, one customer, one case, one session."""

from dataclasses import replace
from typing import Final

from server.storage.stores import Stores
from session.identity import CaseId, CustomerId, LoginId, SessionId, StaffId
from session.model import Purpose, Session
from support import identity
from support.case import Case, CaseState, Origin
from support.customer import Customer, CustomerField
from support.masking import FieldKind
from support.staff import Role, Staff

NOW: Final = 1_800_000_000_000
PASSWORD_HASH: Final = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA"


def made_id(prefix: str, number: int = 1) -> str:
    return f"{prefix}_{number:022d}"


AGENT: Final = Staff(
    id=identity.StaffId(made_id("sta", 1)),
    username="agent",
    name="Haruka Mori",
    number="A-104",
    team="Payments",
    role=Role.AGENT,
)
OTHER_AGENT: Final = replace(
    AGENT, id=identity.StaffId(made_id("sta", 2)), username="agent2", number="A-105", name="Ken Ito"
)
OFFICER: Final = replace(
    AGENT,
    id=identity.StaffId(made_id("sta", 3)),
    username="officer",
    number="S-001",
    name="Aya Kondo",
    role=Role.SECURITY,
)
CUSTOMER: Final = Customer(
    id=identity.CustomerId(made_id("cus")),
    reference="K-88120",
    display_name="Yuki Tanabe",
    fields=(
        CustomerField("email", FieldKind.EMAIL, "yuki.tanabe@example.jp"),
        CustomerField("phone", FieldKind.PHONE, "+81 90 1234 5678"),
    ),
)
CASE: Final = Case(
    id=identity.CaseId(made_id("cas")),
    reference="C-2041",
    customer=CUSTOMER.id,
    origin=Origin.CUSTOMER,
    reason="A transfer does not arrive",
    assigned_agent=AGENT.id,
    state=CaseState.OPEN,
    last_activity_ms=NOW,
)
SESSION: Final = Session(
    id=SessionId(made_id("ses")),
    case=CaseId(CASE.id),
    customer=CustomerId(CUSTOMER.id),
    agent=StaffId(AGENT.id),
    agent_login=LoginId(made_id("log")),
    purpose=Purpose.SHARE,
    opened_at=NOW,
    invitation_expires_at=NOW + 600_000,
    state_since=NOW,
)


async def add_desk(stores: Stores) -> None:
    """Three staff, the customer, the case."""
    for staff in (AGENT, OTHER_AGENT, OFFICER):
        await stores.staff.add(staff, PASSWORD_HASH)
    await stores.customers.add(CUSTOMER)
    await stores.cases.add(CASE)
