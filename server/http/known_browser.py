"""The cookie of a browser in which a customer was verified: given by whatever route verified them."""

from typing import Final

import structlog
from aiohttp import web

from audit.event import Fact
from audit.ports import LogUnavailable
from server.http.routing import Call
from session.model import Session
from session.ports import StoreUnavailable
from support.identity import CustomerId
from verification.known_device import KnownDevice

_log: Final = structlog.get_logger("known-browser")


async def known_here(call: Call, customer: str) -> KnownDevice | None:
    """The browser that asks, if this customer was verified in it before."""
    cookie = call.services.pages.cookies.device(call.request)
    return await call.services.factors.devices.known(cookie, customer, call.now)


async def remember(
    call: Call, session: Session, known: KnownDevice | None, response: web.StreamResponse
) -> None:
    """After a verification of level V1 or more in this session; `known`: this browser, if it was known before. Without
    it nothing is lost but a counter of their own: so what cannot be recorded now is left out, and the verification
    stands."""
    services, found = call.services, session.verification
    if found is None:
        return
    cookies = services.pages.cookies
    facts: dict[str, Fact] = {"session": session.id, "method": found.method, "level": found.level.value}
    try:
        token = await services.factors.devices.remember(CustomerId(session.customer), known, facts, call.now)
    except (LogUnavailable, StoreUnavailable):
        _log.warning("a browser was not remembered")
        return
    if token is not None:
        cookies.give_device(response, token)
