"""Are you talking to us? A customer's own answer, and an agent's note of a contact before it is made.

The note is an access-giving act for whoever calls: it makes `/me` say yes. So it stands under the case rule, is an
entry with a section of the customer's own, and lasts thirty minutes at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import AuditWriter
from server.identity import new_id
from server.storage.contacts import Contact, ContactStore, InTouch
from session.ports import Clock
from support.access_facts import access_facts
from support.desk import Desk
from support.identity import CustomerId
from support.staff import Staff

SHOWN_MS: Final = 30 * 60_000
CHANNELS: Final = ("phone", "mail", "chat")


@dataclass(frozen=True, slots=True)
class Talking:
    """At `at_ms`. Empty: nobody of ours."""

    at_ms: int
    ways: Sequence[InTouch]


class Contacts:
    """Raises CaseRefused, LogUnavailable, StoreUnavailable: then nothing is shown."""

    def __init__(self, store: ContactStore, desk: Desk, log: AuditWriter, clock: Clock) -> None:
        self._store, self._desk, self._log, self._clock = store, desk, log, clock

    async def talking(self, customer: CustomerId) -> Talking:
        """The customer's own alone."""
        now = self._clock.now_ms()
        return Talking(now, await self._store.in_touch(customer, now))

    async def note(self, case_named: str, channel: str, agent: Staff) -> Contact:
        """Shown from now on, in place of an earlier one in this case."""
        now = self._clock.now_ms()
        case = await self._desk.live_case(case_named, agent, now)
        noted = Contact(new_id("con"), case.id, case.customer, agent.id, channel, now, now + SHOWN_MS)
        entry = Event(
            EventName.AGENT_CONTACT_NOTED,
            Outcome.DONE,
            now,
            Actor(ActorKind.AGENT, agent.id),
            case=case.id,
            customer=case.customer,
            facts={"contact": noted.id, "channel": channel, "until_ms": noted.until_ms},
            personal={case.customer: access_facts("contact", case, agent, now)},
        )
        appended = await self._log.append(entry)
        await self._store.note(noted, appended.index)
        return noted

    async def shown(self, case_named: str, agent: Staff) -> Contact | None:
        now = self._clock.now_ms()
        case = await self._desk.live_case(case_named, agent, now)
        return await self._store.in_case(case.id, agent.id, now)

    async def end(self, case_named: str, agent: Staff) -> None:
        """It is shown no more: at once, the entry follows."""
        noted = await self.shown(case_named, agent)
        if noted is None or not await self._store.end(noted.id, self._clock.now_ms()):
            return
        self._log.append_reducing(
            Event(
                EventName.AGENT_CONTACT_ENDED,
                Outcome.DONE,
                self._clock.now_ms(),
                Actor(ActorKind.AGENT, agent.id),
                case=noted.case,
                customer=noted.customer,
                facts={"contact": noted.id},
            )
        )
