"""How the issuer makes sure that an agent stands for a badge with a passkey: by its own question, and the answer.

1. The question's nonce is the issuer's: the time, chance, and a MAC over both and what the signature shall stand for
   (device key, case, login), under a key that follows from the badge key. So no memory is needed to know it again, it
   is good for nothing else, and for five minutes only.
2. The challenge is made again from the request and the nonce; the answer has to be over it, by a passkey that was
   unlocked, on our pages (`verification.passkey`). Whether it is this agent's passkey, and counts on, the server tells.
3. An answer counts once. Then it stands for this agent, login, case and device key for as long as a badge lives, so
   that another session in the case asks nobody again. That is in this process's memory: after a restart agents are
   asked once more.
"""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from verification.enrolment import Subject, SubjectKind
from verification.passkey import Passkey, RelyingParty, judge_assertion
from verification.passkey_challenge import LIFE_MS, Bound, for_badge, prefixed
from verification.passkey_refusal import PasskeyRefused
from verification.passkey_response import AssertionResponse, challenge_in, decoded, encoded

_KEY_LABEL: Final = b"tachiai/badge-question/v1"
_TIME_BYTES: Final = 8
_CHANCE_BYTES: Final = 8
_MAC_BYTES: Final = 16  # with the others 32 bytes, a nonce's size

Encoded = Annotated[str, msgspec.Meta(max_length=8192, pattern="^[A-Za-z0-9_-]+$")]


class ProofRefused(Exception):
    """The answer does not count. The message is a sentence."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an agent is to stand for. `case` is the reference that customers know."""

    agent: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    login: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    case: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    device_key: Annotated[str, msgspec.Meta(max_length=512)]

    @property
    def bound(self) -> Bound:
        return for_badge(device_key=self.device_key, case=self.case, login=self.login)


class PasskeyProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An authenticator's answer, all base64url. `public_key` is the passkey's, a COSE key (RFC 9052)."""

    nonce: Encoded
    public_key: Encoded
    credential: Encoded
    client_data: Encoded
    data: Encoded
    signature: Encoded


@dataclass(frozen=True, slots=True)
class Proved:
    """`at_ms`: when the passkey signed. `passkey`: SHA-256 over its public key, base64url."""

    at_ms: int
    passkey: str


class Proving:
    def __init__(self, party: RelyingParty, stands_for_ms: int) -> None:
        self._party, self._stands_for_ms = party, stands_for_ms
        self._standing: dict[Question, Proved] = {}
        self._used: dict[bytes, int] = {}
        self._one_at_a_time = threading.Lock()  # its homes ask from threads

    def nonce(self, question: Question, seed: bytes, now: int) -> str:
        told = now.to_bytes(_TIME_BYTES, "big") + secrets.token_bytes(_CHANCE_BYTES)
        return encoded(told + _mac(told, question, seed))

    def standing(self, question: Question, now: int) -> Proved | None:
        """What this agent has proved before, if it still counts."""
        proved = self._standing.get(question)
        return proved if proved is not None and self._stands(proved, now) else None

    def proved(self, question: Question, proof: PasskeyProof, seed: bytes, now: int) -> Proved:
        """Raises ProofRefused."""
        challenge = question.bound.challenge(_own_nonce(question, proof, seed, now))
        try:
            response = _response(proof)
            if challenge_in(response.client_data, "webauthn.get", self._party.origin) != challenge:
                raise ProofRefused("The passkey signed something else than this badge.")
            judge_assertion(response, _passkey(question, proof), challenge=challenge, party=self._party)
        except (PasskeyRefused, ValueError) as error:
            raise ProofRefused("The passkey's signature does not hold for this badge.") from error
        proved = Proved(now, encoded(hashlib.sha256(decoded(proof.public_key)).digest()))
        with self._one_at_a_time:
            self._use_up(challenge, now)
            self._standing = {one: at for one, at in self._standing.items() if self._stands(at, now)}
            self._standing[question] = proved
        return proved

    def _stands(self, proved: Proved, now: int) -> bool:
        return 0 <= now - proved.at_ms < self._stands_for_ms

    def _use_up(self, challenge: bytes, now: int) -> None:
        """Raises ProofRefused the second time."""
        self._used = {one: until for one, until in self._used.items() if now < until}
        if challenge in self._used:
            raise ProofRefused("This answer of the passkey was used before.")
        self._used[challenge] = now + LIFE_MS


def _own_nonce(question: Question, proof: PasskeyProof, seed: bytes, now: int) -> bytes:
    try:
        nonce = decoded(proof.nonce)
    except ValueError as error:
        raise ProofRefused("The question to the passkey is not this issuer's.") from error
    told, mac = nonce[: _TIME_BYTES + _CHANCE_BYTES], nonce[_TIME_BYTES + _CHANCE_BYTES :]
    if not hmac.compare_digest(mac, _mac(told, question, seed)):
        raise ProofRefused("The question to the passkey is not this issuer's.")
    if not 0 <= now - int.from_bytes(told[:_TIME_BYTES], "big") < LIFE_MS:
        raise ProofRefused("The question to the passkey was too old.")
    return nonce


def _mac(told: bytes, question: Question, seed: bytes) -> bytes:
    key = hmac.digest(seed, _KEY_LABEL, "sha256")
    parts = prefixed([told, question.agent.encode(), *question.bound.parts])
    return hmac.digest(key, parts, "sha256")[:_MAC_BYTES]


def _response(proof: PasskeyProof) -> AssertionResponse:
    """The handle is the server's to compare: only its rows know it."""
    return AssertionResponse(
        decoded(proof.credential),
        decoded(proof.client_data),
        decoded(proof.data),
        decoded(proof.signature),
        b"",
    )


def _passkey(question: Question, proof: PasskeyProof) -> Passkey:
    return Passkey(
        id="",
        owner=Subject(SubjectKind.STAFF, question.agent),
        credential=decoded(proof.credential),
        public_key=decoded(proof.public_key),
        sign_count=0,
        backed_up=False,
        label="",
        created_at_ms=0,
    )
