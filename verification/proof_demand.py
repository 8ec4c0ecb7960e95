"""A member of staff has to prove again who they are, because what they did, or a sign-in of theirs, is in doubt. Pure.

One demand at a time is open for a person. While it is, none of their sign-ins shows, opens or gives anything.

1. Whoever has a passkey from before the doubt proves it by that, in any sign-in, and by nothing else. A younger one
   proves nothing: whoever is in doubt may have added it.
2. Who has none proves it by a code or at the organisation's own sign-in.
3. Where a sign-in is in doubt, that one cannot prove it so, nor one begun after it: whoever began it had a password and
   a code, which is all that would be asked again. A sign-in from before can; else an officer decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from verification.login import Login
from verification.passkey import Passkey


class DemandEnd(StrEnum):
    PROVED = "proved"
    WAIVED = "waived"  # by an officer, with a reason


class Shortfall(StrEnum):
    """Why a proof does not do."""

    PASSKEY = "passkey"  # they have one, and this was something else
    NEW_PASSKEY = "new_passkey"
    DOUBTED = "doubted"  # nothing in this sign-in does


@dataclass(frozen=True, slots=True)
class ProofDemand:
    """`detector` is whose flag asked for it. `since_ms`: when the doubt began; of a doubted sign-in its start. `ended`
    is None while it is open; `means` is the way of the proof, `officer` and `reason` are of who waived it."""

    id: str
    staff: str
    detector: str
    demanded_at_ms: int
    since_ms: int
    sign_in_doubted: bool = False
    ended: DemandEnd | None = None
    ended_at_ms: int | None = None
    means: str = ""
    officer: str | None = None
    reason: str = ""

    def counts(self, passkey: Passkey) -> bool:
        """Whether it was theirs before the doubt."""
        return passkey.created_at_ms < self.since_ms


def by_passkey_only(demand: ProofDemand, passkeys: Sequence[Passkey]) -> bool:
    """`passkeys`: all that they have. One that is shut counts: a code stands for it no more than for a good one."""
    return any(demand.counts(one) for one in passkeys)


def code_shortfall(demand: ProofDemand, login: Login, passkeys: Sequence[Passkey]) -> Shortfall | None:
    """What stands against a code, or the organisation's own sign-in; None if nothing does."""
    if by_passkey_only(demand, passkeys):
        return Shortfall.PASSKEY
    doubted = demand.sign_in_doubted and login.started_at_ms >= demand.since_ms
    return Shortfall.DOUBTED if doubted else None


def passkey_shortfall(demand: ProofDemand, used: Passkey | None) -> Shortfall | None:
    """`used`: the passkey that answered; None where it is gone again."""
    return None if used is not None and demand.counts(used) else Shortfall.NEW_PASSKEY
