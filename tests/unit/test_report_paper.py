"""The report as PDF: what comes from elsewhere is text, the same report gives the same bytes, and a lack is said."""

from pathlib import Path

import pytest
import typst

from audit.self_audit.report import make_report
from server.reporting.paper import PaperUnavailable, paper_form
from server.reporting.sheet import sheet
from tests.unit.self_audit_cases import QUIET, WELL, tallied
from tests.unit.test_report_page import WEB, WORDS, spoilt


@pytest.mark.parametrize("language", ["en", "ja"])
def test_equal_reports_give_equal_papers(language: str) -> None:
    report = make_report(tallied(*QUIET), WELL, organisation="Example", version="1", entry=6)
    form = paper_form(WEB, WORDS[language])
    assert form(report).startswith(b"%PDF-")
    assert form(report) == form(report)


def test_hostile_text_is_set_as_text_and_runs_nothing(tmp_path: Path) -> None:
    """Typst's own ways out of text: code, markup, maths, raw, links, and the end of a string."""
    for hostile in (
        '#panic("run")',
        '"#panic("run")"',
        "$ #panic(1) $",
        "`#x`",
        "*_<label>@ref \\ //",
        '\\"); #panic(1)',
    ):
        report = make_report(tallied(*QUIET), WELL, organisation=hostile, version=hostile, entry=6)
        assert paper_form(WEB, WORDS["en"])(report).startswith(b"%PDF-")
    assert paper_form(WEB, WORDS["ja"])(spoilt()).startswith(b"%PDF-")


def test_where_no_font_has_the_letters_that_is_said_instead_of_empty_boxes() -> None:
    with pytest.raises(PaperUnavailable, match="fonts-ipafont-gothic"):
        paper_form(WEB, WORDS["ja"], ["DejaVu Sans"])
    report = make_report(tallied(*QUIET), WELL, organisation="", version="1", entry=6)
    bundled = typst.Fonts(include_system_fonts=False).families()
    assert paper_form(WEB, WORDS["en"], bundled)(report).startswith(b"%PDF-")


def test_the_sheet_has_every_finding_and_figure() -> None:
    report = make_report(tallied(*QUIET), WELL, organisation="", version="1", entry=6)
    made = sheet(report, WORDS["en"])
    assert len(made["sections"][0]["findings"]) == len(report.findings)
    assert len(made["sections"][3]["tables"][0]["rows"]) == len(report.figures.days)
