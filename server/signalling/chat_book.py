"""What one session's chat has said so far: kept for a page that comes back, and bounded. Pure but for its lock."""

import asyncio
from collections import Counter, deque
from typing import Final

from session.chat import Message
from session.errors import ChatRefused
from session.model import Party
from verification.throttle import Rate, pass_through

KEPT: Final = 200
KEPT_CHARACTERS: Final = 60_000
REFUSALS_TOLD: Final = 24  # of one party in one session: enough to see a pattern, too few to fill a log with
TOGETHER_MS: Final = 120_000  # what one person wrote within this time is judged together
WRITING: Final = Rate(count=5, period_ms=5_000)
JOINING: Final = Rate(count=5, period_ms=10_000)


class ChatBook:
    """`turn` is held from the judging of a message to its delivery, so that numbers are delivered in their order."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.last = 0
        self._kept: deque[Message] = deque()
        self._characters = 0
        self._accepted: dict[tuple[Party, str], Message] = {}
        self._arrivals: dict[tuple[Party, Rate], int] = {}
        self._refusals: Counter[Party] = Counter()

    def accepted(self, party: Party, named: str) -> Message | None:
        """The message that came under this id before."""
        return self._accepted.get((party, named))

    def add(self, message: Message, named: str) -> None:
        self.last = message.number
        self._accepted[message.party, named] = message
        self._kept.append(message)
        self._characters += len(message.text)
        while len(self._kept) > KEPT or self._characters > KEPT_CHARACTERS:
            self._characters -= len(self._kept.popleft().text)

    def forget_texts(self) -> None:
        """Another agent comes, who was not written to. The numbers go on."""
        self._kept.clear()
        self._accepted.clear()
        self._characters = 0

    @property
    def latest(self) -> Message | None:
        return self._kept[-1] if self._kept else None

    def after(self, number: int) -> list[Message]:
        return [message for message in self._kept if message.number > number]

    def just_before(self, party: Party, now: int) -> list[str]:
        """What this party wrote last, the latest last."""
        return [one.text for one in self._kept if one.party is party and now - one.at < TOGETHER_MS]

    def must_pass(self, party: Party, rate: Rate, now: int) -> None:
        """Raises ChatRefused."""
        passage = pass_through(rate, self._arrivals.get((party, rate)), now)
        if not passage.allowed:
            raise ChatRefused("chat_too_fast", "That was a little fast, so it was not sent. Wait a moment.")
        self._arrivals[party, rate] = passage.state

    def may_tell_refusal(self, party: Party) -> bool:
        self._refusals[party] += 1
        return self._refusals[party] <= REFUSALS_TOLD
