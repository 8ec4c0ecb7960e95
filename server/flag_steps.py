"""What follows a flag about somebody of the staff: a block, or that they must prove again who they are.

A block that the circuit breaker withholds falls back to that proof: it stops nobody for half an hour who is who they
are, and whoever sits at another's desk is stopped all the same.
"""

from dataclasses import replace
from typing import Final

from audit.detectors import Action, Flag, TargetKind
from audit.event import Event, EventName
from server.flag_blocks import FlagBlocks
from server.proof_demands import ProofDemands
from session.identity import StaffId

_SIGN_INS: Final = frozenset({EventName.AGENT_LOGIN_STARTED, EventName.OFFICER_LOGIN_STARTED})


class FlagSteps:
    def __init__(self, blocks: FlagBlocks, demands: ProofDemands) -> None:
        self._blocks, self._demands = blocks, demands

    async def carry_out(self, flag: Flag, event: Event | None) -> Flag:
        """The flag with what was done about it; `event` is what it rests on. Raises StoreUnavailable: what ran has
        ended, but that is not written; try again."""
        if flag.target_kind is not TargetKind.AGENT or event is None:
            return replace(flag, action=Action.FLAG)
        if flag.action is Action.BLOCK:
            flag = replace(flag, action=await self._blocks.carry_out(flag, event.at_ms))
        if flag.action not in {Action.STEP_UP, Action.WITHHELD}:
            return flag
        doubted_since = event.at_ms if event.name in _SIGN_INS else None
        known = await self._demands.demand(
            StaffId(flag.target), flag.detector, doubted_since_ms=doubted_since
        )
        return flag if known else replace(flag, action=Action.FLAG)

    def learn(self, agent: str, at_ms: int) -> None:
        """A block that was recorded before this start."""
        self._blocks.learn(agent, at_ms)
