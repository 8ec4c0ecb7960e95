"""Every refusal of an enrolment as a problem with what to do next."""

from collections.abc import Callable, Mapping
from typing import Final

from server.enrolling import PasswordRefused
from server.problems import Problem, too_many
from verification.enrolment import EnrolmentRefused, Reason
from verification.password_rule import LONGEST, SHORTEST, Weakness

_ASK_AGAIN: Final = "Nothing was changed. Ask whoever sent you the link for a new one."


def enrolment_problem(refused: EnrolmentRefused) -> Problem:
    return _REASONS[refused.reason]()


def password_problem(refused: PasswordRefused) -> Problem:
    return _WEAKNESSES[refused.weakness]()


_REASONS: Final[Mapping[Reason, Callable[[], Problem]]] = {
    Reason.UNKNOWN: lambda: Problem(
        404, "enrolment_unknown", f"This link is not complete, or none of ours. {_ASK_AGAIN}"
    ),
    Reason.USED: lambda: Problem(410, "enrolment_used", f"This link has been used. {_ASK_AGAIN}"),
    Reason.WITHDRAWN: lambda: Problem(
        410, "enrolment_withdrawn", f"This link was taken back, or a newer one has replaced it. {_ASK_AGAIN}"
    ),
    Reason.EXPIRED: lambda: Problem(
        410, "enrolment_expired", f"This link was good for 24 hours, which are over. {_ASK_AGAIN}"
    ),
    Reason.OTHER_BROWSER: lambda: Problem(
        409,
        "enrolment_other_browser",
        "This link was opened in another browser already and works only there. Go on there. If that was not you, "
        "tell whoever sent you the link at once.",
    ),
    Reason.NO_COOKIE: lambda: Problem(
        409,
        "enrolment_no_cookie",
        "Your browser keeps no cookie of this page, so it could not go on. Your link is still good: allow cookies for "
        "this page, or open the link in another browser.",
    ),
    Reason.NOT_OPEN: lambda: Problem(
        404,
        "enrolment_not_open",
        "No link is open in this browser. Nothing was changed. Open your link again.",
    ),
    Reason.STAFF_BROWSER: lambda: Problem(
        403,
        "enrolment_staff_browser",
        "This link is a customer's, and in this browser somebody is signed in as staff. It can only be used by the "
        "customer, on their own device. Nothing was changed; this was recorded.",
    ),
    Reason.NOT_NOW: lambda: Problem(
        409, "enrolment_not_now", "Another step comes first. Load the page again and go on from there."
    ),
    Reason.CODE: lambda: Problem(
        422,
        "enrolment_code",
        "This code does not fit. Nothing was changed. Type the one that your app shows now.",
    ),
    Reason.TOO_MANY_CODES: lambda: Problem(
        429,
        "enrolment_too_many_codes",
        "Too many codes did not fit. Wait a quarter of an hour, then try again, or ask for a new link.",
    ),
    Reason.TOO_MANY_PASSWORDS: too_many,
}
_WEAKNESSES: Final[Mapping[Weakness, Callable[[], Problem]]] = {
    Weakness.TOO_SHORT: lambda: Problem(
        422, "password_too_short", f"The password needs at least {SHORTEST} characters. Nothing was changed."
    ),
    Weakness.TOO_LONG: lambda: Problem(
        422, "password_too_long", f"The password may have {LONGEST} characters. Nothing was changed."
    ),
    Weakness.NAMED: lambda: Problem(
        422,
        "password_named",
        "The password holds your user name or a word of our name. Nothing was changed. Choose another.",
    ),
    Weakness.GUESSABLE: lambda: Problem(
        422,
        "password_guessable",
        "This password is easily guessed. Nothing was changed. Several words that do not belong together are better.",
    ),
}
