"""A customer's own data: a copy of it, asking that it be erased, and changes in their account that wait."""

from aiohttp import web

from server.http.me_shapes import AskCopy, OwnActionShown, OwnErasures, OwnErasureShown
from server.http.routing import Call
from server.me.copies import Copy, encoded
from server.me.own_erasure import Asked


async def copy(call: Call) -> web.Response:
    """As a file, for people or for programs."""
    body: AskCopy = call.body
    made = await call.services.me.copies.make(call.me.login, body.form)
    if body.form == "json":
        return _file(encoded(made), "application/json", "my-data.json")
    return _file(_page(call, made), "text/html", "my-data.html")


async def erasure(call: Call) -> OwnErasures:
    return _shown(await call.services.me.erasure.asked(call.me.login))


async def ask_erasure(call: Call) -> OwnErasures:
    return _shown(await call.services.me.erasure.ask(call.me.login))


async def take_erasure_back(call: Call) -> None:
    await call.services.me.erasure.take_back(call.me.login)


async def actions(call: Call) -> list[OwnActionShown]:
    return [
        OwnActionShown(
            id=one.id,
            kind=one.kind.value,
            summary=one.summary,
            proposed_at_ms=one.proposed_at_ms,
            due_at_ms=one.due_at_ms,
        )
        for one in await call.services.actions.own(call.me.customer)
    ]


async def cancel_action(call: Call) -> None:
    await call.services.actions.cancel_own(call.request.match_info["action"], call.me.customer)


def _page(call: Call, made: Copy) -> bytes:
    pages = call.services.pages
    language = pages.language(call.request)
    template = pages.environment.get_template("me_copy.html.jinja")
    return template.render(t=pages.catalogues[language].text, language=language, copy=made).encode()


def _file(content: bytes, kind: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)


def _shown(asked: Asked | None) -> OwnErasures:
    if asked is None:
        return OwnErasures(asked=None)
    return OwnErasures(
        asked=OwnErasureShown(
            requested_at_ms=asked.requested_at_ms, due_at_ms=asked.due_at_ms, approved=asked.approved
        )
    )
