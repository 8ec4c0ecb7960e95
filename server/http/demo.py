"""The demo's accounts, with the codes that their apps would show now, and what the organisation's own site would do.
These routes exist in the demo only."""

from audit.event import Actor, ActorKind
from server.http.key_shapes import HandOff, HandoffGiven
from server.http.routing import Call
from server.http.shapes import DemoAccount
from server.problems import not_found


async def accounts(call: Call) -> list[DemoAccount]:
    if call.services.demo is None:
        raise not_found()
    return await call.services.demo.accounts(call.now)


async def hand_off(call: Call) -> HandoffGiven:
    """In place of the organisation's site, where this customer would be signed in."""
    if call.services.demo is None:
        raise not_found()
    body: HandOff = call.body
    given = await call.services.me.door.mint(body.customer, Actor(ActorKind.KEY, "demo"))
    return HandoffGiven(url=given.url, expires_at_ms=given.expires_at_ms)


async def enrol(call: Call) -> HandoffGiven:
    """In place of the mail by which this customer would get the link."""
    if call.services.demo is None:
        raise not_found()
    body: HandOff = call.body
    link = await call.services.other_systems.replacement(body.customer, Actor(ActorKind.KEY, "demo"))
    return HandoffGiven(url=link.url, expires_at_ms=link.expires_at_ms)
