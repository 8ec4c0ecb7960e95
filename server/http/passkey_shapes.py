"""Passkeys as JSON: what a page passes to the browser, and what comes back. All bytes are base64url without padding."""

from typing import Annotated, Final, Literal

import msgspec

from server.http.shapes import Answer, Request
from session.model import Session
from verification.passkey import ALGORITHMS, Passkey
from verification.passkey_challenge import LIFE_MS
from verification.passkey_response import (
    AssertionResponse,
    RegistrationResponse,
    assertion_response,
    encoded,
    registration_response,
)
from verification.passkeys import Asked, RegistrationAsked

LONGEST_LABEL: Final = 64

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_LABEL)]


class PartyShown(Answer, frozen=True, kw_only=True):
    id: str
    name: str


class PasskeyOwner(Answer, frozen=True, kw_only=True):
    """`handle` tells nothing about its owner. `account` is what the browser's window writes."""

    handle: str
    account: str


class RegistrationOptions(Answer, frozen=True, kw_only=True):
    """For `navigator.credentials.create`: see web_client/protocol/passkey.js."""

    challenge: str
    party: PartyShown
    user: PasskeyOwner
    algorithms: list[int]
    known: list[str]
    timeout_ms: int


class AssertionOptions(Answer, frozen=True, kw_only=True):
    """For `navigator.credentials.get`. Where the challenge is bound to something, the page makes it again from `nonce`
    and what it knows."""

    challenge: str
    nonce: str
    party: PartyShown
    timeout_ms: int


class SessionAssertionOptions(AssertionOptions, frozen=True, kw_only=True):
    """`case` and `agent` are ids that the transcript has in it and the page does not show."""

    case: str
    agent: str


class BadgeAssertionOptions(AssertionOptions, frozen=True, kw_only=True):
    """`login`: the sign-in's id, which the challenge has in it and the page does not show."""

    login: str


class PasskeyRegistration(Request, frozen=True, kw_only=True):
    client_data: Annotated[str, msgspec.Meta(max_length=4096)]
    attestation: Annotated[str, msgspec.Meta(max_length=8192)]

    def response(self) -> RegistrationResponse:
        """Raises PasskeyRefused."""
        return registration_response(self.client_data, self.attestation)


class NamedRegistration(Request, frozen=True, kw_only=True):
    """`label`: the owner's own word for it."""

    label: Label
    passkey: PasskeyRegistration


class PasskeyAssertion(Request, frozen=True, kw_only=True):
    credential: Annotated[str, msgspec.Meta(max_length=2048)]
    client_data: Annotated[str, msgspec.Meta(max_length=4096)]
    data: Annotated[str, msgspec.Meta(max_length=4096)]
    signature: Annotated[str, msgspec.Meta(max_length=1024)]
    user_handle: Annotated[str, msgspec.Meta(max_length=128)]

    def response(self) -> AssertionResponse:
        """Raises PasskeyRefused."""
        return assertion_response(
            self.credential, self.client_data, self.data, self.signature, self.user_handle
        )


class PasskeyShown(Answer, frozen=True, kw_only=True):
    """To its owner. `disabled`: it did not count on, so there may be a copy of it; it opens nothing any more."""

    id: str
    label: str
    state: Literal["good", "disabled"]
    backed_up: bool
    created_at_ms: int
    last_used_ms: int | None


def registration_options(asked: RegistrationAsked, account: str) -> RegistrationOptions:
    return RegistrationOptions(
        challenge=encoded(asked.challenge),
        party=PartyShown(id=asked.party.id, name=asked.party.name),
        user=PasskeyOwner(handle=encoded(asked.user_handle), account=account),
        algorithms=list(ALGORITHMS),
        known=[encoded(one) for one in asked.known],
        timeout_ms=LIFE_MS,
    )


def assertion_options(asked: Asked) -> AssertionOptions:
    return AssertionOptions(
        challenge=encoded(asked.challenge),
        nonce=encoded(asked.nonce),
        party=PartyShown(id=asked.party.id, name=asked.party.name),
        timeout_ms=LIFE_MS,
    )


def session_options(asked: Asked, session: Session) -> SessionAssertionOptions:
    return SessionAssertionOptions(
        challenge=encoded(asked.challenge),
        nonce=encoded(asked.nonce),
        party=PartyShown(id=asked.party.id, name=asked.party.name),
        timeout_ms=LIFE_MS,
        case=session.case,
        agent=session.agent,
    )


def badge_options(asked: Asked, login: str) -> BadgeAssertionOptions:
    return BadgeAssertionOptions(
        challenge=encoded(asked.challenge),
        nonce=encoded(asked.nonce),
        party=PartyShown(id=asked.party.id, name=asked.party.name),
        timeout_ms=LIFE_MS,
        login=login,
    )


def passkey_shown(passkey: Passkey) -> PasskeyShown:
    return PasskeyShown(
        id=passkey.id,
        label=passkey.label,
        state="good" if passkey.disabled_at_ms is None else "disabled",
        backed_up=passkey.backed_up,
        created_at_ms=passkey.created_at_ms,
        last_used_ms=passkey.last_used_ms,
    )
