"""A whole team's bad day is no agent's doing; one member's bad day, or that of two, excuses nobody."""

import random
from collections.abc import Iterator

from audit.detectors import Flag
from audit.detectors.own_cases import OwnCases
from audit.detectors.refused_access import RefusedAccess
from audit.detectors.team_days import DAY_MS, MOST, TeamDays
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import OpenedEntry

MONDAY_MS = 1_767_571_200_000
MEMBERS = [f"sta_{n}" for n in range(12)]


def event(name: EventName, who: str, at_ms: int, outcome: Outcome = Outcome.DONE, **more: object) -> Event:
    return Event(name, outcome, at_ms, Actor(ActorKind.AGENT, who), **more)  # type: ignore[arg-type]


def signed_in(who: str, team: str, at_ms: int = MONDAY_MS) -> Event:
    return event(EventName.AGENT_LOGIN_STARTED, who, at_ms, facts={"team": team})


def worked(days: TeamDays, day: int, odd: dict[str, int], members: list[str] = MEMBERS) -> None:
    """Thirty looks of each; of `odd` so many, of all others one in thirty."""
    for who in members:
        for number in range(30):
            days.add(who, MONDAY_MS + day * DAY_MS + number * 60_000, odd=number < odd.get(who, 1))


def of_one_team(members: list[str] = MEMBERS) -> TeamDays:
    days = TeamDays()
    for who in members:
        days.heard(signed_in(who, "north"))
    for day in range(5):
        worked(days, day, {}, members)
    return days


def test_a_day_on_which_all_are_odd_has_a_factor_and_the_day_after_knows_of_it() -> None:
    days, at_ms = of_one_team(), MONDAY_MS + 5 * DAY_MS
    assert days.factor("sta_0", at_ms) == 1.0
    worked(days, 5, dict.fromkeys(MEMBERS, 3))
    assert 2.0 < days.factor("sta_0", at_ms) <= MOST
    assert days.factor("sta_0", at_ms + DAY_MS) == 1.0
    assert 2.0 < days.factor("sta_0", at_ms + DAY_MS, yesterday=True) <= MOST
    assert days.factor("sta_0", at_ms + 2 * DAY_MS, yesterday=True) == 1.0


def test_ones_own_odd_looks_excuse_nobody_and_those_of_a_friend_hardly() -> None:
    days, at_ms = of_one_team(), MONDAY_MS + 5 * DAY_MS
    worked(days, 5, {"sta_0": 25})
    assert days.factor("sta_0", at_ms) == 1.0
    assert days.factor("sta_1", at_ms) < MOST


def test_two_or_four_in_a_team_have_no_bad_days() -> None:
    few = MEMBERS[:4]
    days = of_one_team(few)
    worked(days, 5, dict.fromkeys(few, 20), few)
    assert days.factor("sta_0", MONDAY_MS + 5 * DAY_MS) == 1.0


def test_another_teams_bad_day_is_not_theirs_and_who_has_no_team_has_none() -> None:
    days = of_one_team()
    days.heard(signed_in("sta_x", "south"))
    worked(days, 5, dict.fromkeys(MEMBERS, 3))
    at_ms = MONDAY_MS + 5 * DAY_MS
    assert (days.factor("sta_x", at_ms), days.factor("sta_unknown", at_ms)) == (1.0, 1.0)


def test_a_state_carries_it_over() -> None:
    days, again = of_one_team(), TeamDays()
    worked(days, 5, dict.fromkeys(MEMBERS, 3))
    again.restore(days.learned())
    at_ms = MONDAY_MS + 5 * DAY_MS
    assert again.factor("sta_3", at_ms) == days.factor("sta_3", at_ms) > 1.0


def floor(members: list[str]) -> Iterator[Event]:
    """Fifteen days of twelve agents who are refused in a fifth of their looks; on the last, `members` in far more."""
    dice = random.Random(3)  # noqa: S311  # no secret: the same floor in each run
    for who in MEMBERS:
        yield signed_in(who, "north")
    for day in range(15):
        for number in range(30):
            for who in MEMBERS:
                at_ms = MONDAY_MS + day * DAY_MS + number * 600_000
                refused = dice.random() < (0.75 if day == 14 and who in members else 0.2)
                name = EventName.AGENT_CASE_REFUSED if refused else EventName.AGENT_CASE_VIEWED
                outcome = Outcome.REFUSED if refused else Outcome.DONE
                yield event(name, who, at_ms, outcome, facts={"reason": "no_case"} if refused else {})


def flagged(events: Iterator[Event]) -> set[str]:
    detector = RefusedAccess()
    found: set[str] = set()
    for index, one in enumerate(events):
        flags = detector.observe(OpenedEntry(index, index.to_bytes(16, "big"), one))
        found |= {flag.target for flag in flags if one.at_ms >= MONDAY_MS + 14 * DAY_MS}
    return found


def without_teams(events: Iterator[Event]) -> Iterator[Event]:
    return (one for one in events if one.name is not EventName.AGENT_LOGIN_STARTED)


def test_refused_access_excuses_a_team_whose_list_is_behind_and_nobody_who_is_odd_alone() -> None:
    assert len(flagged(without_teams(floor(MEMBERS)))) >= 6
    assert len(flagged(floor(MEMBERS))) <= 1
    assert flagged(floor(["sta_0"])) == flagged(without_teams(floor(["sta_0"]))) == {"sta_0"}


def test_looks_within_a_colleagues_case_count_as_those_within_ones_own() -> None:
    detector, index = OwnCases(), 0
    found: list[Flag] = []
    for day in range(30):
        for number in range(30):
            at_ms = MONDAY_MS + day * DAY_MS + number * 600_000
            case, customer = f"case {day}/{number}", f"cus {day}/{number}"
            events = [event(EventName.AGENT_CASE_VIEWED, "sta_b", at_ms, case=case, customer=customer)]
            if day >= 15 and number < 10:
                events.insert(
                    0, event(EventName.AGENT_CASE_OPENED, "sta_a", at_ms, case=case, customer=customer)
                )
            for one in events:
                index += 1
                found += detector.observe(OpenedEntry(index, index.to_bytes(16, "big"), one))
                again = OwnCases()
                if index % 200 == 0:
                    again.restore(detector.state())
                    detector = again
    assert {flag.target for flag in found} == {"sta_a", "sta_b"}
