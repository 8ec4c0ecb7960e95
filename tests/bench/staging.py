"""Sessions of a bench, put into a server of this process by the events that the pages' requests lead to."""

import asyncio
import json
import sys
from dataclasses import dataclass

from server.identity import new_id
from server.storage.claims import Claims
from session.events import BadgeAccepted, BadgeShown, InvitationClaimed
from session.identity import CaseId, CustomerId, DeviceId, LoginId, SessionId, StaffId
from session.invitation import Invitation
from session.model import Device, Purpose, Session
from support import identity
from support.case import Case, CaseState, Origin
from support.customer import Customer
from support.staff import Role, Staff
from tests.protocol.server_people import DeviceKey
from tests.protocol.server_stand import Stand
from verification.credentials import NO_PASSWORD, Door


@dataclass(frozen=True, slots=True)
class AtWork:
    """An agent who is signed in. `cookie` is a request's."""

    id: identity.StaffId
    login: LoginId
    cookie: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A session in which the customer's page waits for a proof. `cookie` is the customer's."""

    session: SessionId
    customer: identity.CustomerId
    device: Device
    cookie: str


async def at_work(server: Stand, number: int) -> AtWork:
    agent = identity.StaffId(new_id("sta"))
    named = Staff(agent, f"bench{number}", f"Agent {number}", f"B-{number:03d}", "Bench", Role.AGENT)
    await server.foundation.stores.staff.add(named, NO_PASSWORD)
    login, token = await server.composed.services.logins.start(agent, Door.AGENT, server.clock.now_ms())
    return AtWork(agent, LoginId(login.id), f"tachiai-agent={token}")


async def claimed(server: Stand, agent: AtWork, number: int) -> Claimed:
    """Opened, claimed, and the badge accepted."""
    now, stores, services = server.clock.now_ms(), server.foundation.stores, server.composed.services
    customer, case = identity.CustomerId(new_id("cus")), identity.CaseId(new_id("cas"))
    await stores.customers.add(Customer(customer, f"B-{number}", f"Customer {number}", (), now))
    await stores.cases.add(
        Case(case, f"BC-{number}", customer, Origin.CUSTOMER, "Bench", agent.id, CaseState.OPEN, now)
    )
    session = Session(
        id=SessionId(new_id("ses")),
        case=CaseId(case),
        customer=CustomerId(customer),
        agent=StaffId(agent.id),
        agent_login=agent.login,
        purpose=Purpose.SHARE,
        opened_at=now,
        invitation_expires_at=now + 600_000,
    )
    await services.circumstances.follow(session.case)
    await services.conductor.open(session)
    device = Device(DeviceId(new_id("dev")), DeviceKey().jwk)
    hashes = (f"{2 * number:064x}", f"{2 * number + 1:064x}")
    await stores.invitations.add(Invitation(session.id, *hashes, now, session.invitation_expires_at))
    cookie = await Claims(server.foundation.database).reserve(session.id, device.id, now)
    for event in (InvitationClaimed(device), BadgeShown(), BadgeAccepted()):
        await services.conductor.apply(session.id, event)
    return Claimed(session.id, customer, device, f"tachiai-customer={cookie}")


async def standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


def say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
