"""What goes on at a desk beside looking at records: sign-ins, sessions with customers, look-ups, approvals."""

import random
from collections.abc import Iterator
from typing import Any, Final

from tests.bench.floors.events import Line
from tests.bench.floors.staff import Agent

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
_ELSEWHERE: Final = ((50.1, 8.7), (40.7, -74.0), (1.3, 103.8), (52.4, 4.9))


def look(
    agent: Agent, at_ms: int, customer: str, case: str | None, origin: str | None, *, refused: bool = False
) -> Line:
    return Line(
        event="agent:case:viewed",
        agent=agent.name,
        at_ms=at_ms,
        team=f"t{agent.team}",
        customer=customer,
        case=case,
        case_origin=origin,
        override=case is None and not refused,
        outcome="refused" if refused else "done",
    )


def planned(agent: Agent, start: int) -> Line:
    """A week ahead, as rosters are."""
    at_ms = start - 7 * 24 * HOUR_MS
    return Line("roster:shift", agent.name, at_ms, f"t{agent.team}", from_ms=start, to_ms=start + 8 * HOUR_MS)


def sign_ins(dice: random.Random, given: dict[str, Any], agent: Agent, start: int) -> Iterator[Line]:
    """At the beginning and after a pause; with failures before them, all of a team from one address."""
    odds = given["sign_ins"]
    far = dice.choice(_ELSEWHERE) if dice.random() < odds["far"] else None
    for at_ms in (start + dice.randrange(5 * MINUTE_MS), start + 4 * HOUR_MS + dice.randrange(HOUR_MS)):
        source = f"office {agent.team}"
        if dice.random() < odds["failed"]:
            yield _at(
                agent, "agent:login:refused", max(start, at_ms - MINUTE_MS), outcome="refused", source=source
            )
        place = far if far and at_ms > start + 4 * HOUR_MS else agent.home
        device = "Chrome on Android" if dice.random() < odds["other_device"] else agent.device
        yield _at(agent, "agent:login:started", at_ms, source=source, device=device, place=place)


def session(
    dice: random.Random,
    given: dict[str, Any],
    agent: Agent,
    at_ms: int,
    customer: str,
    case: str,
    *,
    coached: bool,
) -> Iterator[Line]:
    """From the invitation to the end: the code, the question, the answer, some minutes of sharing."""
    odds, name = given["sessions"], f"s/{agent.name}/{at_ms}/{customer}"
    about = {"customer": customer, "case": case, "session": name}
    yield _at(agent, "agent:session:opened", at_ms, **about)
    asked = at_ms + dice.randrange(MINUTE_MS, 3 * MINUTE_MS)
    own = f"phone {customer}"
    source = f"shared {dice.randrange(odds['shared_sources'])}" if dice.random() < odds["shared"] else own
    if dice.random() < odds["mistyped"]:
        yield _at(agent, "customer:code:refused", asked - 20_000, outcome="refused", source=source, **about)
    if dice.random() < odds["replayed"]:
        yield _at(agent, "customer:code:replayed", asked - 10_000, outcome="refused", source=source, **about)
    yield _at(agent, "customer:code:verified", asked, **about)
    hasty = (coached and dice.random() < 0.5) or dice.random() < agent.hasty / 2
    agreed = asked + (
        dice.randrange(500, 2_000) if hasty else 2_000 + round(1_000 * dice.lognormvariate(2.3, 0.7))
    )
    yield _at(agent, "customer:consent:granted", agreed, **about)
    regretted = dice.random() < agent.hasty / 2
    ended = agreed + (
        dice.randrange(2_000, 10_000) if regretted else dice.randrange(MINUTE_MS, 20 * MINUTE_MS)
    )
    name = "customer:session:ended" if regretted else "agent:session:ended"
    yield _at(agent, name, ended, cause="customer_stopped" if regretted else "agent_stopped", **about)


def approved(
    dice: random.Random, given: dict[str, Any], by: Agent, at_ms: int, case: str, customer: str
) -> Line:
    odds = given["approvals"]
    quick = dice.random() < odds["quick"]
    after = dice.randrange(3_000, 10_000) if quick else 10_000 + round(60_000 * dice.lognormvariate(1.0, 0.8))
    return _at(by, "agent:case:approved", at_ms + after, case=case, customer=customer)


def in_vain(
    dice: random.Random, given: dict[str, Any], agent: Agent, start: int, looks: int
) -> Iterator[Line]:
    """References looked up and left: the caller hung up, or the reference was somebody else's."""
    for number in range(looks):
        if dice.random() < agent.own_case * agent.unused:
            yield _looked_up(
                agent, start + dice.randrange(8 * HOUR_MS), f"left/{start}/{agent.name}/{number}"
            )


def schemes(
    dice: random.Random, given: dict[str, Any], agent: Agent, start: int, customers: list[str]
) -> Iterator[Line]:
    """What an insider does on a day beside looks without a case."""
    for customer in customers:
        at_ms = start + dice.randrange(7 * HOUR_MS)
        case = f"scheme/{agent.name}/{at_ms}/{customer}"
        if agent.scenario == "search":
            yield _looked_up(agent, at_ms, case)
        elif agent.scenario == "collude_opener" and dice.random() < given["insiders"]["colludes"]:
            yield look(agent, at_ms, customer, case, "agent")
            partner = Agent(**{**vars(agent), "name": agent.partner})
            after = dice.randrange(4_000, 5 * MINUTE_MS)
            yield _at(partner, "agent:case:approved", at_ms + after, case=case, customer=customer)
        elif agent.scenario == "friend_opener":
            partner = Agent(**{**vars(agent), "name": agent.partner})
            yield _at(agent, "agent:case:opened", at_ms, case=case, customer=customer)
            yield look(
                partner, at_ms + dice.randrange(MINUTE_MS, 20 * MINUTE_MS), customer, case, "colleague"
            )
    if agent.scenario == "hijack":
        yield from _hijacked(dice, agent, start + 5 * HOUR_MS, customers[0])


def _hijacked(dice: random.Random, agent: Agent, at_ms: int, customer: str) -> Iterator[Line]:
    """While they help a customer somebody signs in as them: from far away or not, with the same browser or not."""
    about = {"customer": customer, "case": f"hijack/{customer}", "session": f"hijack/{agent.name}"}
    yield _at(agent, "agent:session:opened", at_ms - 2 * MINUTE_MS, **about)
    device = agent.device if dice.random() < 0.3 else "Chrome on Linux"
    place = dice.choice(_ELSEWHERE) if dice.random() < 0.5 else (agent.home[0] + 1.0, agent.home[1])
    yield _at(agent, "agent:login:started", at_ms, source="elsewhere", device=device, place=place)
    yield _at(agent, "agent:session:ended", at_ms + 20 * MINUTE_MS, cause="agent_stopped", **about)


def _looked_up(agent: Agent, at_ms: int, case: str) -> Line:
    return _at(agent, "agent:case:opened", at_ms, case=case, customer=f"c/{case}")


def _at(agent: Agent, event: str, at_ms: int, **more: Any) -> Line:  # fields of a line
    return Line(event, agent.name, at_ms, f"t{agent.team}", **more)
