"""What security officers may ask: live sessions and ending them, flags, the log and its integrity."""

import re

from audit.event import EventName
from audit.ports import OpenedEntry
from server.http.routing import Call
from server.http.shapes import ActorShown, LogEntryShown, LogIntegrity, LogPage
from server.log_desk import MOST_AT_ONCE
from server.problems import Problem, not_found
from server.signalling.messages import FlagShown, LiveSession
from session.events import EndDemanded
from session.identity import SessionId
from session.model import EndCause, State

DEFAULT_LIMIT = 100
LARGEST_INDEX = 2**53
SESSION_NAME = re.compile(r"ses_[A-Za-z0-9_-]{22}", re.ASCII)


async def sessions(call: Call) -> list[LiveSession]:
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_SESSIONS_READ)
    return await call.services.oversight.sessions()


async def end_session(call: Call) -> None:
    if call.session is None:
        raise not_found()
    if call.session.state is State.ENDED:
        return
    demand = EndDemanded(EndCause.OFFICER_ENDED, call.staff.id)
    await call.services.conductor.apply(call.session.id, demand)


async def flags(call: Call) -> list[FlagShown]:
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_FLAGS_READ)
    return await call.services.oversight.flags()


async def log(call: Call) -> LogPage:
    before = _number(call, "before", None, LARGEST_INDEX)
    limit = _number(call, "limit", DEFAULT_LIMIT, MOST_AT_ONCE)
    desk, session = call.services.log_desk, _session(call)
    if session is not None:
        found = await desk.of_session(call.staff.staff, session, before)
    else:
        found = await desk.read(call.staff.staff, before, limit or DEFAULT_LIMIT)
    return LogPage(entries=[_shown(entry) for entry in found.entries], size=desk.size, read_from=found.start)


async def integrity(call: Call) -> LogIntegrity:
    found = await call.services.log_desk.integrity(call.staff.staff)
    return LogIntegrity(
        exit_code=found.exit_code,
        sentence=found.sentence,
        size=found.size,
        checkpoint_at_ms=found.checkpoint_at_ms,
    )


def _session(call: Call) -> SessionId | None:
    named = call.request.query.get("session")
    if named is None:
        return None
    if not SESSION_NAME.fullmatch(named):
        raise Problem(422, "does_not_fit", "session is the name of a session, as entries have it.")
    return SessionId(named)


def _number(call: Call, name: str, default: int | None, largest: int) -> int | None:
    text = call.request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and int(text) <= largest):
        raise Problem(422, "does_not_fit", f"{name} is a number of at most {largest}.")
    return int(text)


def _shown(entry: OpenedEntry) -> LogEntryShown:
    event = entry.event
    if event is None:
        return LogEntryShown(
            index=entry.index,
            at_ms=None,
            name=None,
            outcome=None,
            actor=None,
            case=None,
            session=None,
            customer=None,
            intent=None,
            facts={},
            personal={},
        )
    return LogEntryShown(
        index=entry.index,
        at_ms=event.at_ms,
        name=event.name,
        outcome=event.outcome,
        actor=ActorShown(kind=event.actor.kind, id=event.actor.id),
        case=event.case,
        session=event.session,
        customer=event.customer,
        intent=event.intent,
        facts=dict(event.facts),
        personal={subject: dict(known) for subject, known in event.personal.items()},
    )
