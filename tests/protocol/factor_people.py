"""Supervisors and officers who decide about customers' factors, and the mails that their customer gets."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.demo_accounts import Account
from server.identity import new_id
from server.keys import open_or_create
from server.outbox.message import Mail, mail_of
from support.factor_request import SHORTEST_HOLD_MS
from support.identity import CaseId, StaffId
from support.staff import Role, Staff
from tests.protocol.administration_ways import add_officer
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import PASSWORDS, Stand, stand
from tests.protocol.stand_template import CHEAP
from verification import totp
from verification.authenticator import Authenticator
from verification.passwords import Passwords
from verification.sealing import SealContext

CUSTOMER = "K-30518"
NAMES = ("mei", "officer", "officer2")
_LINK = re.compile(r"/cancel#([A-Za-z0-9_-]{22})")


class Decider(Browser):
    """A supervisor or an officer at their page."""

    door = "agent"

    async def waiting(self) -> list[dict[str, Any]]:
        return list((await self.ask("GET", f"/factor-requests?door={self.door}")).body)

    async def asks(self, kind: str = "lost", customer: str = CUSTOMER, how: str = "in_person") -> Answered:
        body = {"kind": kind, "customer": customer, "how": how, "filed": "branch 12, folder 7"}
        return await self.ask("POST", f"/factor-requests?door={self.door}", body)

    async def vouches(self, request: str, how: str = "known_number") -> Answered:
        body = {"how": how, "filed": "call 4471"}
        return await self.ask("POST", f"/factor-requests/{request}/vouch?door={self.door}", body)

    async def carries_out(self, request: str) -> Answered:
        return await self.ask("POST", f"/factor-requests/{request}/carry-out?door={self.door}")

    async def refuses(self, request: str) -> Answered:
        return await self.ask("POST", f"/factor-requests/{request}/refuse?door={self.door}")


@dataclass(slots=True)
class Desk:
    """A server with a supervisor and two officers, each signed in."""

    stand: Stand
    people: list[Decider]

    async def sign_in(self) -> None:
        """Anew: sign-ins are over after the wait, and what is sensitive asks for a fresh one."""
        for person, username in zip(self.people, NAMES, strict=True):
            assert (await person.sign_in(username, person.door)).status == 201

    async def wait(self, milliseconds: int = SHORTEST_HOLD_MS) -> None:
        self.stand.clock.shift_ms += milliseconds
        case = CaseId(await self.stand.case_of("C-2041"))
        await self.stand.foundation.stores.cases.record_activity(case, self.stand.clock.now_ms())
        await self.sign_in()

    async def held(self, kind: str = "lost") -> str:
        made = await self.people[0].asks(kind)
        assert made.status == 201, made.body
        request = str(made.body["id"])
        assert (await self.people[1].vouches(request)).status == 200
        return request


@asynccontextmanager
async def desk_in(folder: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(stand(folder))
        await add_supervisor(server, "mei", "A-300")
        await add_officer(server, "officer2", "S-013")
        people = [await stack.enter_async_context(Decider(server)) for _ in NAMES]
        for officer in people[1:]:
            officer.door = "security"
        made = Desk(server, people)
        await made.sign_in()
        yield made


async def add_supervisor(server: Stand, username: str, number: str) -> None:
    """One more who can sign in at the agents' door."""
    stores, named = server.foundation.stores, new_id("aut")
    staff = Staff(StaffId(new_id("sta")), username, username.title(), number, "Help", Role.SUPERVISOR)
    passwords = Passwords(CHEAP, threads=1)
    try:
        await stores.staff.add(staff, await passwords.hashed(PASSWORDS["officer"]))
    finally:
        passwords.close()
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    keyring = open_or_create(server.foundation.log_folder.parent / "keys").authenticators.keyring()
    sealed = keyring.seal(secret, SealContext(staff.id, named, 1))
    await stores.authenticators.add(Authenticator(id=named, owner=staff.id, version=1, sealed=sealed))
    server.accounts[username] = Account(
        "agent", staff.name, secret, username=username, password=PASSWORDS["officer"]
    )


async def mails(server: Stand, about: str) -> list[Mail]:
    """All that were queued about this, the first one first."""
    kept = [one.message for one in await server.foundation.stores.outbox.latest(readable=True)]
    return [mail_of(one.body) for one in reversed(kept) if one.about == about]


def cancel_token(mail: Mail) -> str:
    found = _LINK.search(mail.text)
    assert found is not None, mail.text
    return found[1]


async def cancels(server: Stand, token: str) -> str:
    async with Browser(server) as anybody:
        return str((await anybody.ask("POST", "/cancellations", {"token": token})).body["outcome"])
