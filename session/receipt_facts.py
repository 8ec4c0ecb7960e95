"""What stands in the customer's own section when an agreement or a session ends, so that a receipt can show it. Pure.

The facts and their names are those of audit/FORMAT.md, section 14. They are few: every byte is sealed again for each
session, and an end that happens before the customer was verified has none, since whoever claimed the invitation may be
somebody else.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from audit.event import Fact
from session.model import EndCause, Session

ASKED_AGAIN: Final = "asked_again"  # by a page loaded anew, for another proof, choice or agent


def of_end(session: Session, cause: EndCause, ended_at: int) -> Mapping[str, Fact]:
    """For the entry of an end. A consent that was in force makes it a withdrawal, whoever ended it."""
    consent = session.consent
    if session.verification is None and consent is None:
        return {}
    withdrawn = consent is not None and ended_at < consent.until and cause is not EndCause.CONSENT_EXPIRED
    return _facts(session, "withdrawal" if withdrawn else "end", cause.value, ended_at)


def of_dropped(session: Session, now: int) -> Mapping[str, Fact]:
    """For an agreement that ends so that another can be asked for; `session` is the one that still had it."""
    return _facts(session, "withdrawal", ASKED_AGAIN, now)


def _facts(session: Session, receipt: str, cause: str, at_ms: int) -> Mapping[str, Fact]:
    facts: dict[str, Fact] = {"receipt": receipt, "session": session.id, "cause": cause, "at_ms": at_ms}
    if session.badge is not None:
        facts["agent_name"] = session.badge.name
        facts["agent_number"] = session.badge.number
        facts["organisation"] = session.badge.organisation
    if session.consent is not None:
        facts["consent_sha256"] = hashlib.sha256(session.consent.document.encode()).hexdigest()
        facts["from_ms"] = session.consent.granted_at
        facts["until_ms"] = session.consent.until
    return facts
