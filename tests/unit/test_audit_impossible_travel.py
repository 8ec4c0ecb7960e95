"""Two sign-ins of one person too far apart for the time between."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors import Action, Flag, StateInvalid, TargetKind
from audit.detectors.impossible_travel import OWN_AFTER_DAYS, REFRACTORY_MS, ImpossibleTravel
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TOKYO, OSAKA, FRANKFURT, SYDNEY = (36, 140), (35, 135), (50, 9), (-34, 151)


def sign_in(
    detector: ImpossibleTravel,
    index: int,
    place: tuple[object, object] | None,
    at_ms: int,
    who: str = "sta_1",
) -> list[Flag]:
    facts: dict[str, Fact] = {}
    if place is not None:
        facts = {"latitude": place[0], "longitude": place[1]}  # type: ignore[dict-item]
    event = Event(
        EventName.AGENT_LOGIN_STARTED, Outcome.DONE, at_ms, Actor(ActorKind.AGENT, who), facts=facts
    )
    return list(detector.observe(OpenedEntry(index, index.to_bytes(16, "big"), event)))


def test_a_continent_in_an_hour_is_a_flag_that_says_how_far_and_how_fast() -> None:
    detector = ImpossibleTravel()
    assert sign_in(detector, 1, TOKYO, NOW_MS) == []
    (flag,) = sign_in(detector, 2, FRANKFURT, NOW_MS + HOUR_MS)
    assert (flag.target, flag.target_kind, flag.action) == ("sta_1", TargetKind.AGENT, Action.STEP_UP)
    assert flag.entries == (1, 2)
    assert flag.reason_facts["minutes"] == 60
    assert 8_700 <= int(flag.reason_facts["kilometres"]) <= 9_000  # 9,360 from centre to centre, less 500
    system = Actor(ActorKind.SYSTEM)
    encode_event(Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts()))


@pytest.mark.parametrize(
    ("place", "hours"),
    [(OSAKA, 0), (FRANKFURT, 11), (SYDNEY, 9), (TOKYO, 0), (None, 0), (("36", 140), 0), ((91, 9), 0)],
)
def test_what_can_be_travelled_or_is_not_known_is_none(
    place: tuple[object, object] | None, hours: int
) -> None:
    detector = ImpossibleTravel()
    sign_in(detector, 1, TOKYO, NOW_MS)
    assert sign_in(detector, 2, place, NOW_MS + hours * HOUR_MS) == []


def test_another_person_far_away_says_nothing_about_the_first() -> None:
    detector = ImpossibleTravel()
    sign_in(detector, 1, TOKYO, NOW_MS)
    assert sign_in(detector, 2, FRANKFURT, NOW_MS + HOUR_MS, "sta_2") == []


def test_a_clock_that_was_set_back_makes_no_endless_speed() -> None:
    detector = ImpossibleTravel()
    sign_in(detector, 1, TOKYO, NOW_MS)
    (flag,) = sign_in(detector, 2, FRANKFURT, NOW_MS - HOUR_MS)
    assert math.isfinite(flag.score)


def test_it_is_told_once_in_five_days() -> None:
    detector = ImpossibleTravel()
    sign_in(detector, 1, TOKYO, NOW_MS)
    assert len(sign_in(detector, 2, FRANKFURT, NOW_MS + HOUR_MS)) == 1
    assert sign_in(detector, 3, SYDNEY, NOW_MS + 2 * HOUR_MS) == []
    sign_in(detector, 4, TOKYO, NOW_MS + REFRACTORY_MS + HOUR_MS)
    assert len(sign_in(detector, 5, SYDNEY, NOW_MS + REFRACTORY_MS + 2 * HOUR_MS)) == 1


def test_a_place_of_three_days_is_their_own_and_one_of_a_single_day_is_not() -> None:
    detector, index, found = ImpossibleTravel(), 0, []
    for day in range(12):
        for hour, place in ((0, TOKYO), (1, FRANKFURT)):
            index += 1
            found += [
                (day, place) for _ in sign_in(detector, index, place, NOW_MS + day * DAY_MS + hour * HOUR_MS)
            ]
    assert found == [(0, FRANKFURT)], (
        f"after {OWN_AFTER_DAYS} days it is theirs, long before the five days are over"
    )


@given(st.lists(st.tuples(st.integers(-90, 90), st.integers(-180, 180), st.integers(0, DAY_MS)), max_size=12))
def test_doubled_entries_and_a_restart_change_nothing(trips: list[tuple[int, int, int]]) -> None:
    one, other, at_ms = ImpossibleTravel(), ImpossibleTravel(), NOW_MS
    for index, (latitude, longitude, later) in enumerate(trips):
        at_ms += later
        wanted = sign_in(one, index, (latitude, longitude), at_ms)
        restarted = ImpossibleTravel()
        restarted.restore(other.state())
        other = restarted
        assert sign_in(other, index, (latitude, longitude), at_ms) == wanted
        assert sign_in(other, index, (latitude, longitude), at_ms) == []
        assert all(math.isfinite(flag.score) and flag.score > 1 for flag in wanted)
    assert other.state() == one.state()


@pytest.mark.parametrize("state", [b"", b"{}", b'{"version":2,"last":0,"people":[]}', b"\xff"])
def test_what_is_no_state_is_refused(state: bytes) -> None:
    with pytest.raises(StateInvalid):
        ImpossibleTravel().restore(state)


def test_memory_is_bounded_whatever_comes() -> None:
    detector = ImpossibleTravel()
    for index in range(11_000):
        sign_in(detector, index, (index % 90, index % 180), NOW_MS + index * 1_000, f"sta_{index}")
    for index in range(11_000, 12_000):
        sign_in(detector, index, (index % 90, index % 180), NOW_MS + index * 1_000)
    assert len(detector.state()) < 2_000_000
