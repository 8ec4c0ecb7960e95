"""From cookies to principals. One request may carry several: in the demo three roles share two windows."""

from typing import Final

from aiohttp import web

from server.http.cookies import Cookies
from server.http.routing import Who
from server.principals import CustomerPrincipal, Principal, StaffPrincipal
from server.storage.customer_cookies import CustomerCookies, cookie_hash
from session.identity import LoginId
from support.identity import StaffId
from support.ports import StaffStore
from verification.credentials import Door
from verification.login import LoginRegistry

_DOORS: Final = {Who.AGENT: Door.AGENT, Who.OFFICER: Door.SECURITY}


class Authentication:
    def __init__(
        self, cookies: Cookies, logins: LoginRegistry, staff: StaffStore, customers: CustomerCookies
    ) -> None:
        self._cookies, self._logins, self._staff, self._customers = cookies, logins, staff, customers

    async def all_of(self, request: web.Request, now: int) -> dict[Who, Principal]:
        """Everybody this request may speak for. A cookie that opens nothing counts as none."""
        found: dict[Who, Principal] = {}
        for who in (Who.AGENT, Who.OFFICER, Who.CUSTOMER):
            principal = await self.one_of(request, who, now)
            if principal is not None:
                found[who] = principal
        return found

    async def one_of(self, request: web.Request, who: Who, now: int) -> Principal | None:
        token = self._cookies.token(request, who)
        if token is None:
            return None
        if who is Who.CUSTOMER:
            return await self._customer(token, now)
        return await self._staff_member(token, _DOORS[who], now)

    async def _customer(self, token: str, now: int) -> CustomerPrincipal | None:
        session = await self._customers.session_of(token, now)
        return CustomerPrincipal(session, cookie_hash(token)) if session is not None else None

    async def _staff_member(self, token: str, door: Door, now: int) -> StaffPrincipal | None:
        login = await self._logins.find(token, now)
        if login is None or login.door is not door:
            return None
        staff = await self._staff.find(StaffId(login.staff))
        if staff is None or staff.blocked(now):
            return None
        return StaffPrincipal(staff, LoginId(login.id), door, login.token_hash)
