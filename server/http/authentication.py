"""From cookies to principals. One request may carry several: in the demo three roles share two windows."""

from typing import Final

from aiohttp import web

from server.http.cookies import Cookies
from server.http.routing import Who
from server.principals import CustomerPrincipal, MePrincipal, Principal, StaffPrincipal
from server.storage.customer_cookies import CustomerCookies, cookie_hash
from server.storage.staff import DOORS
from session.identity import LoginId
from support.identity import StaffId
from support.ports import StaffStore
from verification.credentials import Door
from verification.customer_login import CustomerLogins
from verification.login import LoginRegistry

_DOORS: Final = {Who.AGENT: Door.AGENT, Who.OFFICER: Door.SECURITY}


class Authentication:
    def __init__(
        self,
        cookies: Cookies,
        logins: LoginRegistry,
        staff: StaffStore,
        customers: CustomerCookies,
        own_pages: CustomerLogins,
    ) -> None:
        self._cookies, self._logins, self._staff, self._customers = cookies, logins, staff, customers
        self._own_pages = own_pages

    async def all_of(self, request: web.Request, now: int, *, seen: bool = True) -> dict[Who, Principal]:
        """Everybody this request may speak for. A cookie that opens nothing counts as none. Not `seen`: a page asks by
        itself, so no member of staff counts as having been there."""
        found: dict[Who, Principal] = {}
        for who in (Who.AGENT, Who.OFFICER, Who.CUSTOMER, Who.ME):
            principal = await self.one_of(request, who, now, seen=seen)
            if principal is not None:
                found[who] = principal
        return found

    async def one_of(
        self, request: web.Request, who: Who, now: int, *, seen: bool = True
    ) -> Principal | None:
        token = self._cookies.token(request, who)
        if token is None:
            return None
        if who is Who.CUSTOMER:
            return await self._customer(token, now)
        if who is Who.ME:
            return await self._me(token, now)
        return await self._staff_member(token, _DOORS[who], now, seen=seen)

    async def _customer(self, token: str, now: int) -> CustomerPrincipal | None:
        session = await self._customers.session_of(token, now)
        return CustomerPrincipal(session, cookie_hash(token)) if session is not None else None

    async def _me(self, token: str, now: int) -> MePrincipal | None:
        login = await self._own_pages.find(token, now)
        return MePrincipal(login) if login is not None else None

    async def _staff_member(self, token: str, door: Door, now: int, *, seen: bool) -> StaffPrincipal | None:
        login = await self._logins.find(token, now, seen=seen)
        if login is None or login.door is not door:
            return None
        staff = await self._staff.find(StaffId(login.staff))
        if staff is None or staff.blocked(now) or door not in DOORS[staff.role]:
            return None
        return StaffPrincipal(
            staff,
            LoginId(login.id),
            door,
            login.token_hash,
            login.fresh(now),
            login.by_passkey,
            must_prove=staff.must_prove is not None,
        )
