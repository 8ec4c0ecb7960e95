"""CEF lines: the header of the standard, escaping that is exact, the keys that collectors know."""

from hypothesis import given
from hypothesis import strategies as st

from audit.event import EventName, Outcome
from audit.export.cef import cef, cef_line, escape_header
from audit.export.record import record_of
from tests.unit.cef_reader import read_cef
from tests.unit.export_examples import AT_MS, VERSION, an_entry, closed_entry, records

PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")))
WITH_BREAKS = st.text(
    st.one_of(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), st.sampled_from("\r\n\\=|"))
)


@given(PLAIN, PLAIN, st.lists(WITH_BREAKS, max_size=4))
def test_whatever_is_written_is_read_as_it_was(name: str, title: str, values: list[str]) -> None:
    pairs = [(f"key{number}", value) for number, value in enumerate(values)]
    found = read_cef(cef(VERSION, name, title, 3, pairs))
    assert found.header[4:] == [name, title, "3"]
    assert found.extension == dict(pairs)


def test_the_escaping_is_the_standards() -> None:
    line = cef("1|0", "a\\b", "c=d", 3, [("msg", "e=f|g\\h\ni\rj")])
    assert line == "CEF:0|Tachiai|Tachiai|1\\|0|a\\\\b|c=d|3|msg=e\\=f|g\\\\h\\ni\\rj"


def test_a_header_has_no_line_breaks() -> None:
    assert escape_header("a\nb\u2028c\u0085d") == "a b c d"


def test_the_usual_keys_say_who_did_what_when() -> None:
    line = read_cef(cef_line(record_of(an_entry(EventName.AGENT_CASE_VIEWED, Outcome.DONE)), VERSION))
    assert line.header == [
        "CEF:0",
        "Tachiai",
        "Tachiai",
        VERSION,
        "agent:case:viewed",
        "agent:case:viewed done",
        "2",
    ]
    told = {name: value for name, value in line.extension.items() if name != "TachiaiRecord"}
    assert told == {
        "externalId": bytes(range(16)).hex(),
        "TachiaiIndex": "7",
        "rt": str(AT_MS),
        "outcome": "success",
        "suid": "who_1",
        "spriv": "agent",
        "cs1Label": "case",
        "cs1": "cas_1",
        "cs2Label": "session",
        "cs2": "ses_1",
        "cs3Label": "customer",
        "cs3": "cus_1",
    }


def test_an_entry_that_no_key_opens_is_told_as_such() -> None:
    line = read_cef(cef_line(record_of(closed_entry()), VERSION))
    assert line.header[4] == "log:entry:closed"
    assert set(line.extension) == {"externalId", "TachiaiIndex", "TachiaiRecord"}


def test_every_event_has_a_severity_of_the_standard() -> None:
    for record in records():
        assert 0 <= int(read_cef(cef_line(record, VERSION)).header[6]) <= 10
