"""The report as a page: one file, no script, and whatever stands in the facts comes out as text."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from audit.event import Actor, ActorKind
from audit.self_audit.report import Report, make_report
from audit.self_audit.surroundings import Weakness
from audit.self_audit.table import Severity
from server.http.catalogues import read_folder
from server.reporting.charts import bars
from server.reporting.page import page_form
from tests.unit.self_audit_cases import QUIET, WELL, E, account, event, tallied

WEB = Path(__file__).resolve().parents[2] / "web_client"
WORDS = read_folder(WEB / "locales")
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)> {count} {{7*7}} </style> '"


def spoilt() -> Report:
    """Hostile text wherever a report takes text from elsewhere."""
    around = replace(
        WELL,
        verified=replace(WELL.verified, exit_code=10, sentence=HOSTILE, findings=(HOSTILE,)),
        accounts=(account(HOSTILE, factor=False, role=HOSTILE),),
        weaknesses=(
            Weakness(check="log", state="damaged", severity=Severity.DANGER, values={"sentence": HOSTILE}),
            Weakness(check=HOSTILE, state=HOSTILE, severity=Severity.DANGER),
        ),
    )
    ended = event(E.CUSTOMER_SESSION_ENDED, session=HOSTILE, facts={"cause": HOSTILE})
    flag = event(E.SYSTEM_FLAG_RAISED, facts={"detector": HOSTILE})
    out = event(E.OPERATOR_LOG_EXPORTED, actor=Actor(ActorKind.OPERATOR, HOSTILE))
    return make_report(tallied(*QUIET, ended, flag, out), around, organisation=HOSTILE, version="1", entry=9)


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def read(content: bytes) -> _Reading:
    reading = _Reading()
    reading.feed(content.decode())
    return reading


@pytest.mark.parametrize("language", ["en", "ja"])
def test_hostile_text_comes_out_as_text(language: str) -> None:
    page = read(page_form(WEB, WORDS[language])(spoilt()))
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith("on")} | (
        {"src", "href"} & page.attributes
    )
    assert page.tags.count("style") == 1
    assert page.text.count(HOSTILE) >= 9


def test_the_page_needs_nothing_from_elsewhere() -> None:
    content = page_form(WEB, WORDS["en"])(spoilt()).decode()
    assert not re.findall(r"url\(|@import|https?://", content)


def test_equal_reports_give_equal_pages() -> None:
    form = page_form(WEB, WORDS["ja"])
    assert form(spoilt()) == form(spoilt())
    assert '<html lang="ja">' in form(spoilt()).decode()


def test_a_chart_has_a_bar_for_each_number_and_escapes_its_labels() -> None:
    chart = str(bars("<b>", [("<i>", 3), ("two", 0), ("three", 6)]))
    assert chart.count('class="bar"') == 2
    assert "<b>" not in chart
    assert "<i>" not in chart
    assert "<title>&lt;b&gt;</title>" in chart
    assert "<rect" not in str(bars("none", [("one", 0)])) + str(bars("none", []))
