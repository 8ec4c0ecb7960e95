"""Every check, the states in which it may be found, and how grave each is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """OK and ADVICE let things be; WEAK should be mended this week; DANGER today."""

    OK = "ok"
    ADVICE = "advice"
    WEAK = "weak"
    DANGER = "danger"


OK, ADVICE, WEAK, DANGER = Severity.OK, Severity.ADVICE, Severity.WEAK, Severity.DANGER
GRAVEST_FIRST: Final = (DANGER, WEAK, ADVICE, OK)
TO_MEND: Final = frozenset({WEAK, DANGER})

CHECKS: Final[Mapping[str, Mapping[str, Severity]]] = {
    # the log itself
    "verification": {"good": OK, "failed": DANGER},
    "reading": {"whole": OK, "closed": ADVICE, "broken": DANGER},
    "intents": {"closed": OK, "dangling": WEAK},
    "sessions": {"ended": OK, "open": WEAK},
    "unknown_outcomes": {"none": OK, "some": ADVICE},
    "log_failures": {"none": OK, "some": WEAK},
    "losses": {"none": OK, "declared": WEAK},
    "seal_restarts": {"none": OK, "some": ADVICE},
    "witness_gaps": {"none": OK, "some": ADVICE, "refused": DANGER},
    "forwarding_gaps": {"none": OK, "some": ADVICE},
    # keys
    "signing_key_age": {"young": OK, "old": ADVICE, "unknown": ADVICE},
    "api_key_age": {"none": OK, "young": OK, "old": WEAK, "unknown": WEAK},
    # people
    "accounts": {"known": OK, "unknown": WEAK},
    "without_factor": {"none": OK, "some": WEAK},
    "never_signed_in": {"none": OK, "some": ADVICE},
    "disabled": {"none": OK, "some": OK},
    # what happened in the period
    "recoveries": {"none": OK, "some": ADVICE},
    "flags": {"none": OK, "some": ADVICE},
    "taken_out": {"none": OK, "some": ADVICE},
}
