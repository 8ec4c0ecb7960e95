"""One run of the exchange as the server sees it: who may say what when, and whether it fits what was said before. Pure.

commit (agent) -> answer (customer) -> reveal (agent) -> confirm (customer) -> settled

1. Each message comes once, in this order, in the run under way; anything else breaks the run for good.
2. An answer comes within `LATEST_MS` of the commitment, a reveal of the answer, a confirmation of the reveal.
3. What is revealed is what was committed to.
4. Both signatures hold over the transcript of the parts that went through here. The pages check the same by themselves:
   the server's check is a service to them, not their trust.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from verification.introduction import (
    Ground,
    Half,
    PartInvalid,
    commitment,
    commitment_has_form,
    language_has_form,
    signature_holds,
    signed_text,
    transcript,
)

LATEST_MS: Final = 20_000


class Fault(StrEnum):
    COMMITMENT_BROKEN = "commitment_broken"
    SIGNATURE_INVALID = "signature_invalid"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"


class ExchangeBroken(Exception):
    """The run is over, and with it the session."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Stage(StrEnum):
    STARTED = "started"
    COMMITTED = "committed"
    ANSWERED = "answered"
    REVEALED = "revealed"
    SETTLED = "settled"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    agent: ec.EllipticCurvePublicKey
    customer: ec.EllipticCurvePublicKey


class Relay:
    """Every method takes `now_ms` (UTC) and raises ExchangeBroken."""

    def __init__(self, ground: Ground, keys: DeviceKeys) -> None:
        self.ground = ground
        self.stage = Stage.STARTED
        self._keys = keys
        self._since_ms: int | None = None
        self._commitment = ""
        self._language = ""
        self._customer: Half | None = None
        self._transcript = ""

    def commit(self, promised: str, now_ms: int) -> None:
        self._step(Stage.STARTED, Stage.COMMITTED, now_ms)
        if not commitment_has_form(promised):
            raise self._broken(Fault.COMMITMENT_BROKEN)
        self._commitment = promised

    def answer(self, customer: Half, language: str, now_ms: int) -> None:
        self._step(Stage.COMMITTED, Stage.ANSWERED, now_ms)
        if not language_has_form(language):
            raise self._broken(Fault.OUT_OF_ORDER)
        self._must_have_form(customer)
        self._customer, self._language = customer, language

    def reveal(self, agent: Half, signature: str, now_ms: int) -> None:
        self._step(Stage.ANSWERED, Stage.REVEALED, now_ms)
        if self._customer is None:
            raise AssertionError("answered without an answer")
        self._must_have_form(agent)
        if commitment(agent, self.ground.badge) != self._commitment:
            raise self._broken(Fault.COMMITMENT_BROKEN)
        self._transcript = transcript(self.ground, self._language, agent, self._customer)
        self._must_be_signed("agent", self._keys.agent, signature)

    def confirm(self, signature: str, now_ms: int) -> str:
        """The transcript, base64url."""
        self._step(Stage.REVEALED, Stage.SETTLED, now_ms)
        self._must_be_signed("customer", self._keys.customer, signature)
        return self._transcript

    def out_of_order(self) -> ExchangeBroken:
        """The run is broken by a message that is not of it: to be raised."""
        return self._broken(Fault.OUT_OF_ORDER)

    def _step(self, of: Stage, to: Stage, now_ms: int) -> None:
        if self.stage is not of:
            raise self._broken(Fault.OUT_OF_ORDER)
        late = self._since_ms is not None and not 0 <= now_ms - self._since_ms <= LATEST_MS
        if late:
            raise self._broken(Fault.LATE)
        self.stage, self._since_ms = to, now_ms

    def _must_have_form(self, half: Half) -> None:
        try:
            half.must_have_form()
        except PartInvalid as error:
            raise self._broken(Fault.COMMITMENT_BROKEN) from error

    def _must_be_signed(self, party: str, key: ec.EllipticCurvePublicKey, signature: str) -> None:
        if not signature_holds(key, signed_text(party, self._transcript), signature):
            raise self._broken(Fault.SIGNATURE_INVALID)

    def _broken(self, fault: Fault) -> ExchangeBroken:
        self.stage = Stage.BROKEN
        return ExchangeBroken(fault)
