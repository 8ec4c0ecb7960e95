"""The wire shapes of chat. What a text may be is judged by `session.chat`: that refusal has a sentence of its own."""

from typing import Annotated, Literal

import msgspec

from server.signalling.wire import IncomingMessage, OutgoingMessage
from session.chat import MOST

Kind = Literal["code", "recovery_code", "phrase"]
PageId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{22}$")]


class ChatJoinMessage(IncomingMessage, frozen=True, tag="chat.join"):
    after: Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class ChatSendMessage(IncomingMessage, frozen=True, tag="chat.send"):
    id: PageId
    text: str


class ChatWithheldMessage(IncomingMessage, frozen=True, tag="chat.withheld"):
    kind: Kind


ChatIncoming = ChatJoinMessage | ChatSendMessage | ChatWithheldMessage


class ChatLine(msgspec.Struct, frozen=True, kw_only=True, rename={"party": "from"}):
    n: int
    party: str
    at_ms: int
    text: str


class ChatMessagesOut(OutgoingMessage, frozen=True, tag="chat.messages"):
    messages: list[ChatLine]
    last: int


class ChatMessageOut(OutgoingMessage, frozen=True, tag="chat.message", rename={"party": "from"}):
    n: int
    party: str
    at_ms: int
    text: str


class ChatAcceptedOut(OutgoingMessage, frozen=True, tag="chat.accepted"):
    id: str
    n: int
    at_ms: int


class ChatWarningOut(OutgoingMessage, frozen=True, tag="chat.warning"):
    party: str
    kind: str
    at_ms: int


ChatOutgoing = ChatMessagesOut | ChatMessageOut | ChatAcceptedOut | ChatWarningOut
