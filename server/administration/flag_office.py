"""Detectors, as an operator tries them out on the organisation's own log."""

import math

from audit.detectors import Detector
from audit.detectors.precision import BUDGET, Verdict
from audit.detectors.registry import TUNABLE, all_detectors, detector_of
from audit.event import Actor, EventName, Fact
from server.administration import flag_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.what_if import WEEK_MS, Judged, replay


class FlagOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def what_if(self, act: acts.WhatIf, by: Actor) -> acts.WhatIfTold:
        detector, now = _detector(act), self._ground.clock.now_ms()
        facts: dict[str, Fact] = {"what": "what_if", "detector": act.detector, "weeks": act.weeks}
        await self._ground.register.look(EventName.OPERATOR_LOG_READ, by, facts)
        told = await replay(self._ground.log, self._ground.log.size, detector, act.weeks, now)
        judged = [
            Judged(target, at_ms, verdict)
            for target, at_ms, verdict in await self._ground.stores.flag_verdicts.judged(
                act.detector, now - act.weeks * WEEK_MS
            )
        ]
        kept = told.kept(judged)
        shipped = TUNABLE[act.detector][1] if act.detector in TUNABLE else None
        return acts.WhatIfTold(
            detector=act.detector,
            threshold=act.threshold if act.threshold is not None else shipped,
            shipped=shipped,
            weeks=act.weeks,
            flags=told.flags,
            blocks=told.blocks,
            agents=len(told.agents),
            agent_weeks=told.agent_weeks,
            rate=told.flags / max(1, told.agent_weeks),
            budget=BUDGET,
            confirmed=sum(one.verdict is Verdict.CONFIRMED for one in judged),
            confirmed_kept=kept[Verdict.CONFIRMED],
            dismissed=sum(one.verdict is Verdict.DISMISSED for one in judged),
            dismissed_kept=kept[Verdict.DISMISSED],
        )


def _detector(act: acts.WhatIf) -> Detector:
    """Raises ActRefused."""
    names = sorted(one.name for one in all_detectors())
    if act.detector not in names:
        raise ActRefused(f"There is no detector of this name. There are: {', '.join(names)}.")
    if act.threshold is None:
        return detector_of(act.detector)
    if act.detector not in TUNABLE or not math.isfinite(act.threshold):
        raise ActRefused(
            f"This detector has no threshold to turn. These have one: {', '.join(sorted(TUNABLE))}."
        )
    return detector_of(act.detector, act.threshold)
