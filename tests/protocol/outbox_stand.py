"""A delivery over a real database, to peers on this machine."""

import ipaddress
import secrets
from pathlib import Path
from typing import Final

from audit.memory import MemoryLog
from server.clock import TrueClock
from server.identity import new_id
from server.outbox.calling import WebhookCall
from server.outbox.delivery import Delivery
from server.outbox.destination import Destinations
from server.outbox.endpoint import Endpoint
from server.outbox.lease import Lease
from server.outbox.mailing import Mailer, MailServer
from server.outbox.message import DAY_MS, Channel, Mail, Message, mail_body
from server.outbox.sending import Senders
from server.storage.stores import Stores
from support.identity import CustomerId
from tests.protocol.outside_peers import MailPeer

HERE: Final = Destinations((ipaddress.ip_network("127.0.0.0/8"),))
KEY: Final = bytes(32)


def delivery_on(
    stores: Stores,
    clock: TrueClock,
    *,
    mail: MailPeer | None = None,
    log: MemoryLog | None = None,
    try_within_s: float = 10.0,
    lease_life_s: float = 60.0,
) -> Delivery:
    senders = Senders(
        mailer=None if mail is None else mailer_to(mail),
        webhook=WebhookCall(HERE),
        endpoints=stores.webhooks,
        key=KEY,
        clock=clock,
    )
    lease = Lease(stores.leaders, clock, life_s=lease_life_s)
    return Delivery(
        stores.outbox, senders, lease, log or MemoryLog(), clock, every_s=0.02, try_within_s=try_within_s
    )


def mailer_to(peer: MailPeer) -> Mailer:
    server = MailServer(
        host="127.0.0.1", port=peer.port, sender="help@kawa.example", name="Kawa Exchange", tls=None
    )
    return Mailer(server)


def mail_message(now: int, to: str = "yuki@example.jp", *, subject: CustomerId | None = None) -> Message:
    return Message(
        id=new_id("msg"),
        once=f"test/{secrets.token_hex(8)}",
        part=0,
        channel=Channel.MAIL,
        about="passkey_added",
        body=mail_body(Mail(to, "A new passkey was added", "It was added.\n", "en")),
        created_at_ms=now,
        last_at_ms=now + 3 * DAY_MS,
        subject=subject,
    )


def hook_message(now: int, endpoint: str, body: bytes = b'{"type":"test"}') -> Message:
    return Message(
        id=new_id("msg"),
        once=f"test/{secrets.token_hex(8)}",
        part=0,
        channel=Channel.WEBHOOK,
        about="test",
        body=body,
        created_at_ms=now,
        last_at_ms=now + 3 * DAY_MS,
        endpoint=endpoint,
    )


async def endpoint_at(stores: Stores, port: int, now: int) -> Endpoint:
    endpoint = Endpoint(new_id("whk"), "desk", f"http://127.0.0.1:{port}/hook", now)
    await stores.webhooks.add(endpoint, 0)
    return endpoint


def database_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/tachiai.sqlite"
