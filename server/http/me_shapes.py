"""What customers' own page takes and gives, as JSON. Every answer is about the customer who asks, and nobody else."""

from typing import Annotated, Literal

import msgspec

from server.http.passkey_shapes import PasskeyShown
from server.http.shapes import Answer, Request

Token = Annotated[str, msgspec.Meta(max_length=2_048)]


class Arrive(Request, frozen=True, kw_only=True):
    """The hand-off's token, as it stands behind `#t=`."""

    token: Token


class Enter(Request, frozen=True, kw_only=True):
    """As above. `replace`: another customer who is signed in in this browser is signed out."""

    token: Token
    replace: bool = False


class OwnName(Answer, frozen=True, kw_only=True):
    name: str
    reference: str


class ArrivalShown(Answer, frozen=True, kw_only=True):
    """Whose page it opens. `signed_in`: somebody else, who is signed in in this browser."""

    name: str
    reference: str
    signed_in: OwnName | None


class NoteContact(Request, frozen=True, kw_only=True):
    """How the agent is about to get in touch."""

    channel: Literal["phone", "mail", "chat"]


class ContactNoted(Answer, frozen=True, kw_only=True):
    channel: str
    noted_at_ms: int
    until_ms: int


class ContactInCase(Answer, frozen=True, kw_only=True):
    """`contact`: what the customer is shown at this moment, if anything."""

    contact: ContactNoted | None


class MeShown(Answer, frozen=True, kw_only=True):
    """`way`: how this sign-in began. `level`: what was proved to us in it, fresh until `level_until_ms`. `others`: how
    many sign-ins of theirs are alive elsewhere."""

    name: str
    reference: str
    way: str
    level: str
    level_until_ms: int
    expires_at_ms: int
    others: int


class InTouchShown(Answer, frozen=True, kw_only=True):
    """`channel`: "session" (then `state` is its state), or the way of a contact that was noted beforehand, shown until
    `until_ms`."""

    channel: str
    state: str
    since_ms: int
    until_ms: int | None
    agent_name: str
    agent_number: str
    agent_team: str
    case_reference: str


class TalkingShown(Answer, frozen=True, kw_only=True):
    """`talking` is whether anybody of the organisation's is in touch with this customer at `at_ms`."""

    talking: bool
    at_ms: int
    ways: list[InTouchShown]


class WhoShown(Answer, frozen=True, kw_only=True):
    """`kind`: agent, officer, operator, key (another system). Names are told of staff alone."""

    kind: str
    name: str
    number: str
    team: str


class AccessShown(Answer, frozen=True, kw_only=True):
    """`what`: record, field, opened, approved, overridden, refused, contact, session, evidence, changed, added.
    `proof`: whether `/api/v1/me/receipts/{index}` gives a receipt of it."""

    index: int
    at_ms: int
    what: str
    who: WhoShown
    case_reference: str
    field: str | None
    proof: bool


class OwnReceipt(Answer, frozen=True, kw_only=True):
    """`kind`: consent, withdrawal, end."""

    index: int
    kind: str
    at_ms: int


class WarningShown(Answer, frozen=True, kw_only=True):
    """`what`: code_replayed (a used code of theirs was typed again elsewhere), passkey_copied (there may be a copy),
    records_merged, record_overridden (opened without a live case)."""

    at_ms: int
    what: str


class HistoryShown(Answer, frozen=True, kw_only=True):
    """Newest first. `before` asks for what is older; null when there is nothing."""

    accesses: list[AccessShown]
    receipts: list[OwnReceipt]
    warnings: list[WarningShown]
    before: int | None


class OwnActionShown(Answer, frozen=True, kw_only=True):
    """A change in this customer's account that waits. `due_at_ms`: when it is done unless somebody cancels it; null
    before a second agent has approved it."""

    id: str
    kind: str
    summary: str
    proposed_at_ms: int
    due_at_ms: int | None


class OthersEnded(Answer, frozen=True, kw_only=True):
    ended: int


class AppShown(Answer, frozen=True, kw_only=True):
    """The authenticator app. `last_used_ms` to half a minute, null before the first use."""

    state: Literal["good", "disabled"]
    last_used_ms: int | None


class DeviceShown(Answer, frozen=True, kw_only=True):
    """A browser in which this customer was verified. `here`: the one that asks."""

    id: str
    since_ms: int
    last_seen_ms: int
    here: bool


class FactorsShown(Answer, frozen=True, kw_only=True):
    """By what this customer is known."""

    passkeys: list[PasskeyShown]
    app: AppShown | None
    devices: list[DeviceShown]
    recovery_codes_left: int


class AskCopy(Request, frozen=True, kw_only=True):
    form: Literal["json", "html"]


class OwnErasureShown(Answer, frozen=True, kw_only=True):
    """`approved`: two officers have approved it. It is carried out at `due_at_ms` at the earliest."""

    requested_at_ms: int
    due_at_ms: int
    approved: bool


class OwnErasures(Answer, frozen=True, kw_only=True):
    """`asked`: what was asked for and can still be taken back."""

    asked: OwnErasureShown | None
