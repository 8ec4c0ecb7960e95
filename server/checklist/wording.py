"""Findings in words: the same texts for the page, in the reader's language, and for the command line, in English."""

import msgspec

from server.checklist.finding import Finding
from server.http.catalogues import Catalogue


class WordedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """`id` and `state` are stable names for machines; `now` says what is, `mend` what to do, None if all is well."""

    id: str
    state: str
    severity: str
    title: str
    now: str
    mend: str | None


def worded(finding: Finding, catalogue: Catalogue) -> WordedFinding:
    """Raises KeyError for a state without its text, which a test excludes."""
    key = f"check.{finding.check}.{finding.state}"
    values = dict(finding.values)
    return WordedFinding(
        id=finding.check,
        state=finding.state,
        severity=finding.severity.value,
        title=catalogue.text(f"check.{finding.check}.title"),
        now=catalogue.text(key, **values),
        mend=catalogue.text(f"{key}.mend", **values) if f"{key}.mend" in catalogue.texts else None,
    )
