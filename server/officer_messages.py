"""What a security officer writes to an agent, on record before the agent can read it, and that they have read it.

One way: an agent answers by the telephone or in person, for a flag is nobody's chat. Only somebody beyond doubt reads
one: whoever must prove who they are might be who the message is about. A blocked person's waits for them. It says what
its officer wrote and nothing of the flag that moved them to it.
"""

from collections.abc import Sequence
from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.bus.ports import Counters
from server.identity import new_id
from server.problems import Problem, not_found, secret_written, too_many
from server.storage.officer_messages import OfficerMessageStore
from session.ports import Clock
from support.identity import StaffId, is_id
from support.officer_message import UNREAD_AT_MOST, OfficerMessage
from support.ports import StaffStore
from support.staff import Staff
from verification.throttle import Rate
from verification.typed_secrets import secret_in

WRITING: Final = Rate(count=20, period_ms=60_000)  # of one officer: each is an entry


class OfficerMessages:
    """Raises Problem, LogUnavailable, StoreUnavailable: then nothing was written, or marked as read."""

    def __init__(
        self,
        store: OfficerMessageStore,
        staff: StaffStore,
        log: AuditWriter,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self._store, self._staff, self._counters, self._clock = store, staff, counters, clock
        self._register = Register(log, clock)

    async def write(self, named: str, text: str, officer: Staff) -> str:
        """`text` is one line. The message's id."""
        if await self._counters.take(f"messages/{officer.id}", WRITING):
            raise too_many(
                "Many messages in one minute. This one was not sent. Wait a moment, then send it again."
            )
        person = await self._addressee(named, officer)
        by = Actor(ActorKind.OFFICER, officer.id)
        if (secret := secret_in(text)) is not None:
            refused: dict[str, Fact] = {"staff": person.id, "kind": secret.value}
            await self._register.refused(EventName.OFFICER_MESSAGE_SENT, by, refused)
            raise secret_written()
        message = new_id("omg")
        facts: dict[str, Fact] = {"message": message, "staff": person.id, "text": text}
        intent = self._register.intent(EventName.OFFICER_MESSAGE_SENT, by, facts)

        async def write(index: int) -> None:
            sent = OfficerMessage(message, person.id, officer.id, text, self._clock.now_ms(), index)
            if not await self._store.add(sent):
                raise Problem(
                    409,
                    "messages_unread",
                    f"{UNREAD_AT_MOST} messages wait for them unread. Nothing was sent. Speak with them.",
                )

        await self._register.carry_out([intent], write)
        return message

    async def written_to(self, named: str) -> list[tuple[OfficerMessage, str]]:
        """By all officers, the latest first, each with the name of who wrote it."""
        person = await self._known(named)
        return await self._signed(await self._store.written_to(person.id))

    async def unread_by(self, person: Staff) -> list[tuple[OfficerMessage, str]]:
        """The oldest first, each with the name of who wrote it."""
        return await self._signed(await self._store.unread_by(person.id))

    async def read(self, named: str, person: Staff) -> None:
        """Said by the agent. What was read already, or is somebody else's, is not there, and no entry tells of it."""
        if named not in {one.id for one in await self._store.unread_by(person.id)}:
            raise not_found()
        intent = self._register.intent(
            EventName.AGENT_MESSAGE_READ, Actor(ActorKind.AGENT, person.id), {"message": named}
        )

        async def mark(_index: int) -> None:
            if not await self._store.read(named, person.id, self._clock.now_ms()):
                raise not_found()

        await self._register.carry_out([intent], mark)

    async def _addressee(self, named: str, officer: Staff) -> Staff:
        person = await self._known(named)
        if person.id == officer.id or not person.helps_customers:
            raise Problem(
                409,
                "no_agent",
                "Messages go to agents and supervisors, and not to yourself. Nothing was sent.",
            )
        return person

    async def _known(self, named: str) -> Staff:
        person = await self._staff.find(StaffId(named)) if is_id(named, "sta") else None
        if person is None:
            raise not_found()
        return person

    async def _signed(self, messages: Sequence[OfficerMessage]) -> list[tuple[OfficerMessage, str]]:
        """The name is "" of somebody no longer known."""
        authors = await self._staff.find_all(frozenset(one.officer for one in messages))
        return [(one, authors[one.officer].name if one.officer in authors else "") for one in messages]
