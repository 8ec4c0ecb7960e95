"""Is it alive, is it ready, whom to tell of a weakness, and the description of the interface."""

import datetime
from typing import Final, Literal

from aiohttp import web

from server.http.guard import json_response
from server.http.routing import Call
from server.http.shapes import Health
from server.problems import not_found

_SECURITY_TXT_LIFE_DAYS = 180
_OTHER_HISTORY: Final = "A witness says that it has signed another history of the audit log. Tell security."


async def alive(_call: Call) -> Health:
    """The process answers; nothing more."""
    return Health(status="ok", reasons=[])


async def ready(call: Call) -> web.StreamResponse:
    """200 while new sessions may be opened here, else 503 with the reasons."""
    health = call.services.health
    if health.draining:
        return json_response(Health(status="draining", reasons=["The server is stopping."]), 503)
    reasons = await health.reasons()
    status: Literal["ok", "unavailable"] = "unavailable" if reasons else "ok"
    told = Health(status=status, reasons=reasons, alarms=_alarms(call))
    return json_response(told, 503 if reasons else 200)


def _alarms(call: Call) -> list[str]:
    """A witness's word stops no server: whoever runs one could end our service with it."""
    found = {(finding.check, finding.state) for finding in call.services.checklist.last}
    return [_OTHER_HISTORY] if ("witness", "refused") in found else []


async def security_txt(call: Call) -> web.Response:
    """RFC 9116. Without a contact there is none: a placeholder would swallow the report. Raises Problem."""
    contact = call.services.security_contact
    if not contact:
        raise not_found()
    expires = datetime.datetime.fromtimestamp(call.now / 1000, tz=datetime.UTC) + datetime.timedelta(
        days=_SECURITY_TXT_LIFE_DAYS
    )
    base = call.services.site.base_url
    text = (
        f"Contact: {contact}\n"
        f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}\n"
        f"Canonical: {base}/.well-known/security.txt\n"
        f"Preferred-Languages: {', '.join(language['code'] for language in call.services.pages.catalogues.languages)}\n"
    )
    return web.Response(text=text, content_type="text/plain", charset="utf-8")


async def openapi(call: Call) -> web.Response:
    return json_response(call.services.openapi())


async def static(call: Call) -> web.StreamResponse:
    name = call.request.match_info["path"]
    return call.services.pages.static.respond(name, call.request.headers.get("If-None-Match"))


async def socket(call: Call) -> web.StreamResponse:
    return await call.services.sockets.serve(call.request)
