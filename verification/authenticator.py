"""What an owner proves themselves with: a sealed TOTP secret and the steps it was used for."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Authenticator:
    """`owner` is a customer's or staff member's id. `sealed` opens only for this owner, id and version (see `sealing`).

    `offset` is the device's clock, in steps of 30 s, as found at enrolment. `last_step` is the highest step used, -1
    before the first. `disabled_at_ms`: no code of it counts since then.
    """

    id: str
    owner: str
    version: int
    sealed: bytes = field(repr=False)
    offset: int = 0
    last_step: int = -1
    disabled_at_ms: int | None = None


class StepClaim(StrEnum):
    """What became of the wish to use a step, decided by one atomic write."""

    CLAIMED = "claimed"
    USED_HERE = "used_here"  # this very step, by the same user of it: the same code sent again
    USED_ELSEWHERE = "used_elsewhere"  # this very step, by another: the code was seen by somebody
    PASSED = "passed"  # a later step was used already; nothing is known about this one
