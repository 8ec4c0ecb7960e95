"""The one shape of an opened entry: what it holds, what its schema says, and that every format carries all of it."""

import json

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given

from audit.event import EventName
from audit.export.ending import Ending
from audit.export.formats import Format, LineWriter
from audit.export.record import LogRecord, encode_record, record_of, without_persons
from audit.export.schema import record_schema
from tests.unit.cef_reader import read_cef
from tests.unit.export_examples import VERSION, any_record, closed_entry, records

ENDING = Ending(
    ending="tachiai-export/v1",
    format="jsonl",
    origin="log.example/a",
    start=0,
    stop=9,
    wanted={"customer": "cus_1"},
    count=2,
    unreadable=1,
    sha256="0" * 64,
    intent=9,
    made_at_ms=1_763_935_200_000,
    checkpoint="log.example/a\n9\n",
)


def carried(line: bytes, format_: Format) -> LogRecord:
    """The record that a line carries, whatever else it says."""
    assert line.endswith(b"\n")
    assert len(line.decode().splitlines()) == 1 or format_ is not Format.CEF, "nobody takes it for two lines"
    assert line.count(b"\n") == 1
    match format_:
        case Format.JSONL:
            return msgspec.json.decode(line, type=LogRecord)
        case Format.OCSF:
            return msgspec.convert(json.loads(line)["unmapped"], LogRecord)
        case Format.CEF:
            return msgspec.json.decode(read_cef(line.decode()).extension["TachiaiRecord"], type=LogRecord)


@pytest.mark.parametrize("format_", Format)
def test_every_format_carries_the_whole_record_of_every_event(format_: Format) -> None:
    writer = LineWriter(format_, VERSION)
    for record in records():
        assert carried(writer.line(record), format_) == record


@given(any_record())
def test_no_text_of_anybodys_is_lost_or_breaks_a_line(record: LogRecord) -> None:
    for format_ in Format:
        assert carried(LineWriter(format_, VERSION).line(record), format_) == record


@given(any_record())
def test_the_same_record_is_the_same_bytes(record: LogRecord) -> None:
    data = encode_record(record)
    assert encode_record(msgspec.json.decode(data, type=LogRecord)) == data


def test_the_schema_takes_every_record_and_the_ending_and_nothing_else() -> None:
    validator = jsonschema_rs.validator_for(record_schema())
    for record in records():
        validator.validate(json.loads(encode_record(record)))
    ending = json.loads(LineWriter(Format.JSONL, VERSION).last_line(ENDING))
    validator.validate(ending)
    good = json.loads(encode_record(next(records())))
    for wrong in (
        {**good, "name": "agent:case:sold"},
        {**good, "more": 1},
        {**good, "v": 2},
        {**good, "entry_id": "00"},
        {**good, "facts": {"a": None}},
        {**good, "actor": {"kind": "nobody", "id": ""}},
        {name: value for name, value in good.items() if name != "erased"},
        {**ending, "ending": "other"},
    ):
        assert not validator.is_valid(wrong)


def test_the_schema_names_every_event_and_its_version() -> None:
    schema = record_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(":v1")
    assert set(schema["$defs"]["EventName"]["enum"]) == set(EventName)


def test_what_is_erased_and_what_is_sealed_are_told_apart() -> None:
    erased, sealed = record_of(closed_entry()), record_of(closed_entry(sealed=True))
    assert (erased.erased, erased.sealed) == (["org", "subject/0"], [])
    assert (sealed.erased, sealed.sealed) == ([], ["org", "subject/0"])
    assert (erased.name, erased.at_ms, erased.actor, erased.facts, erased.personal) == (
        None,
        None,
        None,
        {},
        {},
    )


def test_without_persons_the_rest_is_as_it_was() -> None:
    record = next(records())
    assert record.personal
    assert without_persons(record).personal == {}
    assert msgspec.structs.replace(without_persons(record), personal=record.personal) == record


@pytest.mark.parametrize("format_", Format)
def test_the_last_line_of_every_format_is_the_ending(format_: Format) -> None:
    line = LineWriter(format_, VERSION).last_line(ENDING)
    assert line.count(b"\n") == 1
    found = json.loads(read_cef(line.decode()).extension["TachiaiEnding"] if format_ is Format.CEF else line)
    assert msgspec.convert(found["unmapped"] if format_ is Format.OCSF else found, Ending) == ENDING
