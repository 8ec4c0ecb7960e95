"""A message on its way out, and what may be in it. Pure."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from support.identity import CustomerId

LONGEST_ONCE: Final = 160
LONGEST_ABOUT: Final = 64
LARGEST_BODY_BYTES: Final = 64 * 1024
DAY_MS: Final = 86_400_000
MAIL_LIFE_MS: Final = 3 * DAY_MS
WEBHOOK_LIFE_MS: Final = 3 * DAY_MS
_ONCE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,160}", re.ASCII)


class Channel(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"


class Standing(StrEnum):
    """`dead`: its last day is over, or it can never be sent. `void`: whom it was about was erased, or whom it was to
    go to was removed."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    VOID = "void"


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mail to one address; `language` is its code."""

    to: str
    subject: str
    text: str
    language: str

    def __repr__(self) -> str:
        return "Mail(…)"


@dataclass(frozen=True, slots=True)
class Message:
    """`about` is the notice's kind or the webhook's type; `body` what is sent: a Mail as JSON, or a webhook's JSON to
    the octet. `subject`: the customer whom it says something about. Times are UTC milliseconds."""

    id: str
    once: str
    part: int
    channel: Channel
    about: str
    body: bytes = field(repr=False)
    created_at_ms: int
    last_at_ms: int
    subject: CustomerId | None = None
    endpoint: str | None = None

    def __post_init__(self) -> None:
        if not _ONCE.fullmatch(self.once):
            raise ValueError("a once key is 1 to 160 letters, digits and _ . : / -")
        if len(self.body) > LARGEST_BODY_BYTES or not 0 < len(self.about) <= LONGEST_ABOUT:
            raise ValueError("a message is too large")
        if (self.channel is Channel.WEBHOOK) != (self.endpoint is not None):
            raise ValueError("a webhook has an endpoint, a mail has none")


def mail_body(mail: Mail) -> bytes:
    return msgspec.json.encode(mail)


def mail_of(body: bytes) -> Mail:
    return msgspec.json.decode(body, type=Mail)
