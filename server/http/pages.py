"""The pages. Each is a template, its script's module and the data for that script; signing in works without script."""

from aiohttp import web

from server.http import bodies
from server.http.logins import sign_in, sign_out
from server.http.rendering import Page
from server.http.routing import Call, Who
from server.problems import Problem
from verification.credentials import Door

_HOMES = {Door.AGENT: "/agent", Door.SECURITY: "/security"}
_SIGN_IN_TEMPLATES = {Door.AGENT: "agent_sign_in", Door.SECURITY: "security_sign_in"}
SIGNED_OUT = "signed-out"
_SIGN_IN_ERRORS = {429: "sign_in.too_many", 503: "sign_in.unavailable"}


async def start(call: Call) -> web.Response:
    return _show(call, Page("start", "pages/start.js", _encryption(call)))


async def join(call: Call) -> web.Response:
    return _show(call, Page("join", "pages/join.js", _encryption(call), capture=True, frames=True))


async def ask_for_help(call: Call) -> web.Response:
    """The same for everybody: whether a customer is signed in the interface says."""
    return _show(call, Page("help", "pages/help.js"))


async def demo(call: Call) -> web.Response:
    return _show(call, Page("demo", "pages/demo.js"))


async def agent_sign_in(call: Call) -> web.Response:
    return _show_sign_in(call, Door.AGENT)


async def security_sign_in(call: Call) -> web.Response:
    return _show_sign_in(call, Door.SECURITY)


async def submit_agent_sign_in(call: Call) -> web.StreamResponse:
    return await _submit_sign_in(call, Door.AGENT)


async def submit_security_sign_in(call: Call) -> web.StreamResponse:
    return await _submit_sign_in(call, Door.SECURITY)


async def agent_home(call: Call) -> web.Response:
    context = {"override_minutes": call.services.overriding.minutes}
    return _show(call, Page("agent_home", "pages/agent_home.js", context=context))


async def agent_case(call: Call) -> web.Response:
    return _show(call, Page("agent_case", "pages/agent_case.js", {"case": call.request.match_info["case"]}))


async def agent_session(call: Call) -> web.Response:
    named = call.request.match_info["session"]
    return _show(
        call,
        Page("agent_session", "pages/agent_session.js", {"session": named, **_encryption(call)}, frames=True),
    )


async def security_home(call: Call) -> web.Response:
    return await show_console(call, "security_home")


async def security_log(call: Call) -> web.Response:
    return await show_console(call, "security_log")


async def submit_sign_out(call: Call) -> web.StreamResponse:
    """Ends the login of the form's door and, with an agent's, its live sessions; then that door, which says so."""
    fields = await bodies.read_form(call.request)
    door = Door.SECURITY if fields.get("door") == Door.SECURITY else Door.AGENT
    response = web.Response(status=303, headers={"Location": f"{_HOMES[door]}/sign-in?{SIGNED_OUT}"})
    await sign_out(call, door, response)
    return response


async def _submit_sign_in(call: Call, door: Door) -> web.StreamResponse:
    fields = await bodies.read_form(call.request)
    response = web.Response(status=303, headers={"Location": _HOMES[door]})
    try:
        who = Who.AGENT if door is Door.AGENT else Who.OFFICER
        _, token = await sign_in(
            call,
            door,
            username=fields.get("username", ""),
            password=fields.get("password", ""),
            code=fields.get("code", ""),
        )
    except Problem as problem:
        error = _SIGN_IN_ERRORS.get(problem.status, "sign_in.refused")
        return _show_sign_in(call, door, error=error, status=problem.status)
    call.services.pages.cookies.give(response, who, token)
    return response


def _show_sign_in(call: Call, door: Door, *, error: str | None = None, status: int = 200) -> web.Response:
    notice = "sign_in.signed_out" if SIGNED_OUT in call.request.query and error is None else None
    return _show(call, sign_in_page(call, door, notice=notice, error=error, status=status))


def sign_in_page(
    call: Call, door: Door, *, notice: str | None = None, error: str | None = None, status: int = 200
) -> Page:
    """What the door takes: a passkey always; a password where it opens this door; the provider where there is one."""
    agents = call.services.agents
    context = {
        "notice": notice,
        "error": error,
        "provider": agents.provider_label if door is Door.AGENT else None,
        "password": door is Door.AGENT or not agents.passkeys.needed_by_officers,
    }
    data = {"door": door.value, "home": _HOMES[door]}
    return Page(_SIGN_IN_TEMPLATES[door], "pages/sign_in.js", data, context, status)


async def show_console(call: Call, name: str) -> web.Response:
    """A page of officers, whose navigation counts what is to be mended."""
    context = {"to_mend": call.services.checklist.to_mend}
    return _show(call, Page(name, f"pages/{name}.js", context=context))


def _encryption(call: Call) -> dict[str, object]:
    """Whether a picture goes encrypted from page to page or not at all."""
    return {"encryption": call.services.encryption}


def _show(call: Call, page: Page) -> web.Response:
    staff = call.staff.staff if call.principal is not None else None
    return call.services.pages.respond(call.request, page, staff)
