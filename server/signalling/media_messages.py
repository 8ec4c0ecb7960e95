"""Messages about the way of the picture and its keys. In a module of their own, as those of chat are."""

import msgspec

from server.signalling.wire import IncomingMessage, OutgoingMessage


class KeyShareSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a page brings to the keys of one connection: verification/INTRODUCTION.md, "Keys for the picture"."""

    key: str
    signature: str


class MediaOfferMessage(IncomingMessage, frozen=True, tag="media.offer"):
    """`key_share` is null where the customer's browser encrypts nothing."""

    sdp: str
    key_share: KeyShareSent | None = None


class MediaAnswerMessage(IncomingMessage, frozen=True, tag="media.answer"):
    """`key_share` is null where one of the two browsers encrypts nothing."""

    sdp: str
    key_share: KeyShareSent | None = None


class MediaAnswerOut(OutgoingMessage, frozen=True, tag="media.answer"):
    sdp: str


class MediaOfferOut(OutgoingMessage, frozen=True, tag="media.offer"):
    """`device_key`: the customer's page's own, as in `exchange.answer`."""

    sdp: str
    key_share: KeyShareSent | None
    device_key: str


class MediaKeysOut(OutgoingMessage, frozen=True, tag="media.keys"):
    """The agent's page has what it takes, and it is on record. `key_share` is null where the picture goes without;
    `customer_key`: of the offer that it answers, so that a page which has offered anew meanwhile knows it as over."""

    key_share: KeyShareSent | None
    customer_key: str | None


class MediaRestart(OutgoingMessage, frozen=True, tag="media.restart"):
    pass


MediaIncoming = MediaOfferMessage | MediaAnswerMessage
MediaOutgoing = MediaAnswerOut | MediaOfferOut | MediaKeysOut | MediaRestart
