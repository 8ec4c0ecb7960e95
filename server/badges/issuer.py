"""The issuer: judges a request for a badge by what it can check itself, signs, and notes what it signed.

1. The device key is well-formed, and signed this very request: nobody gets a badge for somebody else's key.
2. The agent stood for it: with a passkey, which the issuer judges itself (`proving`); or by a sign-in of at most twelve
   hours, for which it has the server's word, and which its own settings may rule out (`by_passkey_only`).
3. The organisation is the issuer's own; the expiry is at most twelve hours ahead of when the agent stood for it with a
   passkey, and no later than the sign-in's end.
4. One agent gets at most `BADGES_AN_HOUR`.

Each badge is noted in the issuer's journal before it leaves: a badge that the log does not have is found by comparing.
"""

import os
import secrets
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

import msgspec

from server.badges.key_file import BadgeKeyFile
from server.badges.proving import PasskeyProof, ProofRefused, Proved, Proving, Question
from session.device_key import DeviceKeyInvalid, parse
from session.ports import Clock
from verification.badge import LONGEST_LIFE_MS, Badge, BadgeInvalid, BadgeKey, sign
from verification.introduction import signature_holds
from verification.passkey import RelyingParty

REQUEST_LABEL: Final = "tachiai/badge-request/v1"
ASSERTION_LONGEST_MS: Final = 12 * 3_600_000  # a sign-in's: as long as it lasts
BADGES_AN_HOUR: Final = 120
HOUR_MS: Final = 3_600_000
ID_BYTES: Final = 16

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Assertion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the agent stood for this badge. `sign_in`: by having signed in, at `at_ms`, which counts for nobody else.
    `passkey`: a signature over device key, case and login; without one, that which the issuer saw before."""

    method: Literal["sign_in", "passkey"]
    at_ms: int = 0
    passkey: PasskeyProof | None = None


class IssueRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`case` is the reference that customers know. `signature`: the device key's over `request_text`."""

    agent: Name
    number: Name
    name: Name
    role: Name
    case: Name
    session: Name
    login: Name
    device_key: Annotated[str, msgspec.Meta(max_length=512)]
    signature: Annotated[str, msgspec.Meta(max_length=128)]
    assertion: Assertion
    login_expires_at_ms: int

    @property
    def question(self) -> Question:
        return Question(agent=self.agent, login=self.login, case=self.case, device_key=self.device_key)


class IssuedBadge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    key: str
    document: str
    signature: str
    asserted_at_ms: int  # when the agent stood for it
    issued_at_ms: int
    expires_at_ms: int


class IssueRefused(Exception):
    """No badge was made. The message is a sentence."""


class PasskeyNeeded(IssueRefused):
    """The agent is to stand for this badge with a passkey first. The message is a sentence."""


class IssuerUnavailable(Exception):
    """The issuer does not answer, or its key cannot be used. The message is a sentence."""


class Issuer(Protocol):
    async def nonce(self, question: Question) -> str:
        """What a passkey's challenge is to be made with, base64url. Raises IssuerUnavailable."""
        ...

    async def issue(self, request: IssueRequest) -> IssuedBadge:
        """A badge of now, noted in the issuer's journal. Raises PasskeyNeeded, IssueRefused, IssuerUnavailable."""
        ...

    async def keys(self) -> tuple[BadgeKey, ...]:
        """All public keys that ever signed, the oldest first. Raises IssuerUnavailable."""
        ...


def request_text(session: str, case: str) -> str:
    """What the agent's page signs with its device key to ask for a badge."""
    return f"{REQUEST_LABEL} {session} {case}"


@dataclass(frozen=True, slots=True)
class IssuerRules:
    """The issuer's own, whatever a server says. `party.name` is the organisation; `by_passkey_only`: a sign-in counts
    for nothing."""

    party: RelyingParty
    life_ms: int
    by_passkey_only: bool = False


class KeyedIssuer:
    """The issuer itself. Raises BadgeKeyRefused where its key cannot be used; its homes translate that."""

    def __init__(self, file: BadgeKeyFile, rules: IssuerRules, clock: Clock) -> None:
        self._file, self._rules, self._clock = file, rules, clock
        self._life_ms = min(rules.life_ms, LONGEST_LIFE_MS)
        self._proving = Proving(rules.party, self._life_ms)
        self._recent: dict[str, deque[int]] = {}

    def nonce(self, question: Question) -> str:
        return self._proving.nonce(question, self._file.signing().seed, self._clock.now_ms())

    def issue(self, request: IssueRequest) -> IssuedBadge:
        """Raises IssueRefused."""
        now, signing = self._clock.now_ms(), self._file.signing()
        proved = self._judged(request, signing.seed, now)
        badge = Badge(
            id="bdg_" + secrets.token_urlsafe(ID_BYTES),
            organisation=self._rules.party.name,
            number=request.number,
            name=request.name,
            role=request.role,
            case=request.case,
            device_key=request.device_key,
            key=signing.key.id,
            issued_at_ms=now,
            expires_at_ms=min(self._last_ms(proved, now), request.login_expires_at_ms),
        )
        try:
            document, signature = sign(badge, signing.seed)
        except BadgeInvalid as error:
            raise IssueRefused(str(error)) from error
        self._note(badge, request, proved)
        return IssuedBadge(
            id=badge.id,
            key=badge.key,
            document=document,
            signature=signature,
            asserted_at_ms=request.assertion.at_ms if proved is None else proved.at_ms,
            issued_at_ms=now,
            expires_at_ms=badge.expires_at_ms,
        )

    def keys(self) -> tuple[BadgeKey, ...]:
        return self._file.keys()

    def _last_ms(self, proved: Proved | None, now: int) -> int:
        """An earlier assertion carries no badge longer than the first one."""
        return (now if proved is None else proved.at_ms) + self._life_ms

    def _judged(self, request: IssueRequest, seed: bytes, now: int) -> Proved | None:
        """What a passkey proved; None where the sign-in counts. Raises IssueRefused."""
        try:
            key = parse(request.device_key)
        except DeviceKeyInvalid as error:
            raise IssueRefused(str(error)) from error
        if not signature_holds(key, request_text(request.session, request.case), request.signature):
            raise IssueRefused("The request is not signed with the device key that it names.")
        proved = self._by_passkey(request, seed, now) if request.assertion.method == "passkey" else None
        if proved is None:
            self._sign_in_must_count(request.assertion, now)
        if not self._has_room(request.agent, now):
            raise IssueRefused("This agent has got too many badges within an hour.")
        return proved

    def _by_passkey(self, request: IssueRequest, seed: bytes, now: int) -> Proved:
        proof = request.assertion.passkey
        if proof is None:
            if (standing := self._proving.standing(request.question, now)) is None:
                raise PasskeyNeeded("A badge is made once the agent has confirmed it with a passkey.")
            return standing
        try:
            return self._proving.proved(request.question, proof, seed, now)
        except ProofRefused as error:
            raise IssueRefused(str(error)) from error

    def _sign_in_must_count(self, assertion: Assertion, now: int) -> None:
        if self._rules.by_passkey_only:
            raise PasskeyNeeded("Here a badge is made for agents with a passkey only.")
        if not 0 <= now - assertion.at_ms <= ASSERTION_LONGEST_MS:
            raise IssueRefused("The agent has to sign in again before a badge is made.")

    def _has_room(self, agent: str, now: int) -> bool:
        recent = self._recent.setdefault(agent, deque())
        while recent and recent[0] <= now - HOUR_MS:
            recent.popleft()
        if len(recent) >= BADGES_AN_HOUR:
            return False
        recent.append(now)
        return True

    def _note(self, badge: Badge, request: IssueRequest, proved: Proved | None) -> None:
        line = {
            "id": badge.id,
            "number": badge.number,
            "case": badge.case,
            "session": request.session,
            "key": badge.key,
            "method": request.assertion.method,
            **({} if proved is None else {"passkey": proved.passkey, "asserted_at_ms": proved.at_ms}),
            "issued_at_ms": badge.issued_at_ms,
            "expires_at_ms": badge.expires_at_ms,
        }
        try:
            _append(self._file.journal, msgspec.json.encode(line))
        except OSError as error:
            raise IssueRefused(f"The issuer's journal cannot be written: {error.strerror}.") from error


def _append(journal: Path, line: bytes) -> None:
    descriptor = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
