"""From a tally and its surroundings to findings, the gravest first. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from audit.event import EventName
from audit.self_audit.period import DAY_MS
from audit.self_audit.surroundings import Account, KeyAge, Surroundings
from audit.self_audit.table import CHECKS, GRAVEST_FIRST, TO_MEND, Severity
from audit.self_audit.tally import Open, Tally

E = EventName
Values = Mapping[str, str | int]
DANGLING_AFTER_MS: Final = 60_000
# A share lasts half an hour at most, and a session that nobody ends is ended by its deadlines within the day.
OPEN_AFTER_MS: Final = DAY_MS
SIGNING_KEY_DAYS: Final = 3 * 366
API_KEY_DAYS: Final = 366
NAMED: Final = 10  # pseudonyms or indices in a sentence; the report's tables have the rest


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is one of the check's in the table; `values` fill its text: counts, days, indices, pseudonyms."""

    check: str
    state: str
    values: Values = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return CHECKS[self.check][self.state]

    @property
    def to_mend(self) -> bool:
        return self.severity in TO_MEND


def judge(tally: Tally, around: Surroundings) -> list[Finding]:
    found = [one for rule in _RULES for one in rule(tally, around)]
    place = {check: index for index, check in enumerate(CHECKS)}
    return sorted(found, key=lambda one: (GRAVEST_FIRST.index(one.severity), place[one.check]))


def dangling(tally: Tally) -> list[Open]:
    """Intents that nothing has closed, older than a minute at the end of the period."""
    before = tally.period.to_ms - DANGLING_AFTER_MS
    return [one for one in tally.intents.values() if one.at_ms < before]


def endless(tally: Tally) -> list[Open]:
    """Sessions that began more than a day before the end of the period, and have no end."""
    before = tally.period.to_ms - OPEN_AFTER_MS
    return [one for one in tally.sessions.values() if one.at_ms < before]


def _log(tally: Tally, around: Surroundings) -> Iterator[Finding]:
    verified = around.verified
    told: Values = {"sentence": verified.sentence, "code": verified.exit_code}
    yield Finding("verification", "failed" if verified.exit_code else "good", told)
    if around.unread:
        yield Finding("reading", "broken", {"first": around.unread_from, "sentence": around.unread})
    else:
        yield _counted("reading", "closed", tally.closed, "whole")
    yield _listed("intents", "dangling", dangling(tally), "closed")
    yield _listed("sessions", "open", endless(tally), "ended")
    yield _counted("unknown_outcomes", "some", tally.of_name(E.SYSTEM_OUTCOME_UNKNOWN))


def _keeping(tally: Tally, _: Surroundings) -> Iterator[Finding]:
    yield _counted("log_failures", "some", tally.happened(E.SYSTEM_LOG_FAILED))
    yield _counted("losses", "declared", tally.happened(E.OPERATOR_LOSS_DECLARED))
    yield _counted("seal_restarts", "some", tally.seal_starts)
    refused = tally.of_name(E.SYSTEM_WITNESS_REFUSED)
    if refused:
        yield Finding("witness_gaps", "refused", {"count": refused})
    else:
        yield _counted("witness_gaps", "some", tally.of_name(E.SYSTEM_WITNESS_LOST))
    yield _counted("forwarding_gaps", "some", tally.of_name(E.SYSTEM_FORWARDING_LATE))


def _keys(tally: Tally, around: Surroundings) -> Iterator[Finding]:
    end = tally.period.to_ms
    yield _aged("signing_key_age", tally.first_ms, end, SIGNING_KEY_DAYS)
    if around.api_keys is None:
        yield Finding("api_key_age", "unknown")
    elif not around.api_keys:
        yield Finding("api_key_age", "none")
    else:
        yield _api_keys(around.api_keys, end)


def _api_keys(keys: Iterable[KeyAge], now_ms: int) -> Finding:
    ages = {key.id: (now_ms - key.created_at_ms) // DAY_MS for key in keys}
    old = [key for key, days in ages.items() if days > API_KEY_DAYS]
    if old:
        return Finding("api_key_age", "old", {"count": len(old), "who": _names(old)})
    return Finding("api_key_age", "young", {"count": len(ages), "days": max(ages.values())})


def _people(tally: Tally, around: Surroundings) -> Iterator[Finding]:
    if around.accounts is None:
        yield Finding("accounts", "unknown")
        return
    active = [one for one in around.accounts if one.state == "active"]
    yield Finding("accounts", "known", {"count": len(around.accounts), "active": len(active)})
    yield _staff("without_factor", [one for one in active if not one.factor])
    yield _staff("never_signed_in", [one for one in active if one.id not in tally.signed_in])
    yield _staff("disabled", [one for one in around.accounts if one.state == "disabled"])


def _period(tally: Tally, _: Surroundings) -> Iterator[Finding]:
    yield _counted("recoveries", "some", tally.happened(E.OPERATOR_OFFICER_RECOVERED))
    yield _counted("flags", "some", sum(tally.flags.values()))
    yield _counted("taken_out", "some", len(tally.taken_out) + tally.more_taken_out)


_RULES: Final[tuple[Callable[[Tally, Surroundings], Iterable[Finding]], ...]] = (
    _log,
    _keeping,
    _keys,
    _people,
    _period,
)


def _counted(check: str, state: str, count: int, none: str = "none") -> Finding:
    return Finding(check, state, {"count": count}) if count else Finding(check, none)


def _listed(check: str, state: str, found: list[Open], none: str) -> Finding:
    if not found:
        return Finding(check, none)
    return Finding(check, state, {"count": len(found), "entries": _names([str(one.index) for one in found])})


def _staff(check: str, found: list[Account]) -> Finding:
    if not found:
        return Finding(check, "none")
    return Finding(check, "some", {"count": len(found), "who": _names([one.id for one in found])})


def _aged(check: str, since_ms: int | None, now_ms: int, most_days: int) -> Finding:
    if since_ms is None:
        return Finding(check, "unknown")
    days = max(0, now_ms - since_ms) // DAY_MS
    return Finding(check, "old" if days > most_days else "young", {"days": days})


def _names(names: list[str]) -> str:
    more = ", …" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
