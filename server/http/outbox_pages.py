"""The demo's outbox: its mails and webhooks, which a real server never shows to anybody."""

from datetime import UTC, datetime

from aiohttp import web

from server.http.rendering import Page
from server.http.routing import Call
from server.outbox.message import Channel, mail_of
from server.storage.outbox import Kept


async def demo_outbox(call: Call) -> web.Response:
    kept = await call.services.outbox.shown()
    return call.services.pages.respond(
        call.request, Page("demo_outbox", context={"messages": [_shown(one) for one in kept]})
    )


def _shown(kept: Kept) -> dict[str, str]:
    message = kept.message
    at = datetime.fromtimestamp(message.created_at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    line = {
        "id": message.id,
        "channel": message.channel.value,
        "about": message.about,
        "at": at,
        "standing": kept.standing.value,
        "failure": kept.failure or "",
        "to": "",
        "subject": "",
        "language": "",
        "text": message.body.decode("utf-8"),
    }
    if message.channel is Channel.MAIL and message.body:
        mail = mail_of(message.body)
        line |= {"to": mail.to, "subject": mail.subject, "text": mail.text, "language": mail.language}
    return line
