"""An introduction failed: the customer says that the other end is an impostor, words did not match, what the pages sent
each other was changed, repeated or late, or the badge was revoked while it was read. The session has ended by then; an
officer looks at who was there.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Fact
from audit.ports import OpenedEntry

_FAILURES: Final = frozenset(
    {
        EventName.CUSTOMER_IMPOSTOR_REPORTED,
        EventName.CUSTOMER_INTRODUCTION_REFUSED,
        EventName.AGENT_INTRODUCTION_REFUSED,
        EventName.SYSTEM_INTRODUCTION_REFUSED,
    }
)
_OWN_SENTENCES: Final = {
    "words_differ": "flag.introduction_failed.words",
    "badge_revoked": "flag.introduction_failed.revoked",
}


class IntroductionFailed:
    """Implements Detector. One flag for each failure, with the score 1."""

    name: Final = "introduction_failed"

    def __init__(self) -> None:
        self._last = -1

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name not in _FAILURES or entry.index <= self._last or not event.session:
            return ()
        self._last = entry.index
        key, facts = _sentence(event.name, str(event.facts.get("reason", "")))
        return [
            Flag(
                detector=self.name,
                target=event.session,
                score=1.0,
                reason_key=key,
                action=Action.FLAG,
                reason_facts=facts,
                entries=(entry.index,),
            )
        ]

    def state(self) -> bytes:
        return msgspec.json.encode(Kept(1, self._last))

    def restore(self, state: bytes) -> None:
        self._last = kept(state, Kept).last


def _sentence(name: EventName, reason: str) -> tuple[str, dict[str, Fact]]:
    if name is EventName.CUSTOMER_IMPOSTOR_REPORTED:
        return "flag.introduction_failed.impostor", {}
    if (own := _OWN_SENTENCES.get(reason)) is not None:
        return own, {}
    return "flag.introduction_failed.tampered", {"reason": reason}
