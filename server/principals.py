"""Who sent a request or sits at a socket, once a cookie has told."""

from dataclasses import dataclass

from session.identity import LoginId, SessionId, StaffId
from support.staff import Staff
from verification.credentials import Door


@dataclass(frozen=True, slots=True)
class StaffPrincipal:
    """`cookie` is the hash of the cookie's token: what a socket ticket is bound to."""

    staff: Staff
    login: LoginId
    door: Door
    cookie: str

    @property
    def id(self) -> StaffId:
        """As the law of a session names them."""
        return StaffId(self.staff.id)


@dataclass(frozen=True, slots=True)
class CustomerPrincipal:
    """A customer is known by the one session whose invitation this browser claimed."""

    session: SessionId
    cookie: str


Principal = StaffPrincipal | CustomerPrincipal
