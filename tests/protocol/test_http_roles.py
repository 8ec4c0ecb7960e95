"""Every route, tried by every role, on own and on foreign objects. The cases are made from the route table itself."""

import json
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from server.http.routes import TABLE
from server.http.routing import Kind, Route, Who
from support.staff import Role
from tests.protocol.crowd import NOBODY, Crowd, People
from tests.protocol.described import check_described
from tests.protocol.server_people import Answered, DeviceKey

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROLES = (NOBODY, Who.CUSTOMER, Who.ME, Who.AGENT, Who.OFFICER)
ONLY_A_FRAME = {"GET /agent/cases/{case}"}  # shows nothing: the record comes by the interface, which judges
ROLE_OF = {Who.AGENT: Role.AGENT, Who.OFFICER: Role.SECURITY}
NO_OBJECT = "ses_AAAAAAAAAAAAAAAAAAAAAA"
NO_ASSERTION = dict.fromkeys(("credential", "client_data", "data", "signature", "user_handle"), "AA")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crowd]:
    async with Crowd(tmp_path_factory.mktemp("crowd")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def people(crowd: Crowd) -> People:
    return await crowd.gathered()


def valid_body(route: Route, role: Who | None, objects: dict[str, str]) -> bytes | None:
    """One that fits, so that nothing but the role and the object can be in the way. A route without one fails."""
    if route.request is None:
        return None
    ticket: dict[Who | None, dict[str, str]] = {
        Who.CUSTOMER: {"purpose": "session"},
        Who.OFFICER: {"purpose": "oversight"},
    }
    body: dict[str, object] = {
        "POST /api/v1/logins": {"door": "agent", "username": "x", "password": "x", "code": "000000"},
        "POST /api/v1/socket-tickets": ticket.get(role, {"session": objects["session"]}),
        "POST /api/v1/cases/{case}/unmaskings": {"field": "email"},
        "POST /api/v1/sessions": {"case": objects["case"]},
        "POST /api/v1/sessions/{session}/badge": {"device_key": DeviceKey().jwk, "signature": "A" * 86},
        "POST /api/v1/sessions/{session}/badge/passkey-options": {"device_key": DeviceKey().jwk},
        "POST /api/v1/help-requests": {"topic": "other", "device_key": DeviceKey().jwk, "language": "en"},
        "POST /api/v1/visits": {"topic": "other", "language": "en"},
        "POST /api/v1/visits/own/session": {"device_key": DeviceKey().jwk},
        "POST /api/v1/visits/{visit}/meeting": {"heard": "K7QX-2M9D"},
        "POST /api/v1/sessions/{session}/invitation/mail": {"token": "A" * 22},
        "POST /api/v1/sessions/{session}/hand-over": {"to": "sta_none"},
        "POST /api/v1/sessions/{session}/meeting": {"heard": "K7QX-2M9D"},
        "POST /api/v1/invitations/claim": {
            "token": "A" * 22,
            "device_key": DeviceKey().jwk,
            "language": "en",
        },
        "POST /api/v1/customer/session/verification": {"code": "000000"},
        "POST /api/v1/sessions/{session}/actions": {"kind": "raise_limit", "summary": "New limit: 5000"},
        "POST /api/v1/actions/shown": {"token": "A" * 22},
        "POST /api/v1/actions/cancelled": {"token": "A" * 22},
        "POST /api/v1/enrolment/claim": {"token": "A" * 22},
        "POST /api/v1/enrolment/password": {"password": "x"},
        "POST /api/v1/enrolment/finish": {"code": "000000"},
        "POST /api/v1/enrolment/passkey": {
            "label": "mine",
            "passkey": {"client_data": "AA", "attestation": "AA"},
        },
        "POST /api/v1/customer/session/verification/passkey": NO_ASSERTION,
        "POST /api/v1/security/flags/{flag}/verdict": {"verdict": "dismissed", "reason": "Agreed work"},
        "POST /api/v1/security/files": {"title": "Night shift"},
        "POST /api/v1/security/files/{file}/items": {"kind": "entry", "named": "0"},
        "POST /api/v1/security/files/{file}/notes": {"text": "Asked the team"},
        "POST /api/v1/security/files/{file}/close": {"finding": "dismissed", "reason": "Agreed work"},
        "POST /api/v1/security/files/{file}/evidence": {"reason": "For the auditor"},
        "POST /api/v1/security/log/exports": {"filters": {}},
        "POST /api/v1/security/log/evidence": {"session": "ses_none", "reason": "why"},
        "POST /api/v1/security/log/references": {"kind": "customer", "reference": "K-30518"},
        "POST /api/v1/staff/me/confirmations": {"code": "000000"},
        "POST /api/v1/security/staff/{staff}/block": {"minutes": 5},
        "POST /api/v1/security/staff/{staff}/proof/waive": {"reason": "Called back"},
        "POST /api/v1/security/staff/{staff}/messages": {"text": "Please call me."},
        "POST /api/v1/logins/passkey-options": {"door": "agent"},
        "POST /api/v1/logins/passkey": {"door": "agent", "passkey": NO_ASSERTION},
        "POST /api/v1/staff/me/confirmations/passkey": {"passkey": NO_ASSERTION},
        "POST /api/v1/staff/me/passkeys": {"label": "x", "passkey": {"client_data": "", "attestation": ""}},
        "POST /api/v1/me/arrivals": {"token": "A" * 22},
        "POST /api/v1/me/logins": {"token": "A" * 22},
        "POST /api/v1/me/passkey/logins": NO_ASSERTION,
        "POST /api/v1/me/passkey/proofs": NO_ASSERTION,
        "POST /api/v1/me/passkeys": {"label": "mine", "passkey": {"client_data": "e30", "attestation": "AA"}},
        "POST /api/v1/me/copies": {"form": "json"},
        "POST /api/v1/me/logins/current/code": {"code": "000000"},
        "POST /api/v1/me/app/resynchronisation": {"first_code": "000000", "second_code": "000000"},
        "POST /api/v1/cases/{case}/contact": {"channel": "phone"},
        "POST /api/v1/cases/{case}/notes": {"text": "Called back, no answer"},
        "POST /api/v1/overrides": {"customer": "K-30518", "reason": "They are being robbed at this moment"},
        "POST /api/v1/provisional-cases": {"customer": "K-30518", "reason": "Asked at the counter"},
        "POST /api/v1/handoffs": {"customer": "K-30518"},
        "POST /api/v1/demo/handoffs": {"customer": "K-30518"},
        "POST /api/v1/demo/enrolments": {"customer": "K-30518"},
        "POST /api/v1/verifications": {"customer": "K-30518", "reason": "A payment"},
        "POST /api/v1/customers": {"reference": "K-1", "name": "Mei Ono"},
        "POST /api/v1/cases": {"reference": "C-1", "customer": "K-30518", "reason": "A question"},
        "POST /api/v1/cancellations": {"token": "A" * 22},
        "POST /api/v1/factor-requests": {
            "kind": "lost",
            "customer": "K-30518",
            "how": "video",
            "filed": "folder 7",
        },
        "POST /api/v1/factor-requests/{request}/vouch": {"how": "video", "filed": "folder 7"},
        "POST /api/v1/customer/session/consent": {"document": "{}", "signature": "A" * 86},
    }
    encoded = json.dumps(body[named(route)]).encode()
    msgspec.json.decode(encoded, type=route.request)
    return encoded


async def ask(people: People, role: Who | None, route: Route, objects: dict[str, str]) -> Answered:
    browser = people.browsers[role]
    path = (
        route.path.replace("{path:.+}", objects["path"])
        .replace("{tile:.+}", "entries/000")
        .replace("{reference}", "K-30518")
        .replace("{reset}", NO_OBJECT)
        .replace("{action}", NO_OBJECT)
        .replace("{request}", NO_OBJECT)
        .replace("{verification}", NO_OBJECT)
        .replace("{erasure}", NO_OBJECT)
        .replace("{login}", NO_OBJECT)
        .replace("{report}", "report-20260101T000000Z-1")
        .replace("{index}", "0")
        .replace("{passkey}", NO_OBJECT)
        .replace("{staff}", NO_OBJECT)
        .replace("{device}", NO_OBJECT)
        .replace("{flag}", "0")
        .replace("{lift}", NO_OBJECT)
        .replace("{visit}", NO_OBJECT)
        .replace("{file}", NO_OBJECT)
        .replace("{message}", NO_OBJECT)
    )
    for name in ("session", "case"):
        path = path.replace("{" + name + "}", objects[name])
    if route.method == "GET":
        return await browser.page(path)
    if route.form:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await browser.ask("POST", path, raw=b"x=1", headers=form)
    body = valid_body(route, role, objects)
    async with browser.session.request(
        route.method,
        browser.stand.url + path,
        data=body,
        headers={"Origin": browser.stand.url, **({"Content-Type": "application/json"} if body else {})},
        allow_redirects=False,
    ) as response:
        check_described(route.method, path, response.status)
        return Answered(response.status, await response.read(), response.headers)


def turned_away(route: Route, answer: Answered) -> bool:
    """Did a guard keep this request from its handler, by role?"""
    if route.kind is Kind.PAGE:
        return answer.status in {303, 403} and (
            answer.status == 403 or "sign-in" in answer.headers["Location"]
        )
    return answer.status in {401, 403} or (answer.status == 422 and b'"code_refused"' in answer.body)


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


# Those for some roles of a door: test_http_staff_desk.
BY_DOOR = [route for route in TABLE if not route.open_to_all and route.roles is None]


@pytest.mark.parametrize("route", BY_DOOR, ids=named)
async def test_only_the_roles_of_the_table_pass_the_guard(people: People, route: Route) -> None:
    for role in sorted(
        ROLES, key=lambda role: role in route.who
    ):  # those who may do it last: it may end things
        admitted = role in route.who and (route.roles is None or ROLE_OF.get(role) in route.roles)
        if not admitted:
            answer = await ask(people, role, route, people.foreign)
            assert turned_away(route, answer), (role, answer.status)
        answer = await ask(people, role, route, people.own)
        assert answer.status < 500, (role, answer)
        assert turned_away(route, answer) != admitted, (role, answer.status)


@pytest.mark.parametrize("route", [route for route in TABLE if route.open_to_all], ids=named)
async def test_what_is_open_to_all_never_fails(people: People, route: Route) -> None:
    for role in ROLES:
        answer = await ask(people, role, route, people.own)
        assert answer.status < 500, (role, answer)


OWNED = [
    route
    for route in TABLE
    if Who.AGENT in route.who
    and (route.owned is not None or named(route) in {"POST /api/v1/sessions", "POST /api/v1/socket-tickets"})
]


@pytest.mark.parametrize("route", OWNED, ids=named)
async def test_an_object_of_others_and_one_that_is_not_there_look_alike(people: People, route: Route) -> None:
    unknown_objects = {"session": NO_OBJECT, "case": "cas_" + NO_OBJECT[4:], "path": ""}
    foreign = await ask(people, Who.AGENT, route, people.foreign)
    unknown = await ask(people, Who.AGENT, route, unknown_objects)
    assert foreign.status == unknown.status == (200 if named(route) in ONLY_A_FRAME else 404)
    assert foreign.body == unknown.body
    own = await ask(people, Who.AGENT, route, people.own)
    assert own.status != 404


async def test_an_officer_reaches_every_session_and_no_case(people: People) -> None:
    officer = people.browsers[Who.OFFICER]
    for objects in (people.foreign, people.own):
        answer = await officer.ask("POST", f"/security/sessions/{objects['session']}/end")
        assert answer.status == 204
        assert (await officer.ask("GET", f"/cases/{objects['case']}")).status == 403


async def test_a_look_at_a_foreign_case_is_refused_and_recorded(people: People) -> None:
    answer = await people.browsers[Who.AGENT].ask("GET", f"/cases/{people.foreign['case']}")
    assert answer.status == 404
    refused = [event for event in await people.stand.events() if event.name == "agent:case:refused"]
    assert [event.facts["reason"] for event in refused] == ["not_assigned"]


async def test_a_record_is_masked_and_each_unmasked_field_is_an_entry(people: People) -> None:
    agent = people.browsers[Who.AGENT]
    record = await agent.ask("GET", f"/cases/{people.own['case']}")
    assert "example.com" not in json.dumps(record.body)
    shown = await agent.ask("POST", f"/cases/{people.own['case']}/unmaskings", {"field": "email"})
    assert shown.body["value"] == "haruto.sato@example.com"
    names = [event.name for event in await people.stand.events()]
    assert "agent:case:viewed" in names
    assert "agent:field:unmasked" in names


async def test_one_agents_ticket_is_not_for_anothers_session(people: People) -> None:
    answer = await people.browsers[Who.AGENT].ask(
        "POST", "/socket-tickets", {"session": people.foreign["session"]}
    )
    assert answer.status == 404
