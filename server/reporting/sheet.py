"""The report as sections of words and tables, for a form that knows nothing of reports: text alone, no markup."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from audit.self_audit.report import OpenLine, Report, encode
from server.http.catalogues import Catalogue
from server.reporting.wording import Worded, moment, unchecked, verdict, worded

SERIES: Final = ("sessions", "consents", "refusals", "entries")
LISTS: Final = ("ends", "refusals", "flags", "looks", "keeping", "done")
LINES: Final = ("taken_out", "open_intents", "open_sessions")

Table = dict[str, Any]


def sheet(report: Report, words: Catalogue) -> dict[str, Any]:
    """For JSON. `tone` is the gravity of the whole."""
    t = words.text
    failed = report.verification.exit_code
    return {
        "language": words.language,
        "title": t("report.title"),
        "organisation": report.organisation,
        "verdict": verdict(report, words),
        "tone": "danger" if failed else "weak" if report.to_mend else "ok",
        "nothing": t("report.nothing"),
        "head": _head(report, words),
        "sections": [
            _section(t("report.findings"), worded(report.findings, "report", words), _verifier(report)),
            _section(t("report.checklist"), worded(report.checklist, "check", words)),
            _section(t("report.unchecked"), sentences=unchecked(report, words)),
            _section(
                t("report.figures"), sentences=[t("report.figures_note")], tables=_figures(report, words)
            ),
            _section(t("report.lines"), tables=_lines(report, words)),
        ],
    }


def _head(report: Report, words: Catalogue) -> list[list[str]]:
    t = words.text
    return [
        [t("report.period"), f"{moment(report.from_ms)} – {moment(report.to_ms)}"],
        [t("report.log"), t("report.log_entries", count=report.entries)],
        [t("report.root"), _broken(report.verification.root)],
        [t("report.entry"), str(report.entry)],
        [t("report.exit_code"), str(report.exit_code)],
        [t("report.version"), f"Tachiai {report.version}"],
        [t("report.document"), _broken(hashlib.sha256(encode(report)).hexdigest())],
    ]


def _broken(digest: str) -> str:
    """In halves, as paper is not wide enough for it."""
    return " ".join(digest[start : start + 32] for start in range(0, len(digest), 32))


def _section(
    title: str,
    findings: Sequence[Worded] = (),
    sentences: Sequence[str] = (),
    tables: Sequence[Table] = (),
) -> dict[str, Any]:
    return {
        "title": title,
        "findings": [asdict(one) for one in findings],
        "sentences": list(sentences),
        "tables": list(tables),
    }


def _verifier(report: Report) -> list[str]:
    return list(report.verification.findings)


def _figures(report: Report, words: Catalogue) -> list[Table]:
    t, figures = words.text, report.figures
    days = [[line.day, *(str(getattr(line, name)) for name in SERIES)] for line in figures.days]
    columns = [t("report.day"), *(t(f"report.series.{name}") for name in SERIES)]
    found = [_table(t("report.by_day"), columns, days)]
    for name in LISTS:
        rows = [[one.name, str(one.count)] for one in getattr(figures, name)]
        found.append(_table(t(f"report.list.{name}"), [t("report.what"), t("report.count")], rows))
    return found


def _lines(report: Report, words: Catalogue) -> list[Table]:
    t = words.text
    columns = [t("report.index"), t("report.what"), t("report.at"), t("report.actor")]
    found = []
    for name in LINES:
        lines: list[OpenLine] = getattr(report.figures, name)
        rows = [[str(one.index), one.name, moment(one.at_ms), getattr(one, "actor", "")] for one in lines]
        found.append(_table(t(f"report.lines.{name}"), columns, rows))
    yes, no = t("report.yes"), t("report.no")
    accounts = [
        [one.id, one.role, one.state, yes if one.factor else no, yes if one.signed_in else no]
        for one in report.accounts
    ]
    titles = [t(f"report.{name}") for name in ("account", "role", "state", "factor", "signed_in")]
    return [*found, _table(t("report.accounts"), titles, accounts)]


def _table(title: str, columns: Sequence[str], rows: list[list[str]]) -> Table:
    return {"title": title, "columns": list(columns), "rows": rows}
