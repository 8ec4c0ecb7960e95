"""Officers judge flags, and see how often each detector was right: resources and their routes."""

from typing import Annotated, Final, Literal

import msgspec

from audit.detectors.precision import BUDGET, Verdict
from audit.event import EventName
from server.http.routing import OFFICER, Call, Route
from server.http.shapes import Answer, Request
from server.problems import Problem
from support.intake import IntakeRefused, plain_text

_API: Final = "/api/v1/security/flags"
LONGEST_REASON: Final = 200


class JudgeFlag(Request, frozen=True, kw_only=True):
    """`reason`: what was found, in one line; it is recorded."""

    verdict: Literal["confirmed", "dismissed"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]


class DetectorStanding(Answer, frozen=True, kw_only=True):
    """`low`, `high`: the share of judged flags that was confirmed lies between these, at 95 in 100 (Wilson)."""

    detector: str
    raised: int
    confirmed: int
    dismissed: int
    low: float
    high: float


class FlagsStanding(Answer, frozen=True, kw_only=True):
    """Of the last 13 weeks, or since the first flag. `spent` and `budget`: false alerts for each agent and week."""

    detectors: list[DetectorStanding]
    weeks: float
    agents: int
    spent: float
    budget: float


async def judge(call: Call) -> None:
    body: JudgeFlag = call.body
    try:
        reason = plain_text(body.reason, what="reason", longest=LONGEST_REASON)
    except IntakeRefused as refused:
        raise Problem(422, "reason_unusable", f"{refused} Nothing was changed.") from refused
    named = call.request.match_info["flag"]
    await call.services.flag_verdicts.judge(named, Verdict(body.verdict), reason, call.staff.staff)


async def standing(call: Call) -> FlagsStanding:
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_FLAGS_READ)
    found = await call.services.flag_verdicts.standing()
    return FlagsStanding(
        detectors=[
            DetectorStanding(
                detector=one.detector,
                raised=one.raised,
                confirmed=one.confirmed,
                dismissed=one.dismissed,
                low=one.interval[0],
                high=one.interval[1],
            )
            for one in found.detectors
        ],
        weeks=found.weeks,
        agents=found.agents,
        spent=found.spent,
        budget=BUDGET,
    )


FLAG_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{_API}/{{flag}}/verdict",
        handler=judge,
        who=OFFICER,
        request=JudgeFlag,
        status=204,
        problems=(404, 409),
        summary="Confirm or dismiss a flag, with the reason, which is recorded; it lifts no block",
    ),
    Route(
        method="GET",
        path="/api/v1/security/flag-standing",
        handler=standing,
        who=OFFICER,
        answer=FlagsStanding,
        summary="How often each detector was right, as officers judged; recorded",
    ),
)
