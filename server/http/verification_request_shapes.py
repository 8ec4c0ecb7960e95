"""What other systems send and get about verifications, as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.shapes import Answer, Request, Text
from support.intake import LONGEST_REASON


class AskVerification(Request, frozen=True, kw_only=True):
    """`customer` is a reference, `webhook` the name of a registered receiver, "" for none. `reason` is told to nobody
    but whoever may open the case."""

    customer: Text
    level: Literal["V1", "V2"] = "V1"
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]
    webhook: Text = ""


class VerificationShown(Answer, frozen=True, kw_only=True):
    """`state`: pending, joined, verified, failed, expired or withdrawn; the last four never change. `level`, `method`
    and `at_ms` tell of the proof, `cause` why there is none."""

    id: str
    customer: str
    wanted: str
    state: str
    expires_at_ms: int
    level: str | None = None
    method: str | None = None
    at_ms: int | None = None
    cause: str | None = None


class VerificationAsked(VerificationShown, frozen=True, kw_only=True):
    """`link` and `spoken` (a code to be read out and typed at the address `/join`) are the customer's alone, each good
    once; null once somebody has joined or the time is over."""

    link: str | None
    spoken: str | None
