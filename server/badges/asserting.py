"""How an agent stands for a badge. Whoever has a passkey signs device key, case and login with it: the issuer judges
the signature itself, the server besides whose passkey it is, whether it counts on, and that it answers once. Whoever
has none stands for it by having signed in, as far as the issuer's settings let that count.
"""

from dataclasses import dataclass
from typing import Protocol

from server.badges.issuer import ASSERTION_LONGEST_MS, Assertion, Issuer
from server.badges.proving import PasskeyProof, Question
from server.principals import StaffPrincipal
from session.model import Session
from verification.login import LoginRegistry
from verification.passkey import Passkey
from verification.passkey_challenge import Bound
from verification.passkey_response import AssertionResponse, decoded, encoded
from verification.passkeys import Asked


class NotAsserted(Exception):
    """The agent has to sign in again, or to use the passkey. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Of an authenticator. `nonce` is the one of the question, base64url."""

    nonce: str
    response: AssertionResponse


class OwnPasskeys(Protocol):
    """Of the agent who asks. Implemented by server.staff_passkeys.StaffPasskeys."""

    async def has(self, staff: StaffPrincipal) -> bool:
        """Shut ones too."""
        ...

    async def has_good(self, staff: StaffPrincipal) -> bool: ...

    async def badge_options(self, staff: StaffPrincipal, bound: Bound, nonce: bytes, now: int) -> Asked: ...

    async def stand_for_badge(
        self, staff: StaffPrincipal, response: AssertionResponse, bound: Bound, *, session: str, now: int
    ) -> Passkey:
        """On record when this returns. Raises PasskeyRefused, LogUnavailable."""
        ...


class Asserting:
    """Every method raises StoreUnavailable."""

    def __init__(self, logins: LoginRegistry, passkeys: OwnPasskeys, issuer: Issuer) -> None:
        self._logins, self._passkeys, self._issuer = logins, passkeys, issuer

    async def by_passkey(self, agent: StaffPrincipal) -> bool:
        """Whether this agent has to: whoever has a passkey uses it, so that a stolen password and code get no badge."""
        return await self._passkeys.has(agent)

    async def can_answer(self, agent: StaffPrincipal) -> bool:
        """False where all that they have is shut."""
        return await self._passkeys.has_good(agent)

    async def options(self, agent: StaffPrincipal, question: Question, now: int) -> Asked:
        """Raises IssuerUnavailable."""
        nonce = await self._issuer.nonce(question)
        return await self._passkeys.badge_options(agent, question.bound, decoded(nonce), now)

    async def asserted(
        self, agent: StaffPrincipal, session: Session, question: Question, answer: Answer | None, now: int
    ) -> Assertion:
        """What the issuer is to judge. Raises NotAsserted, PasskeyRefused, LogUnavailable."""
        if answer is not None:
            passkey = await self._passkeys.stand_for_badge(
                agent, answer.response, question.bound, session=session.id, now=now
            )
            return Assertion(method="passkey", passkey=_proof(answer, passkey))
        if await self.by_passkey(agent):
            return Assertion(method="passkey")
        started, _expires = self.times(agent, session)
        if now - started > ASSERTION_LONGEST_MS:
            raise NotAsserted("Sign in again: a badge needs a sign-in of today.")
        return Assertion(method="sign_in", at_ms=started)

    def times(self, agent: StaffPrincipal, session: Session) -> tuple[int, int]:
        """From when to when the sign-in lasts (UTC ms). Raises NotAsserted."""
        times = self._logins.times_of(agent.login)
        if times is None or session.agent_login != agent.login:
            raise NotAsserted("This session is another sign-in's. End it and open a new one.")
        return times


def _proof(answer: Answer, passkey: Passkey) -> PasskeyProof:
    response = answer.response
    return PasskeyProof(
        nonce=answer.nonce,
        public_key=encoded(passkey.public_key),
        credential=encoded(response.credential),
        client_data=encoded(response.client_data),
        data=encoded(response.data),
        signature=encoded(response.signature),
    )
