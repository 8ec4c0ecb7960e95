"""What a refused request is told: RFC 9457 problems with a stable `code` that pages translate."""

import re
from typing import Final

import msgspec


class Problem(Exception):
    """A refusal with its HTTP status. `code` is stable; `detail` says what happened, what is safe, what to do next."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 section 3.1; `code` is our extension member."""

    type: str
    title: str
    status: int
    detail: str
    code: str


_QUOTED: Final = re.compile(r"value '.*'(?= - at|$)", re.DOTALL)

TITLES: Final = {
    400: "The request cannot be understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not here",
    405: "Not this way",
    408: "The request came too slowly",
    409: "Not now",
    410: "No longer here",
    413: "The request is too large",
    415: "The wrong kind of content",
    421: "The wrong server",
    422: "The request does not fit",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available now",
}


def without_values(error: msgspec.ValidationError) -> str:
    """What did not fit and where, as a sentence. msgspec quotes some values; what was sent is not sent back."""
    return _QUOTED.sub("a value that is not known", str(error)).rstrip(".") + "."


def body_of(problem: Problem) -> ProblemBody:
    return ProblemBody(
        type=f"/problems/{problem.code}",
        title=TITLES.get(problem.status, "Refused"),
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
    )


def not_signed_in() -> Problem:
    return Problem(
        401, "not_signed_in", "You are not signed in, or no longer. Nothing was changed. Sign in again."
    )


def not_allowed() -> Problem:
    return Problem(403, "not_allowed", "Your role may not do this. Nothing was changed.")


def record_merged() -> Problem:
    return Problem(
        409,
        "customer_merged",
        "This record was merged into another one of the same customer. Nothing was changed. Use the reference of the "
        "one that was kept.",
    )


def step_up_required() -> Problem:
    return Problem(
        403,
        "step_up_required",
        "This asks for a proof that it is you, at most five minutes old. Nothing was changed. Confirm, then go on.",
    )


def proof_demanded() -> Problem:
    return Problem(
        403,
        "proof_demanded",
        "You have to prove again who you are before anything else opens. Nothing was changed. Do it at /agent/prove; "
        "officers at /security/prove.",
    )


def secret_written() -> Problem:
    return Problem(
        422,
        "note_secret",
        "This looks like a code, a recovery code or a recovery phrase, so it was not kept. It may not be written here. "
        "Write amounts with commas, and dates with points or words.",
    )


def passkey_required() -> Problem:
    return Problem(
        403,
        "passkey_required",
        "This asks for your passkey, used within the last five minutes: you have one, and a password and code do not "
        "stand for it. Nothing was changed. Use it, then go on.",
    )


def passkey_shut() -> Problem:
    return Problem(
        403,
        "passkey_shut",
        "Your passkey is shut, because there may be a copy of it, and a password and code do not stand for it. Nothing "
        "was changed. Ask two officers for a new start.",
    )


def not_found() -> Problem:
    return Problem(404, "not_found", "There is nothing here for you under this name. Check the link.")


def not_recorded() -> Problem:
    return Problem(
        503,
        "not_recorded",
        "This could not be put on record, so it was not done. Nothing is shared. Ask the operator to look at the log.",
    )


def store_unavailable() -> Problem:
    return Problem(
        503, "store_unavailable", "The database does not answer; nothing was granted. Try again in a minute."
    )


def case_held() -> Problem:
    return Problem(
        409,
        "case_held",
        "A used code of this customer was typed again elsewhere: somebody may be passing codes on. Nothing was opened, "
        "and nothing opens in this case for half an hour. Tell a security officer, and call the customer back.",
    )


def draining() -> Problem:
    return Problem(503, "draining", "This server is stopping. Nothing is shared. Try again in a minute.")


def too_many(
    detail: str = "Too many attempts from where you are. Wait a few minutes, then try again.",
) -> Problem:
    return Problem(429, "too_many_attempts", detail)
