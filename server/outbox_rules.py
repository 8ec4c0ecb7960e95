"""Which settings of [mail] and [webhooks] can be."""

import ipaddress
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from server.outbox.mailing import plain_address
from server.setting_groups import MailSettings, WebhooksSettings
from server.syslog_rules import host_and_port
from server.this_machine import THIS_MACHINE

WAYS: Final = ("starttls", "tls", "none")
MOST_NETWORKS: Final = 32
LONGEST_USER: Final = 254


def outbox_broken(mail: MailSettings, webhooks: WebhooksSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    yield from _mail(mail)
    if len(webhooks.networks) > MOST_NETWORKS:
        yield f"webhooks.networks names at most {MOST_NETWORKS} networks."
    for text in webhooks.networks:
        if not _is_network(text):
            yield f"webhooks.networks has {text!r}; a network is written as 10.1.0.0/16, and is not everything."


def _mail(mail: MailSettings) -> Iterator[str]:
    if mail.tls not in WAYS:
        yield "mail.tls is starttls, tls or none."
    if bool(mail.user) != bool(mail.access):
        yield "mail.user and mail.access go together: the name, and the file of the password."
    if len(mail.user) > LONGEST_USER or not mail.user.isprintable():
        yield "mail.user is one line."
    if not _is_zone(mail.zone):
        yield f"mail.zone is {mail.zone!r}; it is a name like Europe/London or Asia/Tokyo, or UTC."
    if not mail.server:
        return
    place = host_and_port(mail.server)
    if place is None:
        yield f"mail.server is {mail.server!r}; it is a name or an address and a port: mail.example.com:587."
    elif mail.tls == "none" and place[0] not in THIS_MACHINE:
        yield "mail.tls is none, and mail.server is another machine: whoever is on the way could read the mails."
    if plain_address(mail.sender) != mail.sender:
        yield "mail.sender is the address that mails come from, for instance help@example.com."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        return ipaddress.ip_network(text).prefixlen > 0
    except ValueError:
        return False
