"""Customers' own page and what it asks for. Who asks is known by the cookie of `/me` alone."""

from typing import Final

from aiohttp import web

from server.http.guard import json_response
from server.http.me_shapes import (
    AccessShown,
    ArrivalShown,
    Arrive,
    Enter,
    HistoryShown,
    InTouchShown,
    MeShown,
    OthersEnded,
    OwnName,
    OwnReceipt,
    TalkingShown,
    WarningShown,
    WhoShown,
)
from server.http.rendering import Page
from server.http.routing import Call, Who
from server.me.door import Entered, EntryRefused, refusal
from server.me.history import Access
from server.principals import MePrincipal, StaffPrincipal
from server.problems import Problem, not_found, not_signed_in
from support.customer import Customer
from support.identity import CustomerId
from verification.customer_login import FRESH_MS, CustomerLogin

LONGEST_INDEX: Final = 16  # digits of 2^53


async def page(call: Call) -> web.Response:
    """The same for everybody: what is somebody's comes by the interface."""
    return call.services.pages.respond(call.request, Page("me", "pages/me.js"))


async def arrive(call: Call) -> ArrivalShown:
    """Whose page the token behind the address opens, before anything is opened: somebody may have sent their own."""
    body: Arrive = call.body
    await refuse_staff_browser(call)
    try:
        customer = await call.services.me.door.behind(body.token)
    except EntryRefused as refused:
        await record_refusal(call, refused)
        raise refused_problem() from refused
    other = await _other_here(call, customer.id)
    return ArrivalShown(
        name=customer.display_name,
        reference=customer.reference,
        signed_in=OwnName(name=other.display_name, reference=other.reference) if other is not None else None,
    )


async def enter(call: Call) -> web.StreamResponse:
    """Whatever is wrong with a token, the answer is one."""
    body: Enter = call.body
    await refuse_staff_browser(call)
    try:
        if not body.replace:
            await _refuse_other(call, body.token)
        entered = await call.services.me.door.by_token(body.token)
    except EntryRefused as refused:
        await record_refusal(call, refused)
        raise refused_problem() from refused
    return await let_in(call, entered)


async def let_in(call: Call, entered: Entered) -> web.StreamResponse:
    """The cookie, in place of the one that this browser had."""
    await _end_former(call)
    response = json_response(await shown(call, entered.login), 201)
    call.services.pages.cookies.give(response, Who.ME, entered.token)
    return response


async def show(call: Call) -> MeShown:
    return await shown(call, call.me.login)


async def leave(call: Call) -> web.StreamResponse:
    await call.services.me.door.end(call.me.login)
    response = web.Response(status=204)
    call.services.pages.cookies.take_back(response, Who.ME)
    return response


async def leave_elsewhere(call: Call) -> OthersEnded:
    return OthersEnded(ended=await call.services.me.door.end_others(call.me.login))


async def talking(call: Call) -> TalkingShown:
    found = await call.services.me.contacts.talking(call.me.customer)
    ways = [
        InTouchShown(
            channel=way.channel,
            state=way.state,
            since_ms=way.since_ms,
            until_ms=way.until_ms,
            agent_name=way.agent_name,
            agent_number=way.agent_number,
            agent_team=way.agent_team,
            case_reference=way.case_reference,
        )
        for way in found.ways
    ]
    return TalkingShown(talking=bool(ways), at_ms=found.at_ms, ways=ways)


async def history(call: Call) -> HistoryShown:
    _must_be_known(call)
    asked = call.request.query.get("before")
    found = await call.services.me.histories.page(
        call.me.customer, _index(asked) if asked is not None else None
    )
    return HistoryShown(
        accesses=[_access(one) for one in found.accesses],
        receipts=[
            OwnReceipt(index=row.index, kind=row.kind.value, at_ms=row.at_ms) for row in found.receipts
        ],
        warnings=[WarningShown(at_ms=one.at_ms, what=one.what) for one in found.warnings],
        before=found.read_from or None,
    )


async def receipt(call: Call) -> web.Response:
    _must_be_known(call)
    index = _index(call.request.match_info["index"])
    kind, content = await call.services.me.histories.file(call.me.customer, index)
    headers = {"Content-Disposition": f'attachment; filename="{kind.value}-{index}.tachiai-receipt"'}
    return web.Response(body=content, content_type="application/json", headers=headers)


async def refuse_staff_browser(call: Call) -> None:
    """Nobody who works here opens a customer's page beside their own. Only in the demo may one browser be both."""
    if call.services.demo is not None:
        return
    found = await call.services.authentication.all_of(call.request, call.now)
    if any(isinstance(principal, StaffPrincipal) for principal in found.values()):
        raise Problem(
            409,
            "staff_browser",
            "Somebody who works here is signed in in this browser. Nothing was opened. Use another browser.",
        )


async def record_refusal(call: Call, refused: EntryRefused) -> None:
    """One by one at first; from a source that fails often, or all together, only counted."""
    often = await call.services.throttles.refused_entry(call.source)
    await call.services.refused_claims.refused_event(refusal(refused, call.now), often=often)


def _must_be_known(call: Call) -> None:
    """By more than the hand-off, where the settings ask for it. Raises Problem."""
    if call.services.me.ask_code and call.me.login.level == "V0":
        raise Problem(
            409,
            "proof_needed",
            "This asks for a code of your authenticator app, or your passkey. Nothing was shown. Use one, then go on.",
        )


def refused_problem() -> Problem:
    return Problem(
        401,
        "entry_refused",
        "This did not open your page. Each way in works once, and only for two minutes. Nothing was changed. Go back "
        "to where you are signed in, and start from there again.",
    )


async def _refuse_other(call: Call, token: str) -> None:
    """Nobody's sign-in is silently replaced by somebody else's. Raises Problem: then the token stays good."""
    found = await call.services.authentication.one_of(call.request, Who.ME, call.now)
    if not isinstance(found, MePrincipal):
        return
    try:
        customer = await call.services.me.door.behind(token)
    except EntryRefused:  # whoever uses it up says so
        return
    if customer.id != found.customer:
        raise Problem(
            409,
            "other_signed_in",
            "Somebody else is signed in on their own page in this browser. Nothing was opened. Sign out there first.",
        )


async def _other_here(call: Call, customer: CustomerId) -> Customer | None:
    """Another customer than this one who is signed in in this browser."""
    found = await call.services.authentication.one_of(call.request, Who.ME, call.now)
    if not isinstance(found, MePrincipal) or found.customer == customer:
        return None
    return await call.services.me.customers.find(found.customer)


async def _end_former(call: Call) -> None:
    former = await call.services.authentication.one_of(call.request, Who.ME, call.now)
    if isinstance(former, MePrincipal):
        await call.services.me.door.end(former.login)


async def shown(call: Call, login: CustomerLogin) -> MeShown:
    """To the customer of this very sign-in. Raises Problem."""
    customer = await call.services.me.customers.find(CustomerId(login.customer))
    if customer is None or customer.gone:
        raise not_signed_in()
    alive = await call.services.me.logins.of_customer(login.customer, call.now)
    return MeShown(
        name=customer.display_name,
        reference=customer.reference,
        way=login.way.value,
        level=login.level,
        level_until_ms=login.level_at_ms + FRESH_MS,
        expires_at_ms=login.expires_at_ms,
        others=sum(one.id != login.id for one in alive),
    )


def _access(one: Access) -> AccessShown:
    who = WhoShown(kind=one.who.kind.value, name=one.who.name, number=one.who.number, team=one.who.team)
    return AccessShown(
        index=one.index,
        at_ms=one.at_ms,
        what=one.what,
        who=who,
        case_reference=one.case,
        field=one.field,
        proof=one.proof,
    )


def _index(named: str) -> int:
    if not (named.isascii() and named.isdigit() and len(named) <= LONGEST_INDEX):
        raise not_found()
    return int(named)
