"""Newcomers with an enrolment link: what the page sends, sent by hand."""

import base64
from urllib.parse import parse_qs, urlsplit

from audit.event import Actor, ActorKind
from server.enrolments import Enrolments, IssuedLink
from server.storage.staff import SqlStaffStore
from support.identity import CustomerId, StaffId
from support.staff import Role, Staff
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand
from verification import totp
from verification.credentials import NO_PASSWORD
from verification.enrolment import Subject, SubjectKind

OPERATOR = Actor(ActorKind.OPERATOR, "host:root")
PASSWORD = "seven quiet herons over slate"
NEW_AGENT = Staff(
    id=StaffId("sta_" + "N" * 22),
    username="rin",
    name="Rin Abe",
    number="A-200",
    team="Help",
    role=Role.AGENT,
)


class Newcomer(Browser):
    """One browser with a link. `secret` is what its authenticator app took, `taken` every secret that was shown."""

    secret = b""

    async def claim(self, link: IssuedLink) -> Answered:
        """As a browser does: the page first, and with it the cookie."""
        await self.page("/enrol")
        return await self.ask("POST", "/enrolment/claim", {"token": token_of(link)})

    async def choose(self, password: str = PASSWORD) -> Answered:
        return await self.ask("POST", "/enrolment/password", {"password": password})

    async def scan(self) -> Answered:
        answer = await self.ask("POST", "/enrolment/secret")
        if answer.status == 200:
            key = parse_qs(urlsplit(answer.body["uri"]).query)["secret"][0]
            assert key == answer.body["key"]
            self.secret = base64.b32decode(key)
        return answer

    async def confirm(self, *, moved: int = 0) -> Answered:
        return await self.send_code(self.code(moved))

    async def send_code(self, code: str) -> Answered:
        return await self.ask("POST", "/enrolment/finish", {"code": code})

    async def enter(
        self, *, username: str = NEW_AGENT.username, password: str = PASSWORD, code: str
    ) -> Answered:
        body = {"door": "agent", "username": username, "password": password, "code": code}
        return await self.ask("POST", "/logins", body)

    def code(self, moved: int = 0) -> str:
        return totp.code_at(self.secret, totp.step_at(self.stand.clock.now_ms()) + moved)

    def wrong_code(self) -> str:
        near = {self.code(moved) for moved in range(-5, 6)}
        return next(code for code in (f"{number:06d}" for number in range(20)) if code not in near)

    def next_code(self) -> str:
        self.stand.clock.shift_ms += totp.STEP_MS
        return self.code()


def token_of(link: IssuedLink) -> str:
    return urlsplit(link.url).fragment


async def hire(stand: Stand, staff: Staff = NEW_AGENT) -> Subject:
    store = stand.foundation.stores.staff
    assert isinstance(store, SqlStaffStore)
    await store.add(staff, NO_PASSWORD)
    return Subject(SubjectKind.STAFF, staff.id)


async def customer_of(stand: Stand, reference: str = "C-2041") -> Subject:
    cases = stand.foundation.stores.cases
    case = await cases.find(await stand.case_of(reference))  # type: ignore[arg-type]
    assert case is not None
    return Subject(SubjectKind.CUSTOMER, CustomerId(case.customer))


async def link_for(stand: Stand, subject: Subject) -> IssuedLink:
    enrolments = Enrolments(stand.foundation.stores.enrolments, stand.log, stand.url)
    return await enrolments.issue(subject, by=OPERATOR, now=stand.clock.now_ms())
