"""What the pages' files may not hold, whatever a browser would do with it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "web_client"
SCRIPTS = sorted(CLIENT.rglob("*.js"))
TEMPLATES = sorted((CLIENT / "templates").glob("*.jinja"))
PAGES = [
    "start", "join", "demo", "agent_sign_in", "agent_home", "agent_provisional", "agent_case", "agent_session",
    "security_sign_in", "security_home", "security_log", "security_approvals",
    "security_reports", "problem", "enrol", "receipt", "me",
]  # fmt: skip
MARKUP_SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|"
    r"\beval\(|new Function|DOMParser|setHTML|\.style\b|srcdoc\s*="
)


def relative(path: Path) -> str:
    return path.relative_to(CLIENT).as_posix()


@pytest.mark.parametrize("script", SCRIPTS, ids=relative)
def test_no_script_makes_markup_from_strings_or_styles_inline(script: Path) -> None:
    assert MARKUP_SINKS.findall(script.read_text("utf-8")) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=relative)
def test_every_import_is_a_file_of_ours(script: Path) -> None:
    for name in re.findall(
        r'^(?:import|export)\b[^"]*? from "([^"]+)";', script.read_text("utf-8"), re.MULTILINE
    ):
        assert name.startswith("."), name
        assert (script.parent / name).resolve().is_file(), name


@pytest.mark.parametrize("part", ["protocol", "media", "receipts"])
def test_protocol_media_and_receipts_know_no_screen(part: str) -> None:
    for script in (CLIENT / part).rglob("*.js"):
        text = script.read_text("utf-8")
        assert not re.search(r'from "\.\./(views|pages)/', text.replace("import(", "")), script


def test_views_know_no_network() -> None:
    for script in (CLIENT / "views").rglob("*.js"):
        text = script.read_text("utf-8")
        assert not re.search(r"\bfetch\(|new WebSocket|RTCPeerConnection", text), script
        assert not re.search(
            r"^import \{[^}]*\b(get|post|LiveConnection)\b[^}]*\} from", text, re.MULTILINE
        ), script


@pytest.mark.parametrize("template", TEMPLATES, ids=relative)
def test_no_template_holds_inline_script_style_or_foreign_addresses(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|https?://", text)
    assert set(re.findall(r"<script([^>]*)>", text)) <= {
        ' type="importmap"',
        ' type="application/json" id="catalogue"',
        ' type="application/json" id="data"',
        ' type="module" src="{{ module }}"',
        ' type="module" src="{{ watched }}"',
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_its_template_and_a_title(page: str) -> None:
    text = (CLIENT / "templates" / f"{page}.html.jinja").read_text("utf-8")
    assert "{% block title %}" in text


def test_a_field_for_a_code_is_one_screen_of_a_session_of_enrolling_of_the_own_page_and_staffs_proof() -> (
    None
):
    makers = [relative(script) for script in SCRIPTS if "one-time-code" in script.read_text("utf-8")]
    assert makers == [
        "views/customer/methods.js",
        "views/enrolment/authenticator.js",
        "views/me/codes.js",  # as the next one
        "views/me/known.js",  # and the server refuses it while its customer is in a session
        "views/step_up.js",
    ]
    users = [relative(script) for script in SCRIPTS if "./methods.js" in script.read_text("utf-8")]
    assert users == ["views/customer/verification.js"]
    screens = (CLIENT / "views" / "customer" / "screens.js").read_text("utf-8")
    assert re.findall(r"(\w+): verificationScreen", screens) == ["verifying"]


def test_only_the_styles_files_hold_colours() -> None:
    for script in SCRIPTS:
        found = re.findall(r"#[0-9a-f]{6}\b", script.read_text("utf-8"))
        assert found == [], script
