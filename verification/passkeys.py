"""Passkeys of staff and customers: what is asked of an authenticator, and what its answer is worth.

    registration_options -> (browser) -> judge_registration -> NewPasskey, to be added once that is on record
    assertion_options    -> (browser) -> judge_assertion    -> Asserted

A challenge is taken from the store before anything else is judged, so that no answer is judged twice. Nothing asked
says who has a passkey: options for an assertion name no credential, and are alike for everybody.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from verification import passkey_challenge as challenges
from verification.enrolment import Subject, SubjectKind
from verification.passkey import (
    MOST_PASSKEYS,
    NewCredential,
    Passkey,
    RelyingParty,
    belongs,
    judge_assertion,
    judge_registration,
)
from verification.passkey_challenge import CHALLENGE_BYTES, LIFE_MS, Bound, Challenge, Purpose
from verification.passkey_ports import ChallengeStore, PasskeyStore
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import (
    HANDLE_BYTES,
    AssertionResponse,
    RegistrationResponse,
    challenge_in,
)

_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """`nonce` is the challenge itself, or what a bound one was made with."""

    challenge: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    party: RelyingParty


@dataclass(frozen=True, slots=True)
class RegistrationAsked(Asked):
    """`known`: the owner's credentials, which the authenticator shall not make again."""

    user_handle: bytes = field(repr=False)
    known: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asserted:
    """Somebody unlocked this passkey of this owner just now, for the purpose and binding that were asked for."""

    passkey: str
    owner: Subject


class Passkeys:
    def __init__(self, store: PasskeyStore, asked: ChallengeStore, party: RelyingParty) -> None:
        self._store, self._asked, self._party = store, asked, party

    async def registration_options(self, owner: Subject, *, binding: str, now_ms: int) -> RegistrationAsked:
        """Raises PasskeyRefused where the owner has ten already."""
        own = await self._store.of_owner(owner)
        if len(own) >= MOST_PASSKEYS:
            raise PasskeyRefused(Refusal.TOO_MANY, owner=owner.id)
        handle = await self._store.handle_of(owner, secrets.token_bytes(HANDLE_BYTES))
        asked = await self._ask(Purpose.REGISTER, owner, binding, None, now_ms)
        return RegistrationAsked(
            asked.challenge, asked.nonce, asked.party, handle, tuple(one.credential for one in own)
        )

    async def assertion_options(
        self,
        purpose: Purpose,
        *,
        binding: str,
        now_ms: int,
        owner: Subject | None = None,
        bound: Bound | None = None,
        nonce: bytes | None = None,
    ) -> Asked:
        """`binding` (at most 128 characters) names the browser, session or login that asks, and no other; `owner` is
        None where the answer shall say who it is. `nonce` (32 bytes): of whoever is to believe the answer too."""
        return await self._ask(purpose, owner, binding, bound, now_ms, nonce)

    async def judge_registration(
        self, owner: Subject, response: RegistrationResponse, *, binding: str, now_ms: int
    ) -> NewCredential:
        """A credential that may become this owner's. Raises PasskeyRefused."""
        challenge = challenge_in(response.client_data, "webauthn.create", self._party.origin)
        await self._take(challenge, Purpose.REGISTER, owner, binding, now_ms)
        made = judge_registration(response, challenge=challenge, party=self._party)
        if await self._store.of_credential(made.credential) is not None:
            raise PasskeyRefused(Refusal.KNOWN, owner=owner.id)
        return made

    async def judge_assertion(
        self,
        purpose: Purpose,
        response: AssertionResponse,
        *,
        kind: SubjectKind,
        binding: str,
        now_ms: int,
        owner: Subject | None = None,
    ) -> Asserted:
        """`kind`: of whom an answer is taken at all. Raises PasskeyRefused; COUNTER has disabled the passkey."""
        challenge = challenge_in(response.client_data, "webauthn.get", self._party.origin)
        await self._take(challenge, purpose, owner, binding, now_ms)
        found = await self._store.of_credential(response.credential)
        if found is None:
            raise PasskeyRefused(Refusal.UNKNOWN)
        passkey, handle = found
        if passkey.owner.kind is not kind or owner not in {None, passkey.owner}:
            raise PasskeyRefused(Refusal.OWNER, passkey=passkey.id, owner=passkey.owner.id)
        if not belongs(passkey, response, handle):
            raise PasskeyRefused(Refusal.OWNER, passkey=passkey.id, owner=passkey.owner.id)
        if passkey.disabled_at_ms is not None:
            raise PasskeyRefused(Refusal.DISABLED, passkey=passkey.id, owner=passkey.owner.id)
        sign_count = judge_assertion(response, passkey, challenge=challenge, party=self._party)
        if not await self._store.count_on(passkey.id, sign_count, now_ms):
            await self._store.disable(passkey.id, now_ms)
            raise PasskeyRefused(Refusal.COUNTER, passkey=passkey.id, owner=passkey.owner.id)
        return Asserted(passkey.id, passkey.owner)

    async def _ask(
        self,
        purpose: Purpose,
        owner: Subject | None,
        binding: str,
        bound: Bound | None,
        now_ms: int,
        nonce: bytes | None = None,
    ) -> Asked:
        if not 1 <= len(binding) <= challenges.LONGEST_BINDING:
            raise ValueError("a binding has 1 to 128 characters")
        nonce = secrets.token_bytes(CHALLENGE_BYTES) if nonce is None else nonce
        if len(nonce) != CHALLENGE_BYTES:
            raise ValueError("a nonce has 32 bytes")
        challenge = bound.challenge(nonce) if bound is not None else nonce
        hashed = challenges.challenge_hash(challenge)
        kept = Challenge(hashed, purpose, owner.id if owner else None, binding, now_ms + LIFE_MS)
        await self._asked.keep(kept, now_ms)
        return Asked(challenge, nonce, self._party)

    async def _take(
        self, challenge: bytes, purpose: Purpose, owner: Subject | None, binding: str, now_ms: int
    ) -> None:
        taken = await self._asked.take(challenges.challenge_hash(challenge))
        owner_id = owner.id if owner else None
        if taken is None or now_ms >= taken.expires_at_ms or taken.purpose is not purpose:
            raise PasskeyRefused(Refusal.CHALLENGE, owner=owner_id)
        if taken.owner != owner_id or taken.binding != binding:
            raise PasskeyRefused(Refusal.CHALLENGE, owner=owner_id)


def new_passkey(made: NewCredential, owner: Subject, label: str, now_ms: int) -> Passkey:
    return Passkey(
        id="pas_" + secrets.token_urlsafe(_ID_BYTES),
        owner=owner,
        credential=made.credential,
        public_key=made.public_key,
        sign_count=made.sign_count,
        backed_up=made.backed_up,
        label=label,
        created_at_ms=now_ms,
    )
