"""The wire shapes of the live protocol. Exactly these members; anything else is refused."""

import re
from typing import Final, Literal

import msgspec

from server.problems import without_values
from session.gate_port import SDP_LIMIT_BYTES

MESSAGE_LIMIT_BYTES: Final = 64 * 1024
_TYPE_NAME: Final = re.compile(r"[a-z]{1,20}(\.[a-z]{1,20})?", re.ASCII)


class _Incoming(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class Hello(_Incoming, frozen=True, tag="hello"):
    ticket: str
    page: str


class BadgeShownMessage(_Incoming, frozen=True, tag="badge.shown"):
    pass


class BadgeAcceptMessage(_Incoming, frozen=True, tag="badge.accept"):
    pass


class ConsentDeclineMessage(_Incoming, frozen=True, tag="consent.decline"):
    pass


class MediaOfferMessage(_Incoming, frozen=True, tag="media.offer"):
    sdp: str


class MediaAnswerMessage(_Incoming, frozen=True, tag="media.answer"):
    sdp: str


class ShareStartMessage(_Incoming, frozen=True, tag="share.start"):
    surface: Literal["tab", "window", "screen", "unknown"]


class SharePauseMessage(_Incoming, frozen=True, tag="share.pause"):
    pass


class ShareResumeMessage(_Incoming, frozen=True, tag="share.resume"):
    pass


class ShareStopMessage(_Incoming, frozen=True, tag="share.stop"):
    by: Literal["page", "browser"]


class SessionLeaveMessage(_Incoming, frozen=True, tag="session.leave"):
    pass


Incoming = (
    Hello
    | BadgeShownMessage
    | BadgeAcceptMessage
    | ConsentDeclineMessage
    | MediaOfferMessage
    | MediaAnswerMessage
    | ShareStartMessage
    | SharePauseMessage
    | ShareResumeMessage
    | ShareStopMessage
    | SessionLeaveMessage
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
    verification: VerificationShown | None
    consent: ConsentShown | None
    surface_shown: str | None
    agent_present: bool
    customer_present: bool
    media_may_flow: bool
    interrupted_at_ms: int | None
    end: EndShown | None


class CustomerView(_SessionView, frozen=True, kw_only=True):
    code_attempts_left: int
    proposal: msgspec.Raw | None


class AgentView(_SessionView, frozen=True, kw_only=True):
    case: str
    invitation_expires_at_ms: int | None
    customer_label: str


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    state: str
    agent: dict[str, str]
    case_reference: str
    opened_at_ms: int
    level: str
    consent_until_ms: int | None
    media_may_flow: bool


class FlagShown(msgspec.Struct, frozen=True, kw_only=True):
    """`session`, `agent` and `case_reference` are null for what is not about one session."""

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


class _Outgoing(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Welcome(_Outgoing, frozen=True, tag="welcome"):
    view: View


class StateMessage(_Outgoing, frozen=True, tag="state"):
    seq: int
    view: View


class MediaAnswerOut(_Outgoing, frozen=True, tag="media.answer"):
    sdp: str


class MediaOfferOut(_Outgoing, frozen=True, tag="media.offer"):
    sdp: str


class MediaRestart(_Outgoing, frozen=True, tag="media.restart"):
    pass


class Beat(_Outgoing, frozen=True, tag="beat"):
    at_ms: int


class ProblemMessage(_Outgoing, frozen=True, tag="problem"):
    code: str
    detail: str
    of: str | None


class Bye(_Outgoing, frozen=True, tag="bye"):
    reason: Literal["ended", "taken_over", "signed_out", "draining"]


Outgoing = (
    Welcome | StateMessage | MediaAnswerOut | MediaOfferOut | MediaRestart | Beat | ProblemMessage | Bye
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
    if isinstance(message, MediaOfferMessage | MediaAnswerMessage):
        _check_sdp(message)
    return message


def encode(message: Outgoing) -> str:
    return _encoder.encode(message).decode()


def type_of(message: Incoming) -> str:
    return str(message.__struct_config__.tag)


def _check_sdp(message: MediaOfferMessage | MediaAnswerMessage) -> None:
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
