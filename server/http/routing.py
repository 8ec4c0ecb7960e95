"""What a row of the route table is made of, and what its handler gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec
from aiohttp import web

from server.key_door import KeyPrincipal
from server.principals import CustomerPrincipal, MePrincipal, Principal, StaffPrincipal
from server.problems import not_signed_in
from server.services import Services
from session.model import Session
from support.api_key import Scope
from support.staff import Role
from verification.assurance import Protected


class Who(StrEnum):
    """Who may ask. ANYONE needs no cookie; KEY is another system's API key, and never a cookie. CUSTOMER is whoever
    claimed a session's invitation, ME a customer signed in on their own page. For pages a missing sign-in leads to the
    sign-in page."""

    ANYONE = "anyone"
    CUSTOMER = "customer"
    ME = "me"
    AGENT = "agent"
    OFFICER = "officer"
    KEY = "key"


class Owned(StrEnum):
    """What the path's `{...}` names. The guard loads a session and compares owners; the desk judges a case."""

    SESSION = "session"
    CASE = "case"


class Kind(StrEnum):
    INTERFACE = "interface"
    PAGE = "page"
    FILE = "file"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has passed its guards. `body` is of the route's request type; `session` is the one named in
    the path; `source` is the client's address as throttles count it; `now` is UTC milliseconds."""

    request: web.Request
    services: Services
    principal: Principal | KeyPrincipal | None
    now: int
    source: str
    body: Any = None
    session: Session | None = None

    @property
    def staff(self) -> StaffPrincipal:
        if not isinstance(self.principal, StaffPrincipal):
            raise not_signed_in()
        return self.principal

    @property
    def key(self) -> KeyPrincipal:
        if not isinstance(self.principal, KeyPrincipal):
            raise not_signed_in()
        return self.principal

    @property
    def customer(self) -> CustomerPrincipal:
        if not isinstance(self.principal, CustomerPrincipal):
            raise not_signed_in()
        return self.principal

    @property
    def me(self) -> MePrincipal:
        if not isinstance(self.principal, MePrincipal):
            raise not_signed_in()
        return self.principal


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`answer` is what the handler returns (a struct, or None for no content); pages and files return responses.

    `form`: the body is an HTML form, read by the handler. `demo`: exists only in the demo. `scope`: what a
    KEY must be good for. `roles`: of staff only those. `fresh`: only within five minutes of a proof in this sign-in.
    `by_own_passkey`: and whoever has a passkey, by that: what a stolen password and code open must not grow into more.
    `unproved`: also for staff who must prove again who they are: it gives the proof, or takes something away.
    `own_factor`: the body carries the sender's own code or passkey, so rule zero's look at the names does not apply.
    `also`: other statuses with the same answer. `problems`: the statuses of refusals by the handler itself, beside
    those that its guards give (`route_problems`). `passive`: a page asks for it by itself, so it is no sign that the
    person is there. `assured`: what the handler asks
    `services.assured` for, so that a test can go over all of them.
    """

    method: str
    path: str
    handler: Handler
    who: frozenset[Who]
    summary: str
    kind: Kind = Kind.INTERFACE
    request: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    media: str = "application/json"  # of the answer
    owned: Owned | None = None
    query: tuple[tuple[str, str], ...] = ()  # name and JSON type of what may stand behind the "?"
    chooser: Callable[[Any], Who] | None = None  # where the body says in which role the sender asks
    form: bool = False
    scope: Scope | None = None
    roles: frozenset[Role] | None = None
    fresh: bool = False
    by_own_passkey: bool = False
    unproved: bool = False
    own_factor: bool = False
    also: tuple[int, ...] = ()
    problems: tuple[int, ...] = ()
    assured: frozenset[Protected] = frozenset()
    demo: bool = False
    passive: bool = False

    @property
    def open_to_all(self) -> bool:
        return Who.ANYONE in self.who

    @property
    def keyed(self) -> bool:
        return Who.KEY in self.who


ANYONE: Final = frozenset({Who.ANYONE})
CUSTOMER: Final = frozenset({Who.CUSTOMER})
ME: Final = frozenset({Who.ME})
AGENT: Final = frozenset({Who.AGENT})
OFFICER: Final = frozenset({Who.OFFICER})
KEY: Final = frozenset({Who.KEY})
STAFF: Final = AGENT | OFFICER
SURFACES: Final = frozenset({Protected.TAB, Protected.WINDOW, Protected.SCREEN})
SENSITIVE: Final = frozenset({Protected.SENSITIVE})
SIGNED_IN: Final = CUSTOMER | STAFF
