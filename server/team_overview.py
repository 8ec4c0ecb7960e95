"""The floor at a glance: each team now and this week, flags by day, customers by hour, and whether word gets out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.checklist.finding import Finding
from server.checklist.live import Checklist
from server.outbox.message import DAY_MS
from server.oversight import Oversight
from server.signalling.messages import LiveSession
from server.storage.overview_counts import HOUR_MS, OverviewCounts, Waiting
from server.storage.staff_roll import StaffRoll

DAYS: Final = 28
WEEK_DAYS: Final = 7
HOURS: Final = 24
SENT_CHECKS: Final = ("outbox", "collector", "witness")
ACTIONS: Final = ("block", "withheld", "hold", "step_up", "flag", "shadow")  # the gravest first


@dataclass(frozen=True, slots=True)
class TeamNow:
    """`sharing`: of the sessions those whose picture flows. `flags` and `blocks` of the last seven days."""

    team: str
    sessions: int
    sharing: int
    flags: int
    blocks: int


@dataclass(frozen=True, slots=True)
class FlagDay:
    """`day` since 1970 in UTC; `counts` as `Overview.actions`."""

    day: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HourNow:
    """Customers with whom a session was opened in this hour (UTC) of today; None: it is still to come. `usual`: the
    mean of the days before; None where there are none."""

    hour: int
    reached: int | None
    usual: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`usual_days`: of how many days the usual is. `sent`: what the checklist found of what goes out."""

    teams: list[TeamNow]
    actions: tuple[str, ...]
    days: list[FlagDay]
    hours: list[HourNow]
    usual_days: int
    waiting: Waiting
    sent: list[Finding]


class TeamOverview:
    """Raises StoreUnavailable."""

    def __init__(
        self, counts: OverviewCounts, roll: StaffRoll, oversight: Oversight, checklist: Checklist
    ) -> None:
        self._counts, self._roll = counts, roll
        self._oversight, self._checklist = oversight, checklist

    async def at(self, now_ms: int) -> Overview:
        today = now_ms // DAY_MS
        flags = await self._counts.flags_by_day((today - DAYS + 1) * DAY_MS)
        known = {action for _, action in flags}
        actions = (*(one for one in ACTIONS if one in known), *sorted(known - set(ACTIONS)))
        reached = await self._counts.customers_by_hour((today - DAYS) * DAY_MS)
        hours, usual_days = by_hour(reached, now_ms // HOUR_MS)
        return Overview(
            teams=await self._teams(now_ms),
            actions=actions,
            days=[
                FlagDay(day, tuple(flags.get((day, one), 0) for one in actions))
                for day in range(today - DAYS + 1, today + 1)
            ],
            hours=hours,
            usual_days=usual_days,
            waiting=await self._counts.waiting(now_ms),
            sent=[one for one in self._checklist.last if one.check in SENT_CHECKS],
        )

    async def _teams(self, now_ms: int) -> list[TeamNow]:
        team_of = {one.staff.id: one.staff.team for one in await self._roll.everybody()}
        raised = await self._counts.flags_by_person(now_ms - WEEK_DAYS * DAY_MS)
        return by_team(
            await self._oversight.sessions(), raised, {str(one): team for one, team in team_of.items()}
        )


def by_team(
    live: Sequence[LiveSession], raised: Mapping[tuple[str, str], int], team_of: Mapping[str, str]
) -> list[TeamNow]:
    """By name; "" for what is about nobody of a team, as a source of guesses, and for sessions that nobody has yet."""
    sessions = Counter(one.agent.get("team", "") for one in live)
    sharing = Counter(one.agent.get("team", "") for one in live if one.media_may_flow)
    flags: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    for (whom, action), count in raised.items():
        flags[team_of.get(whom, "")] += count
        blocks[team_of.get(whom, "")] += count if action == "block" else 0
    teams = sorted({*team_of.values(), *sessions, *flags} - {""})
    teams += [""] if "" in sessions or "" in flags else []
    return [TeamNow(team, sessions[team], sharing[team], flags[team], blocks[team]) for team in teams]


def by_hour(reached: Mapping[int, int], now: int) -> tuple[list[HourNow], int]:
    """`reached` and `now` are in hours since 1970. And of how many days the usual is: those since the first session."""
    today = now - now % HOURS
    before = [hour for hour in reached if hour < today]
    days = (today - min(before) + HOURS - 1) // HOURS if before else 0
    hours = []
    for hour in range(HOURS):
        usual = sum(reached[one] for one in before if one % HOURS == hour) / days if days else None
        hours.append(HourNow(hour, reached.get(today + hour, 0) if today + hour <= now else None, usual))
    return hours, days
