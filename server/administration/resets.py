"""Asking two officers for somebody's new start. Asking gives nothing; the officers' page does."""

from audit.event import Actor, EventName, Fact
from server.administration.acts import ResetAsked
from server.administration.ground import Ground
from server.identity import new_id
from support.reset import LIFE_MS, Reset


async def request_reset(ground: Ground, subject: str, to: str, by: Actor) -> ResetAsked:
    """An earlier request for the same person is closed by it. Raises LogUnavailable, StoreUnavailable."""
    now = ground.clock.now_ms()
    reset = Reset(new_id("rst"), subject, by.id, now, now + LIFE_MS)
    facts: dict[str, Fact] = {"reset": reset.id, "subject": subject, "expires_at_ms": reset.expires_at_ms}
    intent = ground.register.intent(EventName.OPERATOR_RESET_REQUESTED, by, facts)
    await ground.register.carry_out([intent], lambda index: ground.stores.resets.add(reset, index))
    able = await ground.officers_able(now)
    approvers = len([officer for officer in able if officer != subject])
    return ResetAsked(reset=reset.id, to=to, expires_at_ms=reset.expires_at_ms, approvers=approvers)
