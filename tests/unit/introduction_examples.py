"""Sessions that are at each point of an introduction, and the event that each point waits for."""

from dataclasses import replace
from typing import Final

from session.events import (
    BadgeAccepted,
    BadgeIssued,
    ExchangeDropped,
    ExchangeSettled,
    ExchangeStarted,
    IntroductionRefused,
    SessionEvent,
    WordsMatched,
)
from session.model import (
    Exchange,
    Introduction,
    IntroductionFault,
    Party,
    Session,
    SignedBadge,
    State,
)
from tests.storage.session_examples import DEVICE, NOW, fresh

TRANSCRIPT: Final = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
BADGE: Final = SignedBadge("bdg_1", '{"kind":"tachiai-badge"}', "c2ln", '{"crv":"P-256"}', NOW + 3_600_000)
BADGE_SHOWN: Final = replace(
    fresh(),
    state=State.INTRODUCING,
    device=DEVICE,
    introduction_asked=Introduction.WORDS,
    signed_badge=BADGE,
    present=frozenset(Party),
    customer_page="page_1",
)
ACCEPTED: Final = replace(BADGE_SHOWN, introduction=Introduction.BADGE)
STARTED: Final = replace(ACCEPTED, exchange=Exchange(1, open=True))
SETTLED: Final = replace(STARTED, transcript=TRANSCRIPT)
HEARD: Final = replace(SETTLED, exchange=Exchange(1, open=True, matched=frozenset({Party.CUSTOMER})))

INTRODUCING: Final[dict[str, tuple[SessionEvent, Session]]] = {
    "badge issued": (BadgeIssued(BADGE, agent=BADGE_SHOWN.agent), replace(BADGE_SHOWN, signed_badge=None)),
    "badge accepted": (BadgeAccepted(), BADGE_SHOWN),
    "exchange started": (ExchangeStarted(1), ACCEPTED),
    "exchange settled": (ExchangeSettled(TRANSCRIPT), STARTED),
    "exchange dropped": (ExchangeDropped(Party.AGENT), STARTED),
    "customer matched": (WordsMatched(Party.CUSTOMER), SETTLED),
    "agent matched": (WordsMatched(Party.AGENT), HEARD),
    "refused": (IntroductionRefused(IntroductionFault.WORDS_DIFFER, Party.CUSTOMER), SETTLED),
}
