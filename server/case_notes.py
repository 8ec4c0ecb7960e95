"""Agents' notes in a case. Each is one entry of the log and stands nowhere else, so nobody edits one.

The text is about the customer, so it is in the customer's section: it dies with the customer's key, is in the copy of
their data that they may ask for, and officers read it in the log. Codes are refused as in chat, and kept nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter, OpenedEntry
from audit.search.log_search import LogSearch
from audit.search.query import Query
from server.bus.ports import Counters
from server.problems import Problem, secret_written, too_many
from session import chat
from session.errors import ChatRefused
from session.ports import Clock
from support.case import Case
from support.desk import Desk
from support.identity import StaffId
from support.ports import StaffStore
from support.staff import Staff
from verification.throttle import Rate
from verification.typed_secrets import secret_in

SHOWN: Final = 100
WRITING: Final = Rate(count=30, period_ms=60_000)  # of one agent: each is an entry


@dataclass(frozen=True, slots=True)
class Note:
    """`index`: of its entry. `name` and `number` of who wrote it, "" of somebody no longer known."""

    index: int
    at_ms: int
    name: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """The latest first."""

    notes: Sequence[Note]
    more: bool
    closed: int


class CaseNotes:
    """Raises CaseRefused, LogUnavailable, StoreUnavailable, and what reading the log raises."""

    def __init__(
        self,
        desk: Desk,
        log: AuditWriter,
        search: LogSearch,
        staff: StaffStore,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self._desk, self._log, self._search = desk, log, search
        self._staff, self._counters, self._clock = staff, counters, clock

    async def write(self, case_named: str, agent: Staff, text: str, session: str | None) -> Note:
        """Durable on return. Raises Problem (422, 429): then nothing of the text was kept."""
        now = self._clock.now_ms()
        case = await self._desk.live_case(case_named, agent, now)
        if await self._counters.take(f"notes/{agent.id}", WRITING):
            raise too_many(
                "Many notes in one minute. This one was not kept. Wait a moment and send it again."
            )
        await self._judge(case, agent, text, session, now)
        entry = _entry(EventName.AGENT_NOTE_WRITTEN, Outcome.DONE, case, agent, now, session)
        said: dict[str, Fact] = {"note": text}
        appended = await self._log.append(
            replace(entry, facts={"characters": len(text)}, personal={case.customer: said})
        )
        return Note(appended.index, now, agent.name, agent.number, text)

    async def of(self, case_named: str, agent: Staff) -> Notes:
        """The look is an entry, durable before anything is shown."""
        now = self._clock.now_ms()
        case = await self._desk.live_case(case_named, agent, now)
        await self._log.append(_entry(EventName.AGENT_NOTES_READ, Outcome.DONE, case, agent, now, None))
        found = await self._search.search(
            Query(case=case.id, event=EventName.AGENT_NOTE_WRITTEN), None, SHOWN
        )
        written = [(entry, text) for entry in found.entries if (text := _text_of(entry)) is not None]
        known = await self._staff.find_all(
            frozenset(StaffId(entry.event.actor.id) for entry, _ in written if entry.event is not None)
        )
        notes = [_note(entry, text, known.get(_author(entry))) for entry, text in reversed(written)]
        return Notes(notes, found.start > 0, found.closed)

    async def _judge(self, case: Case, agent: Staff, text: str, session: str | None, now: int) -> None:
        try:
            chat.must_be_text(text)
        except ChatRefused as error:
            raise Problem(
                422, "does_not_fit", "A note is text without control characters. Nothing was kept."
            ) from error
        if (found := secret_in(text)) is None:
            return
        entry = _entry(EventName.AGENT_NOTE_REFUSED, Outcome.REFUSED, case, agent, now, session)
        await self._log.append(replace(entry, facts={"kind": found.value}))
        raise secret_written()


def _entry(
    name: EventName, outcome: Outcome, case: Case, agent: Staff, now: int, session: str | None
) -> Event:
    return Event(
        name=name,
        outcome=outcome,
        at_ms=now,
        actor=Actor(ActorKind.AGENT, agent.id),
        case=case.id,
        session=session,
        customer=case.customer,
    )


def _text_of(entry: OpenedEntry) -> str | None:
    """None once the customer's key is gone."""
    if entry.event is None:
        return None
    texts = (said.get("note") for said in entry.event.personal.values())
    return next((text for text in texts if isinstance(text, str)), None)


def _author(entry: OpenedEntry) -> StaffId:
    return StaffId(entry.event.actor.id if entry.event is not None else "")


def _note(entry: OpenedEntry, text: str, author: Staff | None) -> Note:
    at_ms = entry.event.at_ms if entry.event is not None else 0
    return Note(entry.index, at_ms, author.name if author else "", author.number if author else "", text)
