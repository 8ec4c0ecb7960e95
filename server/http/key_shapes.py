"""What other systems send and get, as JSON. What the values may be is in `support.intake`."""

from typing import Annotated

import msgspec

from server.http.shapes import Answer, Request, Text
from support.intake import LONGEST_REASON, MOST_EXTRA


class ExtraField(Request, frozen=True, kw_only=True):
    """`kind` says how it is masked: name, email, phone, account, text."""

    name: Text
    kind: Text
    value: Text


class AddCustomer(Request, frozen=True, kw_only=True):
    """`reference` is the organisation's own number for the customer."""

    reference: Text
    name: Text
    email: Text = ""
    phone: Text = ""
    fields: Annotated[list[ExtraField], msgspec.Meta(max_length=MOST_EXTRA)] = msgspec.field(
        default_factory=list
    )


class OpenCaseFor(Request, frozen=True, kw_only=True):
    """`customer` is a reference; `agent` the username of who gets the case, "" for nobody yet."""

    reference: Text
    customer: Text
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)]
    agent: Text = ""


class HandOff(Request, frozen=True, kw_only=True):
    """`customer` is the reference of whoever is signed in on the organisation's own site."""

    customer: Text


class HandoffGiven(Answer, frozen=True, kw_only=True):
    """Send that customer's browser to `url`, by a redirect, at once: it is good once."""

    url: str
    expires_at_ms: int


class TakenIn(Answer, frozen=True, kw_only=True):
    """The same id each time the same is sent."""

    id: str
    reference: str


class EnrolmentLink(Answer, frozen=True, kw_only=True):
    """Shown once; for the customer alone, by a way that is known to be theirs."""

    url: str
    expires_at_ms: int
