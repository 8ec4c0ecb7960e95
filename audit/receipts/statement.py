"""What an opened section says, by kind (FORMAT.md, section 14). Pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from audit.event import Fact
from audit.receipts.consent import SignedConsent, check_consent
from audit.receipts.receipt import Kind, Reason, ReceiptRefused

LONGEST_TEXT: Final = 4_096  # bytes of UTF-8
LARGEST: Final = 2**53 - 1

_CAUSE: Final = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_WHAT: Final = frozenset({"record", "field", "contact"})
_SAID: Final = {kind.value: kind for kind in (Kind.WITHDRAWAL, Kind.END, Kind.ACCESS)}
_AGREED: Final = ("consent_sha256", "from_ms", "until_ms")


@dataclass(frozen=True, slots=True)
class ConsentStatement:
    """`granted_at_ms` and `until_ms` are the log's; None in entries from before there were receipts."""

    consent: SignedConsent
    document_sha256: str
    granted_at_ms: int | None
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class EndStatement:
    """The agreement that was in force (`consent_sha256`, from, until) is None where there was none."""

    session: str
    cause: str
    at_ms: int
    agent_name: str | None
    agent_number: str | None
    organisation: str | None
    consent_sha256: str | None
    from_ms: int | None
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class AccessStatement:
    """Who did `what` (a "record" was looked at, a "field" was shown, a "contact" was noted beforehand), when, and in
    which case. `field` is the field's name, None unless one was shown."""

    what: str
    at_ms: int
    agent_name: str
    agent_number: str
    agent_team: str
    case: str
    field: str | None


Statement = ConsentStatement | EndStatement | AccessStatement


def kind_of(facts: Mapping[str, Fact]) -> Kind | None:
    """None for a section that no receipt is given for."""
    said = facts.get("receipt")
    if said is None:
        return Kind.CONSENT if "document" in facts else None
    return _SAID.get(said) if isinstance(said, str) else None


def read_statement(facts: Mapping[str, Fact], kind: Kind, wording: str | None) -> Statement:
    """Raises ReceiptRefused, also where the facts are those of another kind than `kind`."""
    if kind_of(facts) is not kind:
        raise _unfit("the section is not of the kind that the receipt claims")
    if kind is not Kind.CONSENT and wording is not None:
        raise _unfit("only a consent has a wording")
    if kind is Kind.CONSENT:
        return _consent(facts, wording)
    return _access(facts) if kind is Kind.ACCESS else _end(facts, kind)


def _consent(facts: Mapping[str, Fact], wording: str | None) -> ConsentStatement:
    document, language = _text(facts, "document"), _text(facts, "language")
    signature, device_key = _text(facts, "signature"), _text(facts, "device_key")
    granted, until = _may(facts, "granted_at_ms"), _may(facts, "until_ms")
    if (granted is None) is not (until is None):
        raise _unfit("of the times of the consent one is missing")
    consent = check_consent(document, signature, device_key, wording)
    if consent.language != language:
        raise ReceiptRefused(Reason.CONSENT_DOCUMENT, "the consent was given in another language")
    if granted is not None and until is not None and until - granted != consent.duration_ms:
        raise ReceiptRefused(
            Reason.CONSENT_DOCUMENT, "the consent was recorded for another time than was agreed"
        )
    return ConsentStatement(consent, hashlib.sha256(document.encode()).hexdigest(), granted, until)


def _end(facts: Mapping[str, Fact], kind: Kind) -> EndStatement:
    agreed = [name for name in _AGREED if name in facts]
    if (agreed and len(agreed) < len(_AGREED)) or (kind is Kind.WITHDRAWAL and not agreed):
        raise _unfit("the section does not say which agreement it ended")
    cause = _text(facts, "cause")
    digest = _text(facts, "consent_sha256") if agreed else None
    if not _CAUSE.fullmatch(cause) or (digest is not None and not _HASH.fullmatch(digest)):
        raise _unfit("the cause or the consent is not named in its canonical form")
    return EndStatement(
        session=_text(facts, "session"),
        cause=cause,
        at_ms=_time(facts, "at_ms"),
        agent_name=_text(facts, "agent_name") if "agent_name" in facts else None,
        agent_number=_text(facts, "agent_number") if "agent_number" in facts else None,
        organisation=_text(facts, "organisation") if "organisation" in facts else None,
        consent_sha256=digest,
        from_ms=_may(facts, "from_ms"),
        until_ms=_may(facts, "until_ms"),
    )


def _access(facts: Mapping[str, Fact]) -> AccessStatement:
    what = _text(facts, "what")
    if what not in _WHAT or ("field" in facts) is not (what == "field"):
        raise _unfit("the section does not say in a form that is known here what was looked at")
    return AccessStatement(
        what=what,
        at_ms=_time(facts, "at_ms"),
        agent_name=_text(facts, "agent_name"),
        agent_number=_text(facts, "agent_number"),
        agent_team=_text(facts, "agent_team"),
        case=_text(facts, "case"),
        field=_text(facts, "field") if what == "field" else None,
    )


def _text(facts: Mapping[str, Fact], name: str) -> str:
    found = facts.get(name)
    if not isinstance(found, str) or len(found.encode("utf-8", "surrogatepass")) > LONGEST_TEXT:
        raise _unfit(f"the section has no {name} that could be read")
    return found


def _time(facts: Mapping[str, Fact], name: str) -> int:
    found = facts.get(name)
    if type(found) is not int or not 0 <= found <= LARGEST:
        raise _unfit(f"the section has no {name} that could be read")
    return found


def _may(facts: Mapping[str, Fact], name: str) -> int | None:
    return _time(facts, name) if name in facts else None


def _unfit(sentence: str) -> ReceiptRefused:
    return ReceiptRefused(Reason.STATEMENT, sentence)
