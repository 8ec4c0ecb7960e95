"""A report's findings in words, in one language: the same for every form."""

from dataclasses import dataclass
from datetime import UTC, datetime

from audit.self_audit.report import FoundLine, Report
from server.http.catalogues import Catalogue


@dataclass(frozen=True, slots=True)
class Worded:
    """`mend` is "" if all is well."""

    severity: str
    gravity: str
    title: str
    now: str
    mend: str


def worded(lines: list[FoundLine], family: str, words: Catalogue) -> list[Worded]:
    """`family` is "report" for the audit's own findings, "check" for the checklist's. A state that this version has no
    text for, as in a report of a later one, is shown by its names."""
    return [_worded(line, family, words) for line in lines]


def _worded(line: FoundLine, family: str, words: Catalogue) -> Worded:
    key = f"{family}.{line.check}.{line.state}"
    gravity = words.text(f"report.severity.{line.severity}")
    if key not in words.texts:
        return Worded(line.severity, gravity, line.check, line.state, "")
    return Worded(
        line.severity,
        gravity,
        words.text(f"{family}.{line.check}.title"),
        words.text(key, **line.values),
        words.text(f"{key}.mend", **line.values) if f"{key}.mend" in words.texts else "",
    )


def unchecked(report: Report, words: Catalogue) -> list[str]:
    """What could not be looked at, in sentences."""
    return [
        words.text(f"report.unchecked.{name}")
        for name in report.unchecked
        if f"report.unchecked.{name}" in words.texts
    ]


def verdict(report: Report, words: Catalogue) -> str:
    if report.verification.exit_code:
        return words.text("report.verdict.failed")
    return words.text(
        "report.verdict.mend" if report.to_mend else "report.verdict.good", count=report.to_mend
    )


def moment(at_ms: int) -> str:
    """UTC to the second."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
