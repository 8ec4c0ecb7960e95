"""The report as one document, the same for every form in which it is shown. Equal inputs give equal bytes."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from audit.event import EventName, Outcome
from audit.self_audit.judging import Finding, dangling, endless, judge
from audit.self_audit.surroundings import Surroundings
from audit.self_audit.table import TO_MEND, Severity
from audit.self_audit.tally import SERIES, Open, Tally

VERSION: Final = 1
LARGEST_BYTES: Final = 4 * 1024 * 1024
MOST_OPEN: Final = 200
# What no report of this kind can know, whoever makes it: said in every one.
NEVER_CHECKED: Final = ("elsewhere", "restore", "outside")
_KEEPING: Final = frozenset(
    {
        EventName.OPERATOR_BACKUP_MADE,
        EventName.OPERATOR_BACKUP_RESTORED,
        EventName.OPERATOR_KEYS_REWRAPPED,
        EventName.OPERATOR_HOLD_PLACED,
        EventName.OPERATOR_HOLD_LIFTED,
        EventName.SYSTEM_SUBJECT_ERASED,
        EventName.SYSTEM_ERASURE_HINDERED,
        EventName.SYSTEM_PERIOD_EXPIRED,
        EventName.OPERATOR_RESET_REQUESTED,
        EventName.OFFICER_RESET_APPROVED,
        EventName.OPERATOR_OFFICER_RECOVERED,
        EventName.SYSTEM_WITNESS_LOST,
        EventName.SYSTEM_WITNESS_RESTORED,
        EventName.SYSTEM_WITNESS_REFUSED,
        EventName.SYSTEM_FORWARDING_LATE,
        EventName.SYSTEM_FORWARDING_RESUMED,
    }
)

Values = dict[str, str | int]


class FoundLine(msgspec.Struct, frozen=True, kw_only=True):
    check: str
    state: str
    severity: str
    values: Values = {}


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    exit_code: int
    sentence: str
    size: int
    root: str
    read_from: int
    findings: list[str]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    count: int


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    day: str
    entries: int
    sessions: int
    consents: int
    refusals: int


class OpenLine(msgspec.Struct, frozen=True, kw_only=True):
    index: int
    name: str
    at_ms: int


class TakenOutLine(OpenLine, frozen=True, kw_only=True):
    actor: str


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """`signed_in`: at least once, as far as the log can be read."""

    id: str
    role: str
    state: str
    factor: bool
    signed_in: bool


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of the period, but for `open_intents` and `open_sessions`: those of the whole log, 200 at most."""

    entries: int
    days: list[DayLine]
    done: list[Count]
    refusals: list[Count]
    ends: list[Count]
    flags: list[Count]
    looks: list[Count]
    keeping: list[Count]
    taken_out: list[TakenOutLine]
    more_taken_out: int
    open_intents: list[OpenLine]
    open_sessions: list[OpenLine]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`entry` is the index of the entry that the report was announced with, `entries` how many lay before it.
    `checklist` is what the checklist found. `unchecked`: names of what could not be looked at."""

    v: int
    organisation: str
    version: str
    from_ms: int
    to_ms: int
    entry: int
    entries: int
    verification: Verification
    findings: list[FoundLine]
    checklist: list[FoundLine]
    unchecked: list[str]
    accounts: list[AccountLine]
    figures: Figures

    @property
    def to_mend(self) -> int:
        """A checklist that could not be looked at counts as one: it would say what else there is."""
        found = sum(Severity(one.severity) in TO_MEND for one in (*self.findings, *self.checklist))
        return found + ("checklist" in self.unchecked)

    @property
    def exit_code(self) -> int:
        """The verifier's, or 1 if something else is to be mended."""
        return self.verification.exit_code or min(1, self.to_mend)


def make_report(tally: Tally, around: Surroundings, *, organisation: str, version: str, entry: int) -> Report:
    found, weak = judge(tally, around), around.weaknesses or ()
    verified = around.verified
    return Report(
        v=VERSION,
        organisation=organisation,
        version=version,
        from_ms=tally.period.from_ms,
        to_ms=tally.period.to_ms,
        entry=entry,
        entries=tally.entries,
        verification=Verification(
            exit_code=verified.exit_code,
            sentence=verified.sentence,
            size=verified.size,
            root=verified.root,
            read_from=verified.read_from,
            findings=list(verified.findings),
        ),
        findings=[_line(one) for one in found],
        checklist=[
            FoundLine(check=one.check, state=one.state, severity=one.severity.value, values=dict(one.values))
            for one in weak
        ],
        unchecked=_unchecked(found, around),
        accounts=_accounts(tally, around),
        figures=_figures(tally),
    )


def encode(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report, order="deterministic"), indent=1) + b"\n"


def decode(content: bytes) -> Report:
    """Raises msgspec.DecodeError."""
    return msgspec.json.decode(content, type=Report)


def _line(finding: Finding) -> FoundLine:
    return FoundLine(
        check=finding.check,
        state=finding.state,
        severity=finding.severity.value,
        values=dict(finding.values),
    )


def _unchecked(found: list[Finding], around: Surroundings) -> list[str]:
    states = {one.check: one.state for one in found}
    some = [
        ("reading", states["reading"] in {"closed", "broken"}),
        ("accounts", around.accounts is None),
        ("api_keys", around.api_keys is None),
        ("checklist", around.weaknesses is None),
        ("unread_before", around.verified.read_from > 0),
    ]
    return [name for name, is_so in some if is_so] + list(NEVER_CHECKED)


def _accounts(tally: Tally, around: Surroundings) -> list[AccountLine]:
    return [
        AccountLine(
            id=one.id,
            role=one.role,
            state=one.state,
            factor=one.factor,
            signed_in=one.id in tally.signed_in,
        )
        for one in sorted(around.accounts or (), key=lambda one: one.id)
    ]


def _figures(tally: Tally) -> Figures:
    none: Counter[str] = Counter()
    days = [
        DayLine(day=day, **{series: tally.days.get(day, none)[series] for series in SERIES})
        for day in tally.period.days()
    ]
    return Figures(
        entries=sum(tally.counts.values()),
        days=days,
        done=_counts(tally, lambda name, outcome: outcome == Outcome.DONE and not _is_look(name)),
        refusals=_counts(tally, lambda _, outcome: outcome == Outcome.REFUSED),
        ends=_sorted(tally.ends),
        flags=_sorted(tally.flags),
        looks=_counts(tally, lambda name, _: _is_look(name)),
        keeping=_counts(tally, lambda name, outcome: name in _KEEPING and outcome != Outcome.INTENT),
        taken_out=[
            TakenOutLine(index=one.index, name=one.name, at_ms=one.at_ms, actor=one.actor)
            for one in tally.taken_out
        ],
        more_taken_out=tally.more_taken_out,
        open_intents=_open(dangling(tally)),
        open_sessions=_open(endless(tally)),
    )


def _is_look(name: str) -> bool:
    """What somebody of the house has looked at: it changed nothing."""
    return name.endswith((":read", ":viewed", ":unmasked", ":listed")) and not name.startswith("customer:")


def _counts(tally: Tally, which: Callable[[str, str], bool]) -> list[Count]:
    counts: Counter[str] = Counter()
    for (name, outcome), count in tally.counts.items():
        if which(name, outcome):
            counts[name] += count
    return _sorted(counts)


def _sorted(counts: Mapping[str, int]) -> list[Count]:
    """The most first."""
    return [
        Count(name=name, count=count)
        for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]


def _open(found: list[Open]) -> list[OpenLine]:
    return [OpenLine(index=one.index, name=one.name, at_ms=one.at_ms) for one in found[:MOST_OPEN]]
