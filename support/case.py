"""The reason for a contact, without which nothing about its customer opens."""

from dataclasses import dataclass, field
from enum import StrEnum

from support.identity import CaseId, CustomerId, StaffId


class Origin(StrEnum):
    CUSTOMER = "customer"
    SYSTEM = "system"
    AGENT = "agent"


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Case:
    """`reference` ("C-2041") is what people say. `last_activity_ms`: the customer's or a session's; a look is none.

    `provisional`: opened by an agent (`opened_by`) and not yet confirmed by anybody else; then `named` is what
    the agent typed for the customer. `ends_at_ms` (exclusive): of such a case, and of one that was opened by an
    override; None for one that ends by rest alone.
    """

    id: CaseId
    reference: str
    customer: CustomerId
    origin: Origin
    reason: str
    assigned_agent: StaffId | None
    state: CaseState
    last_activity_ms: int
    provisional: bool = False
    opened_by: StaffId | None = None
    ends_at_ms: int | None = None
    named: str = field(default="", repr=False)
