"""OCSF events: every entry is a valid event of one class, as the published schema has it."""

import json
from typing import Any

import msgspec
import pytest

from audit.event import EventName, Outcome
from audit.export.ocsf import ocsf_ending, ocsf_event
from audit.export.ocsf_table import class_of, named
from audit.export.record import record_of
from tests.unit.export_examples import VERSION, an_entry, closed_entry, records
from tests.unit.ocsf_shapes import CATEGORIES, CLASSES, SEVERITIES, BaseEvent
from tests.unit.test_export_record import ENDING

OTHER = 99


def valid(data: bytes) -> BaseEvent:
    """The event as the type of its class."""
    class_uid = json.loads(data)["class_uid"]
    shape, category, activities = CLASSES[class_uid]
    event = msgspec.json.decode(data, type=shape)
    assert event.category_uid == category
    assert event.category_name == CATEGORIES[category]
    assert event.type_uid == class_uid * 100 + event.activity_id
    assert event.activity_id == OTHER or event.activity_name == activities[event.activity_id]
    assert event.severity == SEVERITIES[event.severity_id]
    assert event.type_name == f"{event.class_name}: {event.activity_name}"
    return event


def as_event(name: EventName, outcome: Outcome = Outcome.DONE) -> dict[str, Any]:
    return dict(json.loads(ocsf_event(record_of(an_entry(name, outcome)), VERSION)))


def test_every_entry_is_a_valid_event_of_its_class() -> None:
    for record in records():
        event = valid(ocsf_event(record, VERSION))
        assert event.metadata.sequence == record.index
        assert event.metadata.uid == record.entry_id


def test_the_ending_is_a_valid_event_too() -> None:
    assert valid(ocsf_ending(ENDING, VERSION)).time == ENDING.made_at_ms


@pytest.mark.parametrize(
    ("name", "type_uid"),
    [
        (EventName.AGENT_LOGIN_STARTED, 300_201),
        (EventName.OFFICER_LOGIN_REFUSED, 300_201),
        (EventName.AGENT_LOGIN_ENDED, 300_202),
        (EventName.CUSTOMER_CODE_VERIFIED, 300_299),
        (EventName.OPERATOR_STAFF_INVITED, 300_701),
        (EventName.OPERATOR_STAFF_DISABLED, 300_705),
        (EventName.AGENT_ENROLMENT_FINISHED, 300_712),
        (EventName.AGENT_CASE_VIEWED, 300_402),
        (EventName.OFFICER_LOG_EXPORTED, 300_402),
        (EventName.OPERATOR_KEY_REVOKED, 300_409),
        (EventName.SYSTEM_SERVER_STARTED, 600_203),
        (EventName.SYSTEM_LOG_FAILED, 600_801),
        (EventName.KEY_CASE_OPENED, 600_301),
        (EventName.KEY_REQUEST_REFUSED, 600_399),
        (EventName.SYSTEM_FLAG_RAISED, 200_401),
        (EventName.CUSTOMER_CONSENT_GRANTED, 99),
    ],
)
def test_what_a_collector_counts_by_is_as_it_expects(name: EventName, type_uid: int) -> None:
    assert as_event(name)["type_uid"] == type_uid


def test_outcomes_are_told_in_the_schemas_own_numbers_and_in_ours() -> None:
    found = {
        outcome: (event["status_id"], event["status_detail"])
        for outcome in Outcome
        for event in [as_event(EventName.AGENT_CASE_VIEWED, outcome)]
    }
    assert found == {
        Outcome.INTENT: (99, "intent"),
        Outcome.DONE: (1, "done"),
        Outcome.FAILED: (2, "failed"),
        Outcome.REFUSED: (2, "refused"),
        Outcome.UNKNOWN: (0, "unknown"),
    }


def test_a_flag_is_new_and_an_act_on_staff_names_who_it_was_about() -> None:
    assert as_event(EventName.SYSTEM_FLAG_RAISED)["status_id"] == 1
    judged = as_event(EventName.OFFICER_FLAG_CONFIRMED)
    assert (judged["type_uid"], judged["status_id"]) == (200_403, 4)
    disabled = as_event(EventName.OPERATOR_STAFF_DISABLED)
    assert (disabled["user"]["uid"], disabled["actor"]["user"]["uid"]) == ("sta_2", "who_1")


def test_an_entry_that_no_key_opens_says_so_and_gives_no_time() -> None:
    event = json.loads(ocsf_event(record_of(closed_entry()), VERSION))
    assert (event["time"], event["class_uid"], event["message"]) == (0, 0, "unknown")
    assert event["unmapped"]["erased"] == ["org", "subject/0"]


def test_the_table_names_only_what_there_is() -> None:
    """A misspelled line would make a Base Event of what it means."""
    known = {name.value.split(":", 1)[1] for name in EventName}
    assert named() <= known
    assert class_of(None)[0].uid == 0
