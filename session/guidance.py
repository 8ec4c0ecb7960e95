"""The law of guidance in a share: when the agent may point, draw and write a short instruction, and what the log says.

Pure. Where somebody points is a thing of the moment and is written nowhere. That they pointed in a share is on record
before the first gesture is passed on, and how often once the share is over. An instruction is on record word for word.
"""

from dataclasses import dataclass
from typing import Final

from audit.event import Event, EventName, Fact, Outcome
from session import chat
from session.chat import Message
from session.deadlines import AGREED
from session.errors import ChatRefused, GuidanceRefused
from session.model import Scope, Session, State
from session.recording import entry

LONGEST: Final = 200  # characters of one instruction
MOST: Final = 300  # instructions of one session


@dataclass(frozen=True, slots=True)
class Gestures:
    """What was passed on in the share of this epoch."""

    epoch: int
    moves: int
    strokes: int


def is_open(session: Session, now: int) -> bool:
    """Whether the customer has agreed to be guided, and shows something, at `now` (UTC ms). Whether media may flow at
    all is `permission`'s to say."""
    return session.state is State.SHARING and _agreed(session, now)


def stands(session: Session, guide: Message, now: int) -> bool:
    """Whether an instruction that was given may still be read: as long as the agreement that it was given under."""
    if session.state not in AGREED | {State.INTERRUPTED} or not _agreed(session, now):
        return False
    return session.consent is not None and guide.at >= session.agreed_at


def must_be_guide(text: str) -> None:
    """Raises GuidanceRefused."""
    try:
        chat.must_be_text(text)
    except ChatRefused as error:
        raise _not_a_guide() from error
    if len(text) > LONGEST or "\n" in text or "\t" in text:
        raise _not_a_guide()


def written(session: Session, guide: Message) -> Event:
    """The intent entry: durable before the customer sees it."""
    facts: dict[str, Fact] = {"number": guide.number, "characters": len(guide.text), "text": guide.text}
    said: dict[str, Fact] = {"guide": guide.number, "text": guide.text}
    return entry(session, EventName.AGENT_GUIDE_WRITTEN, Outcome.INTENT, guide.at, facts, said)


def refused(session: Session, kind: str, now: int) -> Event:
    """Nothing is said of the text but what kind it was."""
    return entry(session, EventName.AGENT_GUIDE_REFUSED, Outcome.REFUSED, now, {"kind": kind})


def used(session: Session, now: int) -> Event:
    """The intent entry of the first gesture in a share: durable before it is passed on."""
    return entry(session, EventName.AGENT_POINTER_USED, Outcome.INTENT, now, {"epoch": session.epoch})


def counted(session: Session, gestures: Gestures, now: int) -> Event:
    facts = {"epoch": gestures.epoch, "moves": gestures.moves, "strokes": gestures.strokes}
    return entry(session, EventName.AGENT_POINTER_COUNTED, Outcome.DONE, now, facts)


def _agreed(session: Session, now: int) -> bool:
    consent = session.consent
    if consent is None or Scope.POINTER not in consent.scopes or session.blocked:
        return False
    return consent.granted_at <= now < consent.until


def _not_a_guide() -> GuidanceRefused:
    return GuidanceRefused(
        "guide_text",
        f"An instruction is one line of 1 to {LONGEST} characters, without control characters. It was not shown.",
    )
