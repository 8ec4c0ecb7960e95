"""What two of the staff vouch for about a customer's factors, and the customer's own no."""

from aiohttp import web

from audit.event import Actor, ActorKind
from server.factor_requests import Shown
from server.http import factor_shapes as shapes
from server.http.approvals import person_shown
from server.http.rendering import Page
from server.http.routing import Call
from support.factor_request import How, Kind, Objection, Voucher
from verification.credentials import Door


async def page(call: Call) -> web.Response:
    """A supervisor's; officers have it among what waits for approvals."""
    shown = Page("agent_factor_requests", "pages/agent_factor_requests.js")
    return call.services.pages.respond(call.request, shown, call.staff.staff)


async def waiting(call: Call) -> list[shapes.FactorRequestShown]:
    found = await call.services.factors.requests.waiting(_actor(call), call.staff.staff)
    return [_shown(one, call.now) for one in found]


async def ask(call: Call) -> shapes.FactorRequestMade:
    body: shapes.AskFor = call.body
    made = await call.services.factors.requests.ask(
        Kind(body.kind),
        body.customer,
        How(body.how),
        body.filed,
        _actor(call),
        call.staff.staff,
        absorbed=body.absorbed,
    )
    return shapes.FactorRequestMade(id=made.id, due_at_ms=made.due_at_ms)


async def vouch(call: Call) -> shapes.FactorRequestMade:
    body: shapes.Vouch = call.body
    made = await call.services.factors.requests.vouch(
        call.request.match_info["request"], How(body.how), body.filed, _actor(call), call.staff.staff
    )
    return shapes.FactorRequestMade(id=made.id, due_at_ms=made.due_at_ms)


async def carry_out(call: Call) -> shapes.CarriedOut:
    link = await call.services.factors.requests.carry_out(
        call.request.match_info["request"], _actor(call), call.staff.staff
    )
    if link is None:
        return shapes.CarriedOut(url=None, expires_at_ms=None)
    return shapes.CarriedOut(url=link.url, expires_at_ms=link.expires_at_ms)


async def refuse(call: Call) -> None:
    await call.services.factors.requests.refuse(
        call.request.match_info["request"], _actor(call), call.staff.staff
    )


async def cancel_page(call: Call) -> web.Response:
    return call.services.pages.respond(call.request, Page("cancel", "pages/cancel.js"))


async def cancel(call: Call) -> shapes.CancelAnswer:
    """Without signing in: whoever has the link can only take away."""
    body: shapes.Cancel = call.body
    await call.services.throttles.before_claim(call.source, by_code=False)
    services = call.services
    stopped = await services.factors.cancelling.cancel(
        body.token, call.now, waiting=services.actions.cancel_all
    )
    if stopped is None:
        await services.throttles.refused_enrolment(call.source)
    return shapes.CancelAnswer(outcome="over" if stopped is None else "stopped")


def _actor(call: Call) -> Actor:
    officer = call.staff.door is Door.SECURITY
    return Actor(ActorKind.OFFICER if officer else ActorKind.AGENT, call.staff.staff.id)


def _shown(one: Shown, now: int) -> shapes.FactorRequestShown:
    request, people = one.request, {person.id: person for person in one.vouchers}
    return shapes.FactorRequestShown(
        id=request.id,
        kind=request.kind.value,
        phase=request.phase(now).value,  # type: ignore[arg-type]  # only open ones are listed
        subject=person_shown(one.customer),
        absorbed=person_shown(one.absorbed) if one.absorbed is not None else None,
        asked_by=request.asked_by,
        asked_at_ms=request.asked_at_ms,
        due_at_ms=request.due_at_ms,
        ends_at_ms=request.ends_at_ms,
        vouchers=[
            shapes.VoucherShown(
                staff=person_shown(people[voucher.staff]),
                how=voucher.how.value,
                at_ms=voucher.at_ms,
            )
            for voucher in _vouchers(one)
            if voucher.staff in people
        ],
        mine=one.mine.value if isinstance(one.mine, Objection) else None,
        carry=one.carry.value if one.carry is not None else None,
    )


def _vouchers(one: Shown) -> list[Voucher]:
    return [voucher for voucher in (one.request.first, one.request.second) if voucher is not None]
