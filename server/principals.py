"""Who sent a request or sits at a socket, once a cookie has told."""

from dataclasses import dataclass

from session.identity import LoginId, SessionId, StaffId
from support.identity import CustomerId
from support.staff import Staff
from verification.credentials import Door
from verification.customer_login import CustomerLogin


@dataclass(frozen=True, slots=True)
class StaffPrincipal:
    """`cookie` is the hash of the cookie's token: what a socket ticket is bound to. `fresh`: they proved who they are
    within the last minutes, in this login; `by_passkey`: the last time by one. `must_prove`: it is demanded anew, and
    until then they get nothing."""

    staff: Staff
    login: LoginId
    door: Door
    cookie: str
    fresh: bool
    by_passkey: bool = False
    must_prove: bool = False

    @property
    def id(self) -> StaffId:
        """As the law of a session names them."""
        return StaffId(self.staff.id)


@dataclass(frozen=True, slots=True)
class CustomerPrincipal:
    """A customer is known by the one session whose invitation this browser claimed."""

    session: SessionId
    cookie: str


@dataclass(frozen=True, slots=True)
class MePrincipal:
    """A customer who is signed in on their own page."""

    login: CustomerLogin

    @property
    def customer(self) -> CustomerId:
        return CustomerId(self.login.customer)

    @property
    def cookie(self) -> str:
        return self.login.token_hash


Principal = StaffPrincipal | CustomerPrincipal | MePrincipal
