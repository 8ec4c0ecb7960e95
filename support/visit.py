"""Somebody who asks for help without having signed in. Pure.

A *visit* names nobody. It is a place in line and, once an agent has accepted it and typed the code that the page shows,
the knowledge that these two talk to each other. It opens nothing: no case, no session, no record, and no customer's own
page tells of it, for anybody could wait under anybody's name. Only when the same browser is signed in as a customer
does a session open, with a case of that customer's own asking, and the visit is over.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

WAIT_MS: Final = 10 * 60_000  # for an agent; then for the code; then for signing in
GONE_AFTER_MS: Final = 2 * 60_000  # browsers let a page in the background ask once a minute
PROLONGED_WITHIN_MS: Final = 3 * 60_000
FAILURES_ALLOWED: Final = 5


class VisitEnd(StrEnum):
    LEFT = "left"
    EXPIRED = "expired"
    LOST = "lost"
    AGENT = "agent"  # the agent ended it
    MISMATCH = "mismatch"  # too many wrong codes
    SIGNED_IN = "signed_in"  # a session goes on with it


@dataclass(frozen=True, slots=True)
class Visit:
    """Times are UTC milliseconds. `token_hash` is of the visitor's cookie. `agent`, `login` and `nonce` are "" until
    somebody accepts. `version` rises with each change, so that of two changes at once one happens."""

    id: str  # "vis_..."
    topic: str
    language: str
    opened_at: int
    seen_at: int
    until: int
    token_hash: str = field(repr=False)
    version: int = 0
    agent: str = ""
    login: str = ""
    nonce: str = field(default="", repr=False)
    mistyped: int = 0
    accepted_at: int | None = None
    met_at: int | None = None
    session: str = ""
    ended_at: int | None = None
    end: VisitEnd | None = None

    def over(self, now: int) -> VisitEnd | None:
        """Why nothing can come of it any more. Whoever has met an agent may look elsewhere, for they sign in there."""
        if self.end is not None:
            return self.end
        if now >= self.until:
            return VisitEnd.EXPIRED
        if self.met_at is None and now - self.seen_at >= GONE_AFTER_MS:
            return VisitEnd.LOST
        return None

    def in_line(self, now: int) -> bool:
        return not self.agent and self.over(now) is None

    def may_prolong(self, now: int) -> bool:
        return self.in_line(now) and self.until - now <= PROLONGED_WITHIN_MS
