"""A sign-in beside others of the same person: three at once, or from elsewhere while a session runs."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.login_beside import REFRACTORY_MS, LoginBeside
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

ELSEWHERE: dict[str, Fact] = {"beside": 1, "in_session": True, "other_browser": True}


def said(
    detector: LoginBeside,
    index: int,
    facts: dict[str, Fact],
    *,
    at_ms: int = NOW_MS,
    name: EventName = EventName.AGENT_LOGIN_STARTED,
) -> list[str]:
    event = Event(name, Outcome.DONE, at_ms, Actor(ActorKind.AGENT, "sta_1"), facts=facts)
    flags = list(detector.observe(OpenedEntry(index, index.to_bytes(16, "big"), event)))
    for flag in flags:
        assert (flag.action, flag.target_kind, flag.target) == (Action.STEP_UP, TargetKind.AGENT, "sta_1")
        assert flag.entries == (index,)
        system = Actor(ActorKind.SYSTEM)
        encode_event(Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts()))
    return [flag.reason_key for flag in flags]


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"beside": 2}, "flag.login_beside.many"),
        ({"beside": 5, "in_session": True, "other_browser": False}, "flag.login_beside.many"),
        (ELSEWHERE, "flag.login_beside.during"),
        ({**ELSEWHERE, "beside": 2}, "flag.login_beside.during"),
    ],
)
def test_three_at_once_or_one_from_elsewhere_within_a_session_is_a_flag(
    facts: dict[str, Fact], key: str
) -> None:
    assert said(LoginBeside(), 7, facts) == [key]
    assert said(LoginBeside(), 7, facts, name=EventName.OFFICER_LOGIN_STARTED) == [key]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"beside": 1},
        {"beside": 1, "in_session": True, "other_browser": False},
        {"beside": 1, "in_session": False, "other_browser": True},
        {"beside": "2"},
    ],
)
def test_what_people_do_every_day_is_none(facts: dict[str, Fact]) -> None:
    assert said(LoginBeside(), 7, facts) == []
    assert said(LoginBeside(), 7, ELSEWHERE, name=EventName.AGENT_LOGIN_CONFIRMED) == []


def test_each_kind_is_told_once_in_five_days_and_an_entry_seen_again_never() -> None:
    detector = LoginBeside()
    assert said(detector, 1, ELSEWHERE) == ["flag.login_beside.during"]
    assert said(detector, 1, ELSEWHERE, at_ms=NOW_MS + REFRACTORY_MS) == []
    assert said(detector, 2, ELSEWHERE) == []
    assert said(detector, 3, {**ELSEWHERE, "beside": 2}) == ["flag.login_beside.many"]
    assert said(detector, 4, {**ELSEWHERE, "beside": 2}) == []
    assert said(detector, 5, ELSEWHERE, at_ms=NOW_MS + REFRACTORY_MS) == ["flag.login_beside.during"]


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = LoginBeside(), LoginBeside()
    said(before, 1, {"beside": 2})
    after.restore(before.state())
    assert said(after, 2, {"beside": 2}) == []
    with pytest.raises(StateInvalid):
        after.restore(b"{}")
