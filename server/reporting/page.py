"""The report as one HTML file: no script, nothing from elsewhere, readable on paper and on a small screen."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audit.self_audit.report import Report, encode
from audit.self_audit.table import GRAVEST_FIRST
from server.http.catalogues import Catalogue
from server.http.rendering import new_environment
from server.reporting.charts import bars
from server.reporting.sheet import LISTS, SERIES
from server.reporting.wording import moment, unchecked, verdict, worded

SHELL: Final = "report.html.jinja"
STYLES: Final = ("tokens", "report")


def page_form(web: Path, words: Catalogue) -> Callable[[Report], bytes]:
    """`web` is the web client's folder."""
    style = "".join((web / "styles" / f"{name}.css").read_text("utf-8") for name in STYLES)
    templates = new_environment(web / "standalone")  # which reads and keeps the page at the first report

    def form(report: Report) -> bytes:
        template = templates.get_template(SHELL)
        return template.render(
            t=words.text,
            language=words.language,
            policy=_policy(style),
            style=style,
            report=report,
            verdict=verdict(report, words),
            findings=worded(report.findings, "report", words),
            checklist=worded(report.checklist, "check", words),
            unchecked=unchecked(report, words),
            gravities=[one.value for one in GRAVEST_FIRST],
            series=[(name, _chart(report, name, words)) for name in SERIES],
            lists=[(name, getattr(report.figures, name)) for name in LISTS],
            moment=moment,
            document_sha256=hashlib.sha256(encode(report)).hexdigest(),
        ).encode()

    return form


def _chart(report: Report, name: str, words: Catalogue) -> str:
    points = [(line.day[5:], getattr(line, name)) for line in report.figures.days]
    return bars(words.text(f"report.series.{name}"), points)


def _policy(style: str) -> str:
    """CSP3, hash-source: the one style and nothing else."""
    named = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{named}'; base-uri 'none'; form-action 'none'"
