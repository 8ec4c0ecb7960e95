"""The page behind an enrolment link, and its steps. Whoever asks is known by the cookie that the first claim gave."""

from typing import Final

from aiohttp import web

from audit.event import Fact, Outcome
from server.clock import must_agree
from server.enrolling import Held, new_holder
from server.enrolment_entries import REFUSED, entry, nobodys
from server.http.enrolment_shapes import (
    ChoosePassword,
    ClaimEnrolment,
    ConfirmCode,
    EnrolmentShown,
    RecoveryCodesShown,
    SecretShown,
)
from server.http.guard import json_response
from server.http.rendering import Page
from server.http.routing import Call
from server.invitations import qr_svg
from server.principals import StaffPrincipal
from server.storage.enrolments import must_go_on
from server.storage.staff import DOORS
from server.storage.transaction import Transaction
from support.identity import CustomerId
from verification import enrolment
from verification.enrolment import EnrolmentRefused, Reason, SubjectKind

_RECOVERY: Final = "recovery"


async def page(call: Call) -> web.Response:
    """The same for everybody: what the link is for is told only to whoever has claimed it."""
    response = call.services.pages.respond(call.request, Page("enrol", "pages/enrol.js"))
    if _cookie(call) is None:
        # Before the claim, so that an answer lost on the way, or a browser that keeps none, costs nobody the link.
        lasts_s = enrolment.LIFE_MS // 1000
        call.services.pages.cookies.give_enrolment(response, new_holder(), lasts_s=lasts_s)
    return response


async def claim(call: Call) -> web.StreamResponse:
    body: ClaimEnrolment = call.body
    enrolling = call.services.enrolling
    try:
        linked = await enrolling.linked(body.token, call.now)
        await _refuse_staff_browser(call, linked)
        held, cookie = await enrolling.claim(linked, body.token, _cookie(call), call.now)
    except EnrolmentRefused as refused:
        await _record(call, refused)
        raise
    response = json_response(await shown(call, held), 201)
    lasts_ms = held.link.expires_at_ms - call.now
    call.services.pages.cookies.give_enrolment(response, cookie, lasts_s=max(1, lasts_ms // 1000))
    return response


async def show(call: Call) -> EnrolmentShown:
    return await shown(call, await held_link(call))


async def choose_password(call: Call) -> EnrolmentShown:
    body: ChoosePassword = call.body
    return await shown(
        call, await call.services.enrolling.choose_password(await held_link(call), body.password, call.now)
    )


async def new_secret(call: Call) -> SecretShown:
    made = await call.services.enrolling.new_secret(await held_link(call), call.now)
    return SecretShown(key=made.key, uri=made.uri, qr_svg=qr_svg(made.uri))


async def finish(call: Call) -> EnrolmentShown:
    body: ConfirmCode = call.body
    must_agree(call.services.clock)
    return await shown(call, await call.services.enrolling.finish(await held_link(call), body.code, call.now))


async def recovery_codes(call: Call) -> RecoveryCodesShown:
    held = await held_link(call)
    if not held.link.may_have_recovery_codes(call.now):
        raise EnrolmentRefused(Reason.NOT_NOW, held.link)
    facts: dict[str, Fact] = {"enrolment": held.link.id}
    customer = CustomerId(held.link.subject.id)
    making = call.services.factors.recovery

    async def going_on(connection: Transaction) -> None:
        """The hashes take seconds, in which the link in a mail may stop it."""
        await must_go_on(connection, held.link, call.now)

    made = await making.make(customer, held.person.actor, facts, call.now, going_on)
    return RecoveryCodesShown(recovery_codes=made)


async def held_link(call: Call) -> Held:
    """What this browser holds. Raises EnrolmentRefused."""
    held = await call.services.enrolling.held(_cookie(call), call.now)
    try:
        await _refuse_staff_browser(call, held)
    except EnrolmentRefused as refused:
        await _record(call, refused)
        raise
    return held


async def _refuse_staff_browser(call: Call, held: Held) -> None:
    """Nobody who works here sets up a customer's factor. Only in the demo may one browser be both."""
    if held.link.subject.kind is not SubjectKind.CUSTOMER or call.services.demo is not None:
        return
    found = await call.services.authentication.all_of(call.request, call.now)
    if any(isinstance(principal, StaffPrincipal) for principal in found.values()):
        raise EnrolmentRefused(Reason.STAFF_BROWSER, held.link)


async def _record(call: Call, refused: EnrolmentRefused) -> None:
    """One by one at first; from a source that fails often, or all together, only counted."""
    services, link = call.services, refused.enrolment
    often = await services.throttles.refused_enrolment(call.source)
    person = await services.newcomers.find(link.subject) if link is not None else None
    if link is None or person is None:
        event = nobodys(refused.reason.value, call.now)
    else:
        facts = {"enrolment": link.id, "reason": refused.reason.value}
        event = entry(REFUSED, person, Outcome.REFUSED, call.now, facts)
    await services.refused_claims.refused_event(event, often=often)


def _cookie(call: Call) -> str | None:
    return call.services.pages.cookies.enrolment(call.request)


async def shown(call: Call, held: Held) -> EnrolmentShown:
    link, staff = held.link, held.person.staff
    doors = DOORS[staff.role] if staff is not None else frozenset()
    return EnrolmentShown(
        stage=_RECOVERY if link.may_have_recovery_codes(call.now) else link.stage().value,
        kind=link.subject.kind.value,
        name=staff.name if staff is not None else None,
        username=staff.username if staff is not None else None,
        door=next((door.value for door in sorted(doors)), None),
        expires_at_ms=link.expires_at_ms,
        passkey=await call.services.passkey_enrolling.offered(held, call.now),
    )
