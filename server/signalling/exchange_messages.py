"""The wire shapes of an introduction: what pages say to each other through us, and what they tell us of it."""

from typing import Annotated, Literal

import msgspec

from server.signalling.wire import IncomingMessage, OutgoingMessage

Run = Annotated[int, msgspec.Meta(ge=1, le=100)]
Encoded = Annotated[str, msgspec.Meta(max_length=128)]
Jwk = Annotated[str, msgspec.Meta(max_length=512)]
CustomerFault = Literal[
    "impostor",
    "words_differ",
    "badge_invalid",
    "commitment_broken",
    "signature_invalid",
    "transcript_differs",
    "late",
    "out_of_order",
    "runs_used_up",
]
AgentFault = Literal[
    "words_differ", "signature_invalid", "transcript_differs", "late", "out_of_order", "runs_used_up"
]


class ExchangeStartMessage(IncomingMessage, frozen=True, tag="exchange.start"):
    run: Run


class ExchangeCommitMessage(IncomingMessage, frozen=True, tag="exchange.commit"):
    run: Run
    commitment: Encoded


class ExchangeAnswerMessage(IncomingMessage, frozen=True, tag="exchange.answer"):
    run: Run
    nonce: Encoded
    key: Encoded
    fingerprint: Encoded
    language: Annotated[str, msgspec.Meta(max_length=16)]


class ExchangeRevealMessage(IncomingMessage, frozen=True, tag="exchange.reveal"):
    run: Run
    nonce: Encoded
    key: Encoded
    fingerprint: Encoded
    signature: Encoded


class ExchangeConfirmMessage(IncomingMessage, frozen=True, tag="exchange.confirm"):
    run: Run
    signature: Encoded


class ExchangeDropMessage(IncomingMessage, frozen=True, tag="exchange.drop"):
    run: Run


class WordsMatchMessage(IncomingMessage, frozen=True, tag="words.match"):
    run: Run


class IntroductionRefuseMessage(IncomingMessage, frozen=True, tag="introduction.refuse"):
    reason: CustomerFault


ExchangeIncoming = (
    ExchangeStartMessage
    | ExchangeCommitMessage
    | ExchangeAnswerMessage
    | ExchangeRevealMessage
    | ExchangeConfirmMessage
    | ExchangeDropMessage
    | WordsMatchMessage
    | IntroductionRefuseMessage
)


class ExchangeCommitOut(OutgoingMessage, frozen=True, tag="exchange.commit"):
    """To the customer."""

    run: int
    commitment: str


class ExchangeAnswerOut(OutgoingMessage, frozen=True, tag="exchange.answer"):
    """To the agent. `device_key`: the customer's page's own, which it claimed the invitation with."""

    run: int
    nonce: str
    key: str
    fingerprint: str
    language: str
    device_key: str


class ExchangeRevealOut(OutgoingMessage, frozen=True, tag="exchange.reveal"):
    """To the customer."""

    run: int
    nonce: str
    key: str
    fingerprint: str
    signature: str


class ExchangeConfirmOut(OutgoingMessage, frozen=True, tag="exchange.confirm"):
    """To the agent."""

    run: int
    signature: str


ExchangeOutgoing = ExchangeCommitOut | ExchangeAnswerOut | ExchangeRevealOut | ExchangeConfirmOut


class BadgeShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer signed, exactly."""

    document: str
    signature: str


class ExchangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """`transcript`: base64url, "" until both pages signed it. `..._matched`: whose page found its words."""

    run: int
    open: bool
    transcript: str
    customer_matched: bool
    agent_matched: bool
