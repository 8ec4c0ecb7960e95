"""What comes from an authenticator is parsed strictly: mutants are refused by a reason of ours, whatever they break."""

import random
from collections.abc import Iterator

import cbor2
import pytest

from tests.soft_passkey import UNLOCKED, Credential, b64, bytes_of, client_data
from verification.enrolment import Subject, SubjectKind
from verification.passkey import (
    NewCredential,
    Passkey,
    RelyingParty,
    judge_assertion,
    judge_registration,
)
from verification.passkey_challenge import for_session, prefixed
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import (
    AssertionResponse,
    RegistrationResponse,
    assertion_response,
    challenge_in,
    registration_response,
)

PARTY = RelyingParty("help.example", "https://help.example", "Example")
CHALLENGE = bytes(range(32))
MUTANTS = 2_500  # of each of four texts


def mutants(data: bytes, seed: int) -> Iterator[bytes]:
    """Bits flipped, pieces dropped, doubled, moved and set to what breaks parsers."""
    chance = random.Random(seed)  # noqa: S311 (mutants, not secrets)
    for _ in range(MUTANTS):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            at = chance.randrange(len(changed) + 1)
            match chance.randrange(5):
                case 0:
                    changed[at:at] = bytes(
                        [chance.choice((0, 0x5B, 0x7B, 0x22, 0x9F, 0xBF, 0xFF, 0x81, 0xC2))]
                    )
                case 1:
                    del changed[at : at + chance.randrange(1, 9)]
                case 2:
                    changed[at:at] = changed[at : at + chance.randrange(1, 33)]
                case 3 if at < len(changed):
                    changed[at] ^= 1 << chance.randrange(8)
                case _ if at < len(changed):
                    changed[at] = chance.randrange(256)
        if bytes(changed) != data:
            yield bytes(changed)


def registered(credential: Credential) -> Passkey:
    made = judge_registration(
        RegistrationResponse(
            client_data("webauthn.create", CHALLENGE, PARTY.origin), credential.attestation()
        ),
        challenge=CHALLENGE,
        party=PARTY,
    )
    owner = Subject(SubjectKind.CUSTOMER, "cus_1")
    return Passkey("pas_1", owner, made.credential, made.public_key, made.sign_count, made.backed_up, "", 0)


def test_mutants_of_an_attestation_are_refused_or_make_a_credential_of_an_allowed_kind() -> None:
    told = client_data("webauthn.create", CHALLENGE, PARTY.origin)
    accepted = 0
    for changed in mutants(Credential(PARTY.id, bytes(64)).attestation(), 1):
        try:
            made = judge_registration(RegistrationResponse(told, changed), challenge=CHALLENGE, party=PARTY)
        except PasskeyRefused:
            continue
        accepted += 1  # another aaguid, counter, id or point: nobody vouched for these
        assert isinstance(made, NewCredential)
        assert 16 <= len(made.credential) <= 1023
    assert accepted < MUTANTS / 2


def test_no_mutant_of_an_assertion_is_taken() -> None:
    credential = Credential(PARTY.id, bytes(64))
    passkey = registered(credential)
    body = credential.assertion(CHALLENGE, PARTY.origin)
    good = assertion_response(**body)
    assert judge_assertion(good, passkey, challenge=CHALLENGE, party=PARTY) == 1
    for changed in mutants(good.data, 2):
        response = AssertionResponse(
            good.credential, good.client_data, changed, good.signature, good.user_handle
        )
        with pytest.raises(PasskeyRefused):
            judge_assertion(response, passkey, challenge=CHALLENGE, party=PARTY)


def test_no_mutant_of_client_data_is_taken() -> None:
    credential = Credential(PARTY.id, bytes(64))
    passkey = registered(credential)
    good = assertion_response(**credential.assertion(CHALLENGE, PARTY.origin))
    for changed in mutants(good.client_data, 3):
        response = AssertionResponse(good.credential, changed, good.data, good.signature, good.user_handle)
        with pytest.raises(PasskeyRefused):
            judged_whole(response, passkey)


def judged_whole(response: AssertionResponse, passkey: Passkey) -> int:
    challenge = challenge_in(response.client_data, "webauthn.get", PARTY.origin)
    return judge_assertion(response, passkey, challenge=challenge, party=PARTY)


def test_mutants_of_base64_are_canonical_or_refused() -> None:
    text = b64(bytes(range(200)))
    for changed in mutants(text.encode(), 4):
        sent = changed.decode("latin-1")
        try:
            response = registration_response(sent, text)
        except PasskeyRefused:
            continue
        assert b64(response.client_data) == sent


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (b"", Refusal.MALFORMED),
        (b"[" * 2_000, Refusal.MALFORMED),
        (b"{}", Refusal.MALFORMED),
        (b"x" * 2_049, Refusal.MALFORMED),
        (client_data("webauthn.create", CHALLENGE, PARTY.origin), Refusal.MALFORMED),
        (client_data("webauthn.get", CHALLENGE, PARTY.origin + "/"), Refusal.ORIGIN),
        (client_data("webauthn.get", CHALLENGE, PARTY.origin.upper()), Refusal.ORIGIN),
        (client_data("webauthn.get", CHALLENGE[:31], PARTY.origin), Refusal.CHALLENGE),
        (client_data("webauthn.get", CHALLENGE + b"x", PARTY.origin), Refusal.MALFORMED),
        (client_data("webauthn.get", CHALLENGE, PARTY.origin, crossOrigin=True), Refusal.CROSS_ORIGIN),
        (client_data("webauthn.get", CHALLENGE, PARTY.origin, crossOrigin="false"), Refusal.MALFORMED),
        (client_data("webauthn.get", CHALLENGE, PARTY.origin, topOrigin=PARTY.origin), Refusal.CROSS_ORIGIN),
    ],
)
def test_client_data_is_exactly_what_our_page_asked_for(told: bytes, reason: Refusal) -> None:
    with pytest.raises(PasskeyRefused) as refused:
        challenge_in(told, "webauthn.get", PARTY.origin)
    assert refused.value.reason is reason


def test_members_that_a_browser_adds_are_let_be() -> None:
    told = client_data("webauthn.get", CHALLENGE, PARTY.origin, other_keys_can_be_added_here="do not compare")
    assert challenge_in(told, "webauthn.get", PARTY.origin) == CHALLENGE


@pytest.mark.parametrize(
    "cose",
    [
        {1: 2, 3: -7, -1: 2, -2: bytes(48), -3: bytes(48)},  # P-384 under the name of ES256
        {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)},  # no point of the curve
        {1: 2, 3: -36, -1: 3, -2: bytes(66), -3: bytes(66)},
        {1: 1, 3: -8, -1: 7, -2: bytes(57)},  # Ed448
        {1: 3, 3: -257, -1: b"\xff" * 128, -2: b"\x01\x00\x01"},  # 1,024 bits
        {1: 3, 3: -257, -1: b"\xff" * 256, -2: b"\x03"},
        {1: 3, 3: -65535, -1: b"\xff" * 256, -2: b"\x01\x00\x01"},  # SHA-1
        {1: 7, 3: -48, -1: bytes(1312)},
        {},
        {1: 2},
    ],
)
def test_keys_of_other_kinds_make_no_passkey(cose: dict[int, object]) -> None:
    told = client_data("webauthn.create", CHALLENGE, PARTY.origin)
    attestation = Credential(PARTY.id, bytes(64)).attestation(cose=cose)
    with pytest.raises(PasskeyRefused):
        judge_registration(RegistrationResponse(told, attestation), challenge=CHALLENGE, party=PARTY)


def test_an_attestation_that_nobody_asked_for_is_not_even_followed() -> None:
    told = client_data("webauthn.create", CHALLENGE, PARTY.origin)
    made = cbor2.loads(Credential(PARTY.id, bytes(64)).attestation(UNLOCKED))
    for changed in (
        {**made, "fmt": "android-safetynet", "attStmt": {"ver": "1", "response": b"a.b.c"}},
        {**made, "fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"x"]}},
        {**made, "fmt": "packed", "attStmt": {"alg": -7, "sig": b"x"}},
        {**made, "fmt": "none", "attStmt": {"sig": b"x"}},
        {**made, "authData": made["authData"] + b"x"},
        [made],
    ):
        with pytest.raises(PasskeyRefused):
            judge_registration(
                RegistrationResponse(told, cbor2.dumps(changed)), challenge=CHALLENGE, party=PARTY
            )
    for deep in (b"\x81" * 6_144, b"\xa1" * 6_144, b"\x9b" + b"\xff" * 8, b"\x5b\x7f" + b"\xff" * 7):
        with pytest.raises(PasskeyRefused):
            judge_registration(RegistrationResponse(told, deep), challenge=CHALLENGE, party=PARTY)


def test_a_challenge_stands_for_exactly_its_parts() -> None:
    """Lengths stand in front, so that nothing can move from one part into the next."""
    assert prefixed([b"ab", b"c"]) != prefixed([b"a", b"bc"])
    assert prefixed([b"ab"]) == b"\x00\x00\x00\x02ab"
    nonce, transcript, action = bytes(32), b"t" * 32, b"a" * 32
    made = {
        for_session(transcript, "V2").challenge(nonce),
        for_session(transcript, "V3").challenge(nonce),
        for_session(transcript, "V3", action).challenge(nonce),
        for_session(b"u" * 32, "V3", action).challenge(nonce),
        for_session(transcript, "V3", action).challenge(b"n" * 32),
    }
    assert len(made) == 5
    for wrong in ((b"short", b""), (transcript, b"short")):
        with pytest.raises(ValueError, match="32"):
            for_session(wrong[0], "V2", wrong[1])


def test_a_response_of_a_wrong_size_is_refused_before_it_is_looked_into() -> None:
    body = Credential(PARTY.id, bytes(64)).assertion(CHALLENGE, PARTY.origin)
    for name, largest in (("credential", 1023), ("data", 2048), ("signature", 512), ("user_handle", 64)):
        for size in (0, largest + 1):
            with pytest.raises(PasskeyRefused):
                assertion_response(**{**body, name: b64(bytes(size))})
    with pytest.raises(PasskeyRefused):
        assertion_response(**{**body, "user_handle": b64(bytes(63))})
    assert bytes_of(body["user_handle"]) == bytes(64)
