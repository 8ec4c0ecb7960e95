"""What was found about a receipt, in sentences for people and as one JSON document for programs. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from audit.printable import printable
from audit.receipts.checking import Checked
from audit.receipts.receipt import Kind
from audit.receipts.statement import AccessStatement, ConsentStatement, EndStatement, Statement

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS: Final = 253_402_300_799_999  # the end of the year 9999
_TITLES: Final = {
    Kind.CONSENT: "a consent",
    Kind.WITHDRAWAL: "the end of a consent before its time",
    Kind.END: "the end of a session",
    Kind.ACCESS: "that somebody looked, or announced a contact",
}


def as_sentences(found: Checked) -> list[str]:
    statement = found.statement
    lines = [_verdict(found), *_said(statement)]
    if found.wording is not None:
        lines += ["  wording: " + line for line in found.wording.splitlines()]
    elif found.kind is Kind.CONSENT:
        lines.append("  wording: not in this file; the hash of it was signed")
    checkpoint = found.trusted.checkpoint
    lines.append(f"  log: {found.origin}, entry {found.index} of {checkpoint.size}")
    if found.trusted.quorum is None:
        lines.append("  Witnesses were not asked for: that this log shows everybody the same is not proved.")
    else:
        lines.append(f"  witnesses: {', '.join(found.trusted.witnesses) or 'none'}")
    return [printable(line) for line in lines]


def as_members(found: Checked) -> dict[str, Any]:
    """JSON members. Names of facts are those of FORMAT.md; what is absent is left out."""
    checkpoint, statement = found.trusted.checkpoint, found.statement
    if isinstance(statement, ConsentStatement):
        said = {
            "session": statement.consent.session,
            "agent_name": statement.consent.agent_name,
            "agent_number": statement.consent.agent_number,
            "organisation": statement.consent.organisation,
            "scopes": list(statement.consent.scopes),
            "duration_ms": statement.consent.duration_ms,
            "page_time_ms": statement.consent.page_time_ms,
            "language": statement.consent.language,
            "wording_sha256": statement.consent.wording_sha256,
            "device": statement.consent.device,
            "consent_sha256": statement.document_sha256,
            "from_ms": statement.granted_at_ms,
            "until_ms": statement.until_ms,
        }
    else:
        said = {name: getattr(statement, name) for name in type(statement).__slots__}
    return {
        "good": found.trusted.quorum is not False,
        "kind": found.kind.value,
        "origin": found.origin,
        "index": found.index,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "entry_id": found.entry_id.hex(),
        "subject": found.subject,
        "quorum": found.trusted.quorum,
        "witnesses": list(found.trusted.witnesses),
        "statement": {name: value for name, value in said.items() if value is not None},
        "wording": found.wording,
    }


def _verdict(found: Checked) -> str:
    proves = f"It proves {_TITLES[found.kind]}."
    if found.trusted.quorum is False:
        return f"Not witnessed: fewer witnesses have signed than the policy asks for. Else it holds. {proves}"
    return f"Good: this receipt holds. {proves}"


def _said(statement: Statement) -> list[str]:
    if isinstance(statement, ConsentStatement):
        return _of_consent(statement)
    return _of_access(statement) if isinstance(statement, AccessStatement) else _of_end(statement)


def _of_access(statement: AccessStatement) -> list[str]:
    what = {"record": "the record, masked", "contact": "a contact, noted before it was made"}
    return [
        f"  at: {_utc(statement.at_ms)}",
        f"  who: {statement.agent_name} ({statement.agent_number}), {statement.agent_team}",
        f"  what: {what.get(statement.what, f'the field {statement.field}')}",
        f"  why: case {statement.case}",
    ]


def _of_consent(statement: ConsentStatement) -> list[str]:
    consent = statement.consent
    lines = [
        f"  with: {consent.agent_name} ({consent.agent_number}), {consent.organisation}",
        f"  what: {', '.join(consent.scopes)}, for {timedelta(milliseconds=consent.duration_ms)}",
        f"  session: {consent.session}",
        f"  signed by the device {consent.device}",
    ]
    if statement.granted_at_ms is not None and statement.until_ms is not None:
        lines.append(f"  from {_utc(statement.granted_at_ms)} until {_utc(statement.until_ms)}")
    else:
        lines.append(f"  at {_utc(consent.page_time_ms)} by the clock of that device")
    return lines


def _of_end(statement: EndStatement) -> list[str]:
    lines = [
        f"  at: {_utc(statement.at_ms)}",
        f"  cause: {statement.cause.replace('_', ' ')}",
        f"  session: {statement.session}",
    ]
    if statement.agent_name is not None:
        who = f"{statement.agent_name} ({statement.agent_number or '?'})"
        lines.append(f"  with: {who}, {statement.organisation or ''}".rstrip(", "))
    if (
        statement.consent_sha256 is not None
        and statement.from_ms is not None
        and statement.until_ms is not None
    ):
        lines.append(f"  agreed from {_utc(statement.from_ms)} until {_utc(statement.until_ms)}")
        lines.append(f"  consent: {statement.consent_sha256}")
    return lines


def _utc(at_ms: int) -> str:
    if at_ms > _LATEST_MS:
        return f"{at_ms} ms"
    return (_EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")
