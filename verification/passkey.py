"""Passkeys: is this answer an authenticator's, made for us, by somebody who unlocked it? Pure but for the library.

1. Nothing is looked into before its size and form hold (`passkey_response`).
2. User verification is always required: the library's default is not to.
3. The origin and the relying party's id are exactly ours; what was signed in a frame of another site is refused.
4. ES256 on P-256, Ed25519, and RS256 with 2048 to 4096 bits; nothing else, whatever the library may know.
5. An authenticator's make is not asked for: attestation is "none" or the credential's own signature, which proves
   nothing more.
6. The counter is compared after the signature holds, by the store and in one write: an unsigned number must not be
   able to shut a passkey, and two answers with one number must not both pass.
7. Credential, owner and user handle belong together (`belongs`); the library knows none of them.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authenticator_data,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import (
    DecodedEC2PublicKey,
    DecodedOKPPublicKey,
    DecodedRSAPublicKey,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from verification.enrolment import Subject
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import (
    LARGEST_CREDENTIAL,
    AssertionResponse,
    RegistrationResponse,
    encoded,
)

ALGORITHMS: Final = (-7, -8, -257)  # ES256, EdDSA, RS256; the first is asked for first
MOST_PASSKEYS: Final = 10  # of one owner
_RSA_BYTES: Final = range(256, 513)
_RSA_EXPONENT: Final = b"\x01\x00\x01"
_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_FLAGS_AT: Final = 32
_CREDENTIAL_BYTES: Final = range(16, LARGEST_CREDENTIAL + 1)
_ATTESTATIONS: Final = frozenset({"none", "packed"})
# What the library and what it calls raise for bytes that are no answer. All mean the same: refused.
_BROKEN: Final = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """`id` is the host's name, `origin` the exact origin of our pages, `name` what the browser's window shows."""

    id: str
    origin: str
    name: str

    @property
    def id_hash(self) -> bytes:
        return hashlib.sha256(self.id.encode("ascii")).digest()


@dataclass(frozen=True, slots=True)
class Passkey:
    """`public_key` is a COSE key (RFC 9052). `sign_count` is 0 where the authenticator does not count."""

    id: str
    owner: Subject
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    backed_up: bool
    label: str = field(repr=False)
    created_at_ms: int
    last_used_ms: int | None = None
    disabled_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What an authenticator made, good for a passkey."""

    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    backed_up: bool


def judge_registration(
    response: RegistrationResponse, *, challenge: bytes, party: RelyingParty
) -> NewCredential:
    """`challenge` was found in the response and taken. Raises PasskeyRefused."""
    _check_attestation(response.attestation, party)
    nothing = b"\0"  # the library compares these two with each other; what counts stands in the attestation
    credential = RegistrationCredential(
        id=encoded(nothing),
        raw_id=nothing,
        response=AuthenticatorAttestationResponse(
            client_data_json=response.client_data, attestation_object=response.attestation
        ),
    )
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_presence=True,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
        _check_key(made.credential_public_key)
    except _BROKEN as error:
        raise PasskeyRefused(Refusal.ATTESTATION) from error
    return NewCredential(
        made.credential_id, made.credential_public_key, made.sign_count, made.credential_backed_up
    )


def judge_assertion(
    response: AssertionResponse, passkey: Passkey, *, challenge: bytes, party: RelyingParty
) -> int:
    """The counter that came with a signature that holds. `challenge` was found in the response and taken.

    Raises PasskeyRefused, with the passkey's id.
    """
    try:
        parse_authenticator_data(response.data)
        _check_flags(response.data, party)
    except PasskeyRefused as refused:
        raise _refused(refused.reason, passkey) from refused
    except _BROKEN as error:
        raise _refused(Refusal.MALFORMED, passkey) from error
    credential = AuthenticationCredential(
        id=encoded(response.credential),
        raw_id=response.credential,
        response=AuthenticatorAssertionResponse(
            client_data_json=response.client_data,
            authenticator_data=response.data,
            signature=response.signature,
            user_handle=response.user_handle,
        ),
    )
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # see 6: compared by the store
            require_user_verification=True,
        ).new_sign_count
    except _BROKEN as error:
        raise _refused(Refusal.SIGNATURE, passkey) from error


def counted_on(before: int, now: int) -> bool:
    """Whether the counter moved as WebAuthn level 3, section 7.2, step 22 wants it: upwards, or it stays at 0."""
    return now > before or now == before == 0


def belongs(passkey: Passkey, response: AssertionResponse, handle: bytes | None) -> bool:
    """Whether the answer names the owner whom the credential was made for."""
    return handle is not None and response.user_handle == handle and response.credential == passkey.credential


def _check_attestation(attestation: bytes, party: RelyingParty) -> None:
    """Before the library follows certificates that nobody asked for. Raises PasskeyRefused."""
    try:
        made = parse_attestation_object(attestation)
        credential = made.auth_data.attested_credential_data
    except _BROKEN as error:
        raise PasskeyRefused(Refusal.MALFORMED) from error
    if made.fmt not in _ATTESTATIONS or made.att_stmt.x5c is not None or credential is None:
        raise PasskeyRefused(Refusal.ATTESTATION)
    if len(credential.credential_id) not in _CREDENTIAL_BYTES:
        raise PasskeyRefused(Refusal.ATTESTATION)
    flags = made.auth_data.flags
    _check_flags(made.auth_data.rp_id_hash + bytes([_PRESENT * flags.up | _VERIFIED * flags.uv]), party)


def _check_flags(data: bytes, party: RelyingParty) -> None:
    """For an exact reason; the library judges all of it again. Raises PasskeyRefused."""
    if data[:_FLAGS_AT] != party.id_hash:
        raise PasskeyRefused(Refusal.PARTY)
    if not data[_FLAGS_AT] & _PRESENT:
        raise PasskeyRefused(Refusal.PRESENCE)
    if not data[_FLAGS_AT] & _VERIFIED:
        raise PasskeyRefused(Refusal.USER_VERIFICATION)


def _check_key(public_key: bytes) -> None:
    """The curve and size that belong to the algorithm: the library takes any that it knows. Raises PasskeyRefused."""
    key: Any = decode_credential_public_key(public_key)
    if isinstance(key, DecodedEC2PublicKey):
        good = key.alg == -7 and key.crv == COSECRV.P256 and len(key.x) == len(key.y) == 32
    elif isinstance(key, DecodedOKPPublicKey):
        good = key.alg == -8 and key.crv == COSECRV.ED25519 and len(key.x) == 32
    elif isinstance(key, DecodedRSAPublicKey):
        good = key.alg == -257 and len(key.n) in _RSA_BYTES and key.e == _RSA_EXPONENT and key.n[0] >= 0x80
    else:
        good = False
    if not good:
        raise PasskeyRefused(Refusal.ALGORITHM)
    decoded_public_key_to_cryptography(key)  # a point that is not on the curve raises


def _refused(reason: Refusal, passkey: Passkey) -> PasskeyRefused:
    return PasskeyRefused(reason, passkey=passkey.id, owner=passkey.owner.id)
