"""What other systems ask for by API key. Sending the same again changes nothing and answers 200 with the same id."""

from aiohttp import web

from server.http.guard import json_response
from server.http.key_shapes import (
    AddCustomer,
    EnrolmentLink,
    HandOff,
    HandoffGiven,
    OpenCaseFor,
    TakenIn,
)
from server.http.routing import Call


async def add_customer(call: Call) -> web.Response:
    body: AddCustomer = call.body
    extra = [(field.name, field.kind, field.value) for field in body.fields]
    customer, is_new = await call.services.other_systems.add_customer(
        body.reference, body.name, body.email, body.phone, extra, call.key.actor
    )
    return json_response(TakenIn(id=customer.id, reference=customer.reference), 201 if is_new else 200)


async def open_case(call: Call) -> web.Response:
    body: OpenCaseFor = call.body
    case, is_new = await call.services.other_systems.open_case(
        body.reference, body.customer, body.reason, body.agent, call.key.actor
    )
    return json_response(TakenIn(id=case.id, reference=case.reference), 201 if is_new else 200)


async def enrol_customer(call: Call) -> EnrolmentLink:
    link = await call.services.other_systems.enrolment(call.request.match_info["reference"], call.key.actor)
    return EnrolmentLink(url=link.url, expires_at_ms=link.expires_at_ms)


async def hand_off(call: Call) -> HandoffGiven:
    body: HandOff = call.body
    given = await call.services.me.door.mint(body.customer, call.key.actor)
    return HandoffGiven(url=given.url, expires_at_ms=given.expires_at_ms)
