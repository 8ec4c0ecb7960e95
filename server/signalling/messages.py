"""The wire shapes of the live protocol. Exactly these members; anything else is refused."""

import re
from typing import Final, Literal

import msgspec

from server.problems import without_values
from server.signalling.chat_messages import ChatIncoming, ChatOutgoing
from server.signalling.exchange_messages import (
    BadgeShown,
    ExchangeIncoming,
    ExchangeOutgoing,
    ExchangeShown,
)
from server.signalling.guidance_messages import GuidanceIncoming, GuidanceOutgoing, GuideShown
from server.signalling.media_messages import MediaIncoming, MediaOutgoing
from server.signalling.wire import IncomingMessage, OutgoingMessage
from server.turn.relays import RelayShown
from session.gate_port import SDP_LIMIT_BYTES

MESSAGE_LIMIT_BYTES: Final = 64 * 1024
_TYPE_NAME: Final = re.compile(r"[a-z]{1,20}(\.[a-z]{1,20})?", re.ASCII)


class Hello(IncomingMessage, frozen=True, tag="hello"):
    ticket: str
    page: str


class BadgeShownMessage(IncomingMessage, frozen=True, tag="badge.shown"):
    pass


class BadgeAcceptMessage(IncomingMessage, frozen=True, tag="badge.accept"):
    pass


class HelpProlongMessage(IncomingMessage, frozen=True, tag="help.prolong"):
    """The customer goes on waiting in line."""


class VerificationAskMessage(IncomingMessage, frozen=True, tag="verification.ask"):
    """The agent asks for a proof of this level: more than there is, or a fresh one."""

    level: Literal["V1", "V2"]


class VerificationDeclineMessage(IncomingMessage, frozen=True, tag="verification.decline"):
    """The customer does not, or cannot, prove what is asked for."""


class ConsentExtendMessage(IncomingMessage, frozen=True, tag="consent.extend"):
    """The customer wants to share for longer what is shown."""


class ConsentReopenMessage(IncomingMessage, frozen=True, tag="consent.reopen"):
    """The customer wants to agree to something else; what is shown ends first."""


class ConsentDeclineMessage(IncomingMessage, frozen=True, tag="consent.decline"):
    pass


class ShareStartMessage(IncomingMessage, frozen=True, tag="share.start"):
    surface: Literal["tab", "window", "screen", "unknown"]


class SharePauseMessage(IncomingMessage, frozen=True, tag="share.pause"):
    """`by`: the customer, or their page, which lost the picture (`muted`) or found another surface than was agreed."""

    by: Literal["customer", "muted", "surface"] = "customer"


class ShareResumeMessage(IncomingMessage, frozen=True, tag="share.resume"):
    pass


class ShareStopMessage(IncomingMessage, frozen=True, tag="share.stop"):
    by: Literal["page", "browser"]


class SessionLeaveMessage(IncomingMessage, frozen=True, tag="session.leave"):
    pass


Incoming = (
    Hello
    | BadgeShownMessage
    | BadgeAcceptMessage
    | HelpProlongMessage
    | VerificationAskMessage
    | VerificationDeclineMessage
    | ConsentDeclineMessage
    | ConsentExtendMessage
    | ConsentReopenMessage
    | ShareStartMessage
    | SharePauseMessage
    | ShareResumeMessage
    | ShareStopMessage
    | SessionLeaveMessage
    | MediaIncoming
    | ExchangeIncoming
    | ChatIncoming
    | GuidanceIncoming
)


class AgentShown(msgspec.Struct, frozen=True, kw_only=True):
    """The agent as the customer may know them: the badge."""

    name: str
    number: str
    team: str
    role: str
    since_ms: int


class VerificationShown(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    level: str
    at_ms: int
    until_ms: int


class AskedShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent asked for. `action`: the hash of the one action to be confirmed, "" where there is none."""

    level: str
    action: str
    at_ms: int


class WaitingShown(msgspec.Struct, frozen=True, kw_only=True):
    """To a customer who asked first: their place in line, or the meeting code once somebody accepted. `expected_ms`:
    how long people waited lately, None where too few did. `handed_by`, `handed_to`: the names where they were handed
    over, "" where they were not, or to whoever accepts."""

    place: int | None
    expected_ms: int | None
    until_ms: int
    code: str | None
    handed_by: str
    handed_to: str


class AskedForShown(msgspec.Struct, frozen=True, kw_only=True):
    """To the agent who accepted: what was asked for, or who handed the customer over ("" for nobody), and the time and
    tries left for the code. Never the code."""

    topic: str
    language: str
    handed_by: str
    since_ms: int
    until_ms: int
    tries_left: int


class ConsentShown(msgspec.Struct, frozen=True, kw_only=True):
    scopes: list[str]
    granted_at_ms: int
    until_ms: int


class EndShown(msgspec.Struct, frozen=True, kw_only=True):
    cause: str
    at_ms: int


class _SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """What both parties may know."""

    party: str
    session: str
    state: str
    server_now_ms: int
    organisation: str
    agent: AgentShown
    case_reference: str
    introduction: str
    purpose: str
    introduction_asked: str
    badge: BadgeShown | None
    exchange: ExchangeShown
    verification: VerificationShown | None
    confirmation: VerificationShown | None
    asked: AskedShown | None
    talk_only: bool
    consent: ConsentShown | None
    surface_shown: str | None
    agent_present: bool
    customer_present: bool
    media_may_flow: bool
    guide: GuideShown | None
    relay: RelayShown | None
    interrupted_at_ms: int | None
    end: EndShown | None


class CustomerView(_SessionView, frozen=True, kw_only=True):
    code_attempts_left: int
    methods: list[str]
    fields_from_ms: int
    proposal: msgspec.Raw | None
    waiting: WaitingShown | None
    asked_first: bool


class AgentView(_SessionView, frozen=True, kw_only=True):
    case: str
    invitation_expires_at_ms: int | None
    customer_label: str
    waiting: AskedForShown | None


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """`agent_id`: by which an officer writes to them."""

    session: str
    state: str
    agent: dict[str, str]
    agent_id: str
    case_reference: str
    opened_at_ms: int
    level: str
    consent_until_ms: int | None
    media_may_flow: bool


class VerdictShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer found of a flag: "confirmed" or "dismissed", and why."""

    verdict: str
    officer: str
    reason: str
    at_ms: int


class ProofShown(msgspec.Struct, frozen=True, kw_only=True):
    """Of who had to prove again who they are. `state`: "demanded", "proved" or "waived"; `at_ms` is of that. `means` of
    a proof ("code", "passkey", "provider"); `officer` and `reason` of who waived it; else ""."""

    state: str
    at_ms: int
    means: str
    officer: str
    reason: str


class FlagShown(msgspec.Struct, frozen=True, kw_only=True):
    """`session`, `agent` and `case_reference` are null for what is not about one session. `state`: "open", or what the
    verdict says, which is null before. `proof` is null where none was demanded."""

    id: str
    at_ms: int
    detector: str
    target: str
    session: str | None
    agent: dict[str, str] | None
    case_reference: str | None
    sentence_key: str
    facts: dict[str, str | int | bool]
    action: str
    state: str
    verdict: VerdictShown | None
    proof: ProofShown | None


class LogShown(msgspec.Struct, frozen=True, kw_only=True):
    healthy: bool
    size: int


class OfficerView(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    server_now_ms: int
    sessions: list[LiveSession]
    flags: list[FlagShown]
    log: LogShown


View = CustomerView | AgentView | OfficerView


class Welcome(OutgoingMessage, frozen=True, tag="welcome"):
    view: View


class StateMessage(OutgoingMessage, frozen=True, tag="state"):
    seq: int
    view: View


class Beat(OutgoingMessage, frozen=True, tag="beat"):
    at_ms: int


class ProblemMessage(OutgoingMessage, frozen=True, tag="problem"):
    code: str
    detail: str
    of: str | None


class Bye(OutgoingMessage, frozen=True, tag="bye"):
    reason: Literal["ended", "taken_over", "signed_out", "draining", "handed_over", "must_prove"]


Outgoing = (
    Welcome
    | StateMessage
    | MediaOutgoing
    | Beat
    | ProblemMessage
    | Bye
    | ExchangeOutgoing
    | ChatOutgoing
    | GuidanceOutgoing
)

_decoder: Final[msgspec.json.Decoder[Incoming]] = msgspec.json.Decoder(Incoming)
_encoder: Final = msgspec.json.Encoder()


class MessageRefused(Exception):
    """Not a message of this protocol. `code` and sentence go back to the sender; `of` is the type, where legible."""

    def __init__(self, code: str, detail: str, of: str | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.of = code, detail, of


def decode(text: str | bytes) -> Incoming:
    """Strict parse of at most 64 KB. Raises MessageRefused."""
    size = len(text.encode("utf-8", "surrogatepass")) if isinstance(text, str) else len(text)
    if size > MESSAGE_LIMIT_BYTES:
        raise MessageRefused("message_too_large", f"A message may have at most {MESSAGE_LIMIT_BYTES} bytes.")
    try:
        message = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MessageRefused("message_not_understood", _sentence(error), of=_type_named(text)) from error
    if isinstance(message, MediaIncoming):
        _check_sdp(message)
    return message


def encode(message: Outgoing) -> str:
    return _encoder.encode(message).decode()


def type_of(message: IncomingMessage) -> str:
    return str(message.__struct_config__.tag)


def _check_sdp(message: MediaIncoming) -> None:
    if len(message.sdp.encode("utf-8", "surrogatepass")) > SDP_LIMIT_BYTES:
        raise MessageRefused(
            "sdp_too_large", f"An SDP may have at most {SDP_LIMIT_BYTES} bytes.", type_of(message)
        )


def _sentence(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return without_values(error)
    return "The message is not JSON of this protocol."


def _type_named(text: str | bytes) -> str | None:
    try:
        found = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("type")
        name = msgspec.json.decode(found, type=str) if found is not None else None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return name if name is not None and _TYPE_NAME.fullmatch(name) else None
