"""The law of chat in a session: when there is one, and what the log says of it. Pure.

The customer's words stand in the customer's own section, the agent's among the organisation's facts; the agent's stand
in the customer's section too, so that the customer can prove what was said to them. A text that is refused is written
nowhere.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from audit.event import Event, EventName, Fact, Outcome
from session.deadlines import AGREED
from session.errors import ChatRefused
from session.model import Party, Scope, Session, State
from session.recording import entry

LONGEST: Final = 2_000  # characters of one message
MOST: Final = 500  # messages of one session

_WRITTEN: Final = {
    Party.CUSTOMER: EventName.CUSTOMER_CHAT_WRITTEN,
    Party.AGENT: EventName.AGENT_CHAT_WRITTEN,
}
_REFUSED: Final = {
    Party.CUSTOMER: EventName.CUSTOMER_CHAT_REFUSED,
    Party.AGENT: EventName.AGENT_CHAT_REFUSED,
}
_TURNS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINES: Final = frozenset("\n\t")


@dataclass(frozen=True, slots=True)
class Message:
    """`number` counts both parties' from 1. `at` is UTC milliseconds, of the server."""

    number: int
    party: Party
    at: int
    text: str


def is_open(session: Session, now: int) -> bool:
    """Whether the customer has agreed to write and be written to, and still does, at `now` (UTC ms)."""
    consent = session.consent
    if consent is None or Scope.CHAT not in consent.scopes or session.blocked:
        return False
    return session.state in AGREED | {State.INTERRUPTED} and consent.granted_at <= now < consent.until


def must_be_text(text: str) -> None:
    """Raises ChatRefused."""
    if not text.strip() or len(text) > LONGEST or _TURNS.search(text):
        raise _not_a_text()
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in _LINES for char in text):
        raise _not_a_text()


def intended(session: Session, message: Message) -> Event:
    """The intent entry: durable before anybody else sees the message."""
    said: dict[str, Fact] = {"chat": message.number, "from": message.party.value, "text": message.text}
    facts: dict[str, Fact] = {"number": message.number, "characters": len(message.text)}
    if message.party is Party.AGENT:
        facts["text"] = message.text
    name = _WRITTEN[message.party]
    return entry(session, name, Outcome.INTENT, message.at, facts, said)


def refused(session: Session, party: Party, kind: str, where: str, now: int) -> Event:
    """`where`: `page` or `server`, whichever held it back. Nothing is said of the text but what kind it was."""
    return entry(session, _REFUSED[party], Outcome.REFUSED, now, {"kind": kind, "where": where})


def _not_a_text() -> ChatRefused:
    return ChatRefused(
        "chat_text",
        f"A message is text of 1 to {LONGEST} characters, without control characters. It was not sent.",
    )
