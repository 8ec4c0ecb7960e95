"""What others than agents do on a floor: guesses sprayed, codes relayed, accounts taken over; and what looks alike."""

import random
from collections.abc import Iterator
from typing import Any, Final

from tests.bench.floors.events import Label, Line

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
SCENARIOS: Final = ("spray", "spray_many", "relay", "takeover")


def of(
    dice: random.Random, given: dict[str, Any], first_ms: int, days: int
) -> tuple[list[Line], list[Label]]:
    """A label names the source, the session or the customer instead of an agent; "" for sources that are many."""
    lines = list(_renewals(dice, given, first_ms, days))
    labels = []
    for scenario in SCENARIOS:
        for number in range(given["insiders"]["strangers"]):
            week = dice.randint(given["insiders"]["first_week"], given["insiders"]["last_week"])
            at_ms = first_ms + (week * 7 + number) * DAY_MS + dice.randrange(8, 18) * HOUR_MS
            culprits, made = _attack(dice, scenario, number, at_ms)
            lines += made
            labels += [Label(one, scenario, at_ms, at_ms + DAY_MS) for one in culprits]
    return lines, labels


def _attack(dice: random.Random, scenario: str, number: int, at_ms: int) -> tuple[list[str], list[Line]]:
    if scenario == "spray":
        return [f"sprayer {number}"], list(_spray(dice, at_ms, [f"sprayer {number}"]))
    if scenario == "spray_many":
        return [""], list(_spray(dice, at_ms, [f"bot {number}/{one}" for one in range(40)]))
    if scenario == "relay":
        return [f"relay/{number}", f"relay/{number}/b"], list(_relay(dice, at_ms, number))
    return [f"taken/{number}"], list(_takeover(dice, at_ms, f"taken/{number}"))


def _spray(dice: random.Random, at_ms: int, sources: list[str]) -> Iterator[Line]:
    """One guess on forty accounts within the hour."""
    for number in range(40):
        yield _line(
            "customer:code:refused",
            at_ms + number * 80_000,
            f"c{dice.randrange(200_000)}",
            outcome="refused",
            source=sources[number % len(sources)],
            guess="123456",
        )


def _relay(dice: random.Random, at_ms: int, number: int) -> Iterator[Line]:
    """A code that the victim typed for a false agent is used in the victim's own session, and then once more."""
    customer, case = f"relayed/{number}", f"case relayed/{number}"
    for session, after in (
        (f"relay/{number}", 0),
        (f"relay/{number}/b", dice.randrange(10_000, 5 * MINUTE_MS)),
    ):
        at = at_ms + after
        yield _line("customer:code:replayed", at, customer, outcome="refused", case=case, session=session)


def _takeover(dice: random.Random, at_ms: int, customer: str) -> Iterator[Line]:
    yield _line("agent:factor_request:carried_out", at_ms, customer)
    yield _line("agent:action:proposed", at_ms + dice.randrange(10 * MINUTE_MS, 20 * HOUR_MS), customer)


def _renewals(dice: random.Random, given: dict[str, Any], first_ms: int, days: int) -> Iterator[Line]:
    """Lost telephones, and now and then somebody who needs something soon after."""
    odds = given["factors"]
    for day in range(days):
        for number in range(odds["renewed_a_day"]):
            at_ms = first_ms + day * DAY_MS + dice.randrange(8 * HOUR_MS, 20 * HOUR_MS)
            customer = f"renewed/{day}/{number}"
            yield _line("agent:factor_request:carried_out", at_ms, customer)
            if dice.random() < odds["then_acts"]:
                yield _line("agent:action:proposed", at_ms + dice.randrange(DAY_MS), customer)


def _line(event: str, at_ms: int, customer: str, **more: Any) -> Line:  # fields of a line
    return Line(event, "", at_ms, customer=customer, **more)
