"""What an agent may see, and when: the case rule, then the entry, then the data."""

from collections.abc import Mapping
from dataclasses import dataclass

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from support.access_facts import access_facts
from support.case import Case
from support.case_rule import Act, Allowed, Reason, live, may_open
from support.customer import Customer, CustomerField
from support.identity import CaseId, is_id
from support.masking import FieldKind
from support.ports import CaseStore, CustomerStore
from support.staff import Staff


class CaseRefused(Exception):
    """Nothing was shown; the attempt is recorded. NO_CASE and NOT_ASSIGNED must look alike outside."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The case does not open: {reason.value}.")
        self.reason = reason


class FieldLocked(Exception):
    """The customer has to prove who they are before this field is shown; the attempt is recorded."""


class FieldUnknown(Exception):
    """The record has no such field; the attempt is recorded."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in an agent's list. `customer_label` is masked; "" in a provisional case."""

    case: Case
    live: bool
    customer_label: str


@dataclass(frozen=True, slots=True)
class Record:
    """A case with its customer, every field masked."""

    case: Case
    label: str
    fields: tuple[CustomerField, ...]  # of each only what is masked may be shown


class Desk:
    """Raises audit.ports.LogUnavailable where the entry could not be made durable: then nothing was shown."""

    def __init__(self, cases: CaseStore, customers: CustomerStore, log: AuditWriter) -> None:
        self._cases = cases
        self._customers = customers
        self._log = log

    async def cases_of(self, agent: Staff, now_ms: int) -> list[CaseLine]:
        """The agent's own cases. No entry: the list shows nothing that the agent was not given."""
        if not agent.helps_customers or agent.blocked(now_ms):
            return []
        cases = await self._cases.of_agent(agent.id)
        customers = await self._customers.find_all(frozenset(case.customer for case in cases))
        return [
            CaseLine(
                case=case,
                live=live(case, agent.id, now_ms),
                customer_label=_label(case, customers.get(case.customer)),
            )
            for case in cases
        ]

    async def open_case(self, case_id: str, agent: Staff, now_ms: int) -> Case:
        """The live case in which a session may be opened; the session's own entry records it. Raises CaseRefused."""
        return await self._allowed(case_id, agent, now_ms, Act.SESSION)

    async def live_case(self, case_id: str, agent: Staff, now_ms: int) -> Case:
        """A live case whose record opens for this agent; the caller records what is done in it. Raises CaseRefused."""
        return await self._allowed(case_id, agent, now_ms, Act.RECORD)

    async def open_record(self, case_id: str, agent: Staff, now_ms: int) -> Record:
        """The masked record. Raises CaseRefused."""
        case = await self._allowed(case_id, agent, now_ms, Act.RECORD)
        customer = await self._customer(case)
        theirs = access_facts("record", case, agent, now_ms)
        await self._log.append(
            _entry(EventName.AGENT_CASE_VIEWED, Outcome.DONE, case, agent, now_ms, theirs=theirs)
        )
        return Record(
            case=case,
            label=customer.label,
            fields=customer.fields,
        )

    async def unmask(
        self,
        case_id: str,
        field_name: str,
        agent: Staff,
        now_ms: int,
        locked: frozenset[FieldKind] = frozenset(),
    ) -> CustomerField:
        """One field, in the clear, unless it is of a `locked` kind. Raises CaseRefused, FieldUnknown, FieldLocked."""
        case = await self._allowed(case_id, agent, now_ms, Act.RECORD)
        field = (await self._customer(case)).field(field_name)
        if field is None:
            facts: dict[str, Fact] = {"reason": "no_field"}
            await self._log.append(
                _entry(EventName.AGENT_FIELD_UNMASKED, Outcome.REFUSED, case, agent, now_ms, facts)
            )
            raise FieldUnknown("This record has no such field. Reload the case.")
        facts = {"field": field.name}
        theirs = access_facts("field", case, agent, now_ms, field.name)
        if field.kind in locked:
            facts["reason"] = "not_verified"
            await self._log.append(
                _entry(EventName.AGENT_FIELD_UNMASKED, Outcome.REFUSED, case, agent, now_ms, facts)
            )
            raise FieldLocked(
                "This field is shown only in a live session in which the customer has just proved who they are. "
                "Nothing was shown. Ask them in the session."
            )
        await self._log.append(
            _entry(EventName.AGENT_FIELD_UNMASKED, Outcome.DONE, case, agent, now_ms, facts, theirs)
        )
        return field

    async def _allowed(self, case_id: str, agent: Staff, now_ms: int, act: Act) -> Case:
        case = await self._cases.find(CaseId(case_id)) if is_id(case_id, "cas") else None
        decided = may_open(case, agent, now_ms, act)
        if isinstance(decided, Allowed):
            return decided.case
        await self._record_refusal(case, agent, now_ms, act, decided.reason)
        raise CaseRefused(decided.reason)

    async def _record_refusal(
        self, case: Case | None, agent: Staff, now_ms: int, act: Act, reason: Reason
    ) -> None:
        name = EventName.AGENT_SESSION_REFUSED if act is Act.SESSION else EventName.AGENT_CASE_REFUSED
        facts: dict[str, Fact] = {"reason": reason.value}
        await self._log.append(_entry(name, Outcome.REFUSED, case, agent, now_ms, facts))

    async def _customer(self, case: Case) -> Customer:
        customer = await self._customers.find(case.customer)
        if customer is None:
            raise LookupError(f"case {case.id} names a customer that is not there")
        return customer


def _label(case: Case, customer: Customer | None) -> str:
    return "" if customer is None or case.provisional else customer.label


def _entry(
    name: EventName,
    outcome: Outcome,
    case: Case | None,
    agent: Staff,
    now_ms: int,
    facts: dict[str, Fact] | None = None,
    theirs: Mapping[str, Fact] | None = None,
) -> Event:
    """`theirs`: what goes into the customer's own section, so that they can hold a receipt of the look."""
    return Event(
        name=name,
        outcome=outcome,
        at_ms=now_ms,
        actor=Actor(ActorKind.AGENT, agent.id),
        case=case.id if case is not None else None,
        customer=case.customer if case is not None else None,
        facts=facts or {},
        personal={case.customer: theirs} if case is not None and theirs is not None else {},
    )
