"""Who may touch whom: every route of the staff pages by every role, on oneself, on others, on people of other teams."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.http.routes import TABLE
from server.http.routing import Route
from session.identity import SessionId
from support.staff import Role
from tests.protocol.administration_ways import add_officer
from tests.protocol.server_people import Answered, Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id
from verification.login import FRESH_FOR_MS

DOORS = {Role.AGENT: "agent", Role.SUPERVISOR: "agent", Role.SECURITY: "security", Role.ADMIN: "security"}
NAMES = {Role.AGENT: "agent", Role.SUPERVISOR: "agent2", Role.SECURITY: "officer2", Role.ADMIN: "officer"}
NOBODY = "sta_" + "A" * 22
INVITED = {
    "username": "dora",
    "name": "Dora Lind",
    "number": "A-120",
    "team": "Customer help",
    "role": "agent",
}
WHY = {"reason": "It was agreed work"}
BODIES: dict[str, dict[str, Any] | None] = {
    "POST /api/v1/security/staff": INVITED,
    "POST /api/v1/security/staff/{staff}/change": {"role": "agent", "team": "Customer help"},
    "POST /api/v1/security/staff/{staff}/block": {"minutes": 5},
    "POST /api/v1/security/staff/{staff}/unblock": WHY,
}


@dataclass(slots=True)
class Place:
    """A member of each role, signed in."""

    server: Stand
    browsers: dict[Role, Browser]
    ids: dict[Role, str]

    async def ask(self, role: Role, route: Route, named: str) -> Answered:
        path = re.sub(r"\{\w+\}", named, route.path)
        if route.method == "GET":
            return await self.browsers[role].page(path)
        body = BODIES.get(f"{route.method} {route.path}")
        return await self.browsers[role].ask("POST", path.removeprefix("/api/v1"), body)

    async def post(self, role: Role, path: str, body: dict[str, Any] | None = None) -> Answered:
        return await self.browsers[role].ask("POST", path, body)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(stand(tmp_path))
        await add_officer(server, "officer2", "S-013")
        browsers = {role: await stack.enter_async_context(Browser(server)) for role in NAMES}
        for role, browser in browsers.items():
            answer = await browser.sign_in(NAMES[role], DOORS[role])
            assert (answer.status, answer.body["staff"]["role"]) == (201, role.value)
        ids = {role: str(await staff_id(server, name)) for role, name in NAMES.items()}
        yield Place(server, browsers, ids)


async def test_a_route_for_some_roles_refuses_all_others_whoever_it_is_about(place: Place) -> None:
    for route in (route for route in TABLE if route.roles is not None):
        assert route.roles is not None
        for role in sorted(NAMES, key=lambda role: role in (route.roles or ())):
            for named in (NOBODY, place.ids[role]):
                answer = await place.ask(role, route, named)
                assert (answer.status in {401, 403, 303}) == (role not in route.roles), (
                    route.path,
                    role,
                    answer,
                )


async def test_an_admin_invites_and_a_second_officer_approves_another_officer(place: Place) -> None:
    given = await place.post(Role.ADMIN, "/security/staff", INVITED)
    assert given.status == 201
    assert given.body["url"].startswith(f"{place.server.url}/enrol#")
    officer = {**INVITED, "username": "dai", "number": "S-020", "role": "security"}
    waits = await place.post(Role.ADMIN, "/security/staff", officer)
    assert (waits.status, waits.body["url"]) == (201, None)
    (shown,) = (await place.browsers[Role.ADMIN].ask("GET", "/security/approvals")).body
    assert (shown["mine"], shown["requested_by"]) == ("twice", "Chie Tanaka (S-012)")
    approved = await place.post(Role.SECURITY, f"/security/approvals/{shown['id']}/approve")
    assert approved.body["url"].startswith(f"{place.server.url}/enrol#")
    for wrong in ({"username": "agent"}, {"username": "Dora!"}, {"username": "eve"}):
        refused = await place.post(Role.ADMIN, "/security/staff", {**INVITED, **wrong})
        assert refused.status in {409, 422}, wrong
    events = await place.server.events()
    outcomes = [event.outcome for event in events if event.name is EventName.OFFICER_STAFF_INVITED]
    told = sorted(one for one in outcomes if one is not Outcome.INTENT)
    assert told == [Outcome.DONE, Outcome.DONE, Outcome.FAILED]  # "eve", whose number is taken


async def test_who_is_blocked_from_a_page_goes_dark_and_only_an_admin_lifts_it(place: Place) -> None:
    server, agent = place.server, place.ids[Role.AGENT]
    async with in_sharing(server) as share:
        assert (
            await place.post(Role.SECURITY, f"/security/staff/{agent}/block", {"minutes": None})
        ).status == 204
        assert not server.gate.forwarding(SessionId(share.session))
        await share.customer_socket.view("ended")
        assert (await share.agent.ask("GET", "/staff/me")).status == 401
    assert (await share.agent.stand.foundation.stores.staff_roll.of_username("agent")) is not None
    shown = (await place.browsers[Role.ADMIN].ask("GET", "/security/staff")).body
    assert next(one["state"] for one in shown if one["id"] == agent) == "disabled"
    assert (await place.post(Role.SECURITY, f"/security/staff/{agent}/unblock", WHY)).status == 403
    for missing in (
        {},
        None,
        {"reason": ""},
        {"reason": " "},
        {"reason": "two\nlines"},
        {"reason": "x" * 201},
    ):
        assert (await place.post(Role.ADMIN, f"/security/staff/{agent}/unblock", missing)).status in {
            400,
            415,
            422,
        }
    assert (await place.post(Role.ADMIN, f"/security/staff/{agent}/unblock", WHY)).status == 200
    lifted = (await server.recorded(EventName.OFFICER_STAFF_ENABLED))[0]
    assert lifted.facts == {"staff": agent, "reason": "It was agreed work"}
    async with Browser(server) as browser:
        assert (await browser.sign_in("agent")).status == 201
    own = place.ids[Role.SECURITY]
    assert (await place.post(Role.SECURITY, f"/security/staff/{own}/block", {"minutes": 5})).body[
        "code"
    ] == "yourself"


async def test_a_supervisor_asks_for_agents_of_their_own_team_and_for_nobody_else(place: Place) -> None:
    seen = (await place.browsers[Role.SUPERVISOR].ask("GET", "/team")).body
    assert [one["id"] for one in seen] == [place.ids[Role.AGENT]]
    for role in (Role.SUPERVISOR, Role.SECURITY, Role.ADMIN):
        assert (await place.post(Role.SUPERVISOR, f"/team/{place.ids[role]}/reset")).status == 404
    assert (await place.post(Role.SUPERVISOR, f"/team/{place.ids[Role.AGENT]}/reset")).status == 204
    waiting = (await place.browsers[Role.SECURITY].ask("GET", "/security/approvals")).body
    assert [one["requested_by"] for one in waiting] == ["Ben Carter (A-117)"]
    moved = {"role": "agent", "team": "Another team"}
    assert (await place.post(Role.ADMIN, f"/security/staff/{place.ids[Role.AGENT]}/change", moved)).body == {
        "ended": 1
    }
    assert (await place.post(Role.SUPERVISOR, f"/team/{place.ids[Role.AGENT]}/reset")).status == 404


async def test_a_changed_role_ends_the_sign_ins_and_makes_no_officer(place: Place) -> None:
    agent = place.ids[Role.AGENT]
    promoted = {"role": "supervisor", "team": "Customer help"}
    way = f"/security/staff/{agent}/change"
    assert (await place.post(Role.ADMIN, way, promoted)).body == {"ended": 1}
    assert (await place.browsers[Role.AGENT].ask("GET", "/staff/me")).status == 401
    await place.browsers[Role.AGENT].sign_in("agent")
    assert (await place.browsers[Role.AGENT].ask("GET", "/team")).status == 200
    assert (await place.post(Role.ADMIN, way, promoted)).body == {"ended": 0}  # as they are: nothing ends
    assert (await place.browsers[Role.AGENT].ask("GET", "/team")).status == 200
    changed = await place.server.recorded(EventName.OFFICER_STAFF_CHANGED)
    assert [(one.outcome, dict(one.facts)) for one in changed] == [
        (
            Outcome.INTENT,
            {"staff": agent, "role": "supervisor", "former_role": "agent", "other_team": False},
        ),
        (Outcome.DONE, {}),
    ]
    officer = {"role": "security", "team": "Security"}
    assert (await place.post(Role.ADMIN, f"/security/staff/{agent}/change", officer)).status == 422
    other = place.ids[Role.SECURITY]
    assert (await place.post(Role.ADMIN, f"/security/staff/{other}/change", promoted)).body[
        "code"
    ] == "role_fixed"


async def test_of_two_changes_at_once_one_is_made_and_the_other_is_told(place: Place) -> None:
    way = f"/security/staff/{place.ids[Role.AGENT]}/change"
    teams = [{"role": "agent", "team": f"Team {number}"} for number in range(8)]
    answers = await asyncio.gather(*(place.post(Role.ADMIN, way, team) for team in teams))
    assert {answer.status for answer in answers} <= {200, 409}
    assert {answer.body["code"] for answer in answers if answer.status == 409} <= {"changed_meanwhile"}
    shown = (await place.browsers[Role.ADMIN].ask("GET", "/security/staff")).body
    team = next(one["team"] for one in shown if one["id"] == place.ids[Role.AGENT])
    made = [body["team"] for body, answer in zip(teams, answers, strict=True) if answer.status == 200]
    assert team in made
    outcomes = [one.outcome for one in await place.server.recorded(EventName.OFFICER_STAFF_CHANGED)]
    assert outcomes.count(Outcome.DONE) == len(made)
    assert outcomes.count(Outcome.INTENT) == len(made) + outcomes.count(Outcome.FAILED)


async def test_signing_somebody_out_needs_no_proof_and_whatever_gives_does(place: Place) -> None:
    place.server.clock.shift_ms += FRESH_FOR_MS
    agent = place.ids[Role.AGENT]
    ended = await place.post(Role.SECURITY, f"/security/staff/{agent}/sign-out")
    assert (ended.status, ended.body) == (200, {"ended": 1})
    for path, body in ((f"/{agent}/block", {"minutes": 5}), (f"/{agent}/unblock", WHY), ("", INVITED)):
        refused = await place.post(Role.ADMIN, f"/security/staff{path}", body)
        assert refused.body["code"] == "step_up_required", path
    assert await place.server.recorded(EventName.OFFICER_LOGINS_ENDED)
