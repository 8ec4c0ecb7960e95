"""Only a document that this customer's page signed for this very prompt grants anything."""

import json
import random
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from session.consent import (
    ConsentInvalid,
    NothingToPropose,
    Proposal,
    Reason,
    Wording,
    canonical,
    check,
    propose,
)
from session.device_key import DeviceKeyInvalid, decode, device_id, encode, parse
from session.identity import SessionId
from session.model import Device, Level, Scope, State
from tests.storage.session_examples import NOW, sharing, verification

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY = ec.derive_private_key(
    0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1()
)
OTHER_KEY = ec.derive_private_key(7, ec.SECP256R1())
PARTS = re.search(
    r"```text\n(.*?)\n```",
    (Path(__file__).parents[2] / "session/CONSENT.md").read_text(encoding="utf-8"),
    re.DOTALL,
)
TEXT, JWK, THUMBPRINT, DOCUMENT, SIGNATURE = PARTS[1].split("\n") if PARTS else [""] * 5

PROPOSAL = Proposal(
    session=SessionId("ses_AAAAAAAAAAAAAAAAAAAAAA"),
    agent_number="A-104",
    agent_name="山田 花子",
    organisation="Sakura Exchange",
    device=device_id(JWK),
    nonce="AAECAwQFBgcICQoLDA0ODw",
    surfaces=(Scope.TAB, Scope.WINDOW),
    extras=(Scope.CHAT,),
    wordings=(Wording(1, "en", "Your chosen tab is shown."), Wording(1, "ja", TEXT)),
)


def public(key: ec.EllipticCurvePrivateKey) -> str:
    numbers = key.public_key().public_numbers()
    x, y = encode(numbers.x.to_bytes(32)), encode(numbers.y.to_bytes(32))
    return f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'


def sign(document: str, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    r, s = decode_dss_signature(
        key.sign(document.encode("utf-8", "surrogatepass"), ec.ECDSA(hashes.SHA256()))
    )
    return encode(r.to_bytes(32) + s.to_bytes(32))


def changed(**members: Any) -> str:
    return canonical(json.loads(DOCUMENT) | members)


def refusal(
    document: str, signature: str | None = None, jwk: str = JWK, expected: Proposal = PROPOSAL
) -> Reason:
    """Why it does not count; signed properly unless a signature is given."""
    with pytest.raises(ConsentInvalid) as caught:
        check(document, sign(document) if signature is None else signature, jwk, expected, NOW)
    return caught.value.reason


def test_the_vector_of_the_format_holds() -> None:
    assert public(KEY) == JWK
    assert device_id(JWK) == THUMBPRINT
    granted = check(DOCUMENT, SIGNATURE, JWK, PROPOSAL, NOW)
    consent = granted.consent
    assert (consent.scopes, consent.surface, consent.level_needed) == (
        frozenset({Scope.TAB}),
        Scope.TAB,
        Level.V1,
    )
    assert (consent.granted_at, consent.until) == (NOW, NOW + 600_000)
    assert (consent.language, consent.wording_version) == ("ja", 1)
    assert (consent.document, consent.signature, granted.nonce) == (DOCUMENT, SIGNATURE, PROPOSAL.nonce)


def test_both_forms_of_a_signature_hold() -> None:
    raw = decode(SIGNATURE, 64)
    mirrored = ORDER - int.from_bytes(raw[32:])
    granted = check(DOCUMENT, encode(raw[:32] + mirrored.to_bytes(32)), JWK, PROPOSAL, NOW)
    assert granted.nonce == PROPOSAL.nonce


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"v": 2}, Reason.WRONG_FORM),
        ({"v": True}, Reason.WRONG_FORM),
        ({"v": 1.0}, Reason.WRONG_FORM),
        ({"kind": "tachiai-receipt"}, Reason.WRONG_FORM),
        ({"more": 1}, Reason.WRONG_FORM),
        ({"page_time_ms": 1.5}, Reason.WRONG_FORM),
        ({"page_time_ms": -1}, Reason.WRONG_FORM),
        ({"page_time_ms": 2**53}, Reason.WRONG_FORM),
        ({"scopes": [1]}, Reason.WRONG_FORM),
        ({"scopes": ["tab", "chat"]}, Reason.WRONG_FORM),
        ({"scopes": ["tab", "tab"]}, Reason.WRONG_FORM),
        ({"agent": {"name": "山田 花子"}}, Reason.WRONG_FORM),
        ({"agent": "山田 花子"}, Reason.WRONG_FORM),
        ({"session": "ses_BAAAAAAAAAAAAAAAAAAAAA"}, Reason.OTHER_SESSION),
        ({"agent": {"name": "山田 花子", "number": "A-105"}}, Reason.OTHER_AGENT),
        ({"organisation": "Sakura"}, Reason.OTHER_AGENT),
        ({"device": "another"}, Reason.OTHER_DEVICE),
        ({"nonce": "BAECAwQFBgcICQoLDA0ODw"}, Reason.OTHER_PROMPT),
        ({"transcript": "00"}, Reason.OTHER_PROMPT),
        ({"duration_ms": 600_001}, Reason.NOT_OFFERED),
        ({"scopes": ["screen"]}, Reason.NOT_OFFERED),
        ({"scopes": []}, Reason.NOT_OFFERED),
        ({"scopes": ["chat"]}, Reason.NOT_OFFERED),
        ({"scopes": ["tab", "window"]}, Reason.NOT_OFFERED),
        ({"scopes": ["recording", "tab"]}, Reason.NOT_OFFERED),
        ({"wording": {"language": "ja", "sha256": "00", "version": 1}}, Reason.OTHER_WORDING),
    ],
)
def test_a_signed_document_that_says_something_else_is_refused(
    members: dict[str, Any], reason: Reason
) -> None:
    assert refusal(changed(**members)) is reason


def test_extras_that_were_offered_can_be_chosen() -> None:
    document = changed(scopes=["chat", "window"])
    granted = check(document, sign(document), JWK, PROPOSAL, NOW)
    assert granted.consent.scopes == {Scope.CHAT, Scope.WINDOW}


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT + " ",
        DOCUMENT.replace(":", ": ", 1),
        DOCUMENT.replace('"v":1', '"v":1,"v":1'),
        DOCUMENT.replace("600000", "6e5"),
        DOCUMENT.replace("花", "\\u82b1"),
        DOCUMENT.replace("花", "\\ud800"),
        DOCUMENT.replace("花", "\ud800"),
        DOCUMENT[:-1],
        "[" * 2_000,
        '{"v":NaN}',
        "",
    ],
)
def test_another_spelling_of_the_same_is_refused(document: str) -> None:
    assert refusal(document) is Reason.NOT_CANONICAL


@pytest.mark.parametrize("document", ["1", "[]", "{}", '"tachiai-consent"', "null"])
def test_other_json_is_refused(document: str) -> None:
    assert refusal(document) is Reason.WRONG_FORM


def test_what_is_too_long_is_refused_unread() -> None:
    assert refusal("x" * 4_097) is Reason.TOO_LONG
    assert refusal("花" * 1_366) is Reason.TOO_LONG
    assert refusal(DOCUMENT, SIGNATURE + "A") is Reason.TOO_LONG


@pytest.mark.parametrize(
    "signature",
    [
        "",
        SIGNATURE[:-1],
        SIGNATURE[:-2] + "==",
        SIGNATURE[:-1] + "x",
        encode(bytes(64)),
        encode(b"\xff" * 64),
        sign(DOCUMENT, OTHER_KEY),
        sign(DOCUMENT + " "),
    ],
    ids=["none", "short", "padded", "other-end", "zeros", "ones", "another-key", "another-document"],
)
def test_a_signature_that_does_not_hold_is_refused(signature: str) -> None:
    assert refusal(DOCUMENT, signature) is Reason.SIGNATURE_INVALID


def test_another_devices_key_is_refused_even_with_its_own_good_signature() -> None:
    jwk = public(OTHER_KEY)
    assert refusal(DOCUMENT, sign(DOCUMENT, OTHER_KEY), jwk) is Reason.OTHER_DEVICE
    assert refusal(DOCUMENT, jwk="{}") is Reason.KEY_INVALID


@pytest.mark.parametrize(
    "jwk",
    [
        "",
        JWK + " ",
        JWK.replace(",", ", "),
        JWK.replace("P-256", "P-384"),
        JWK.replace('"kty":"EC",', ""),
        JWK.replace("}", ',"ext":true}'),
        JWK.replace('"x":"YP7', '"x":"ZP7'),
        JWK.replace("7Y", "7Z"),
        JWK.replace("Ipk", "Ipk="),
        " " * 600,
    ],
)
def test_only_the_one_form_of_a_key_on_the_curve_is_read(jwk: str) -> None:
    with pytest.raises(DeviceKeyInvalid):
        parse(jwk)


def test_ten_thousand_mutants_of_document_key_and_signature_are_refused_cleanly() -> None:
    source = random.Random(20261123)  # noqa: S311  # repeatable, not secret
    for _ in range(10_000):
        parts = [DOCUMENT, SIGNATURE, JWK]
        which = source.randrange(3)
        parts[which] = mutant(source, parts[which])
        if parts != [DOCUMENT, SIGNATURE, JWK]:
            with pytest.raises(ConsentInvalid):
                check(parts[0], parts[1], parts[2], PROPOSAL, NOW)


def test_signed_mutants_are_refused_or_say_what_was_offered() -> None:
    """A page that signs nonsense: the parser is reached, since the signature holds."""
    source = random.Random(7)  # noqa: S311  # repeatable, not secret
    for _ in range(10_000):
        document = mutant(source, DOCUMENT)
        try:
            granted = check(document, sign(document), JWK, PROPOSAL, NOW)
        except ConsentInvalid:
            continue
        said = json.loads(document)
        assert said | {"page_time_ms": 0} == json.loads(DOCUMENT) | {
            "page_time_ms": 0,
            "scopes": said["scopes"],
        } | {
            "duration_ms": said["duration_ms"],
            "wording": said["wording"],
        }
        assert granted.consent.until - NOW in PROPOSAL.durations_ms


def mutant(source: random.Random, text: str) -> str:
    at = source.randrange(len(text))
    match source.randrange(4):
        case 0:
            return (
                text[:at]
                + chr(source.choice([0, 9, 32, 34, 92, 48, 57, 65, 0x7F, 0x661, 0xFF11]))
                + text[at + 1 :]
            )
        case 1:
            return text[:at] + text[at + source.randrange(1, 4) :]
        case 2:
            return text[:at] + text[source.randrange(len(text)) :]
        case _:
            return text[:at] + text[at : at + 3] * 2 + text[at + 3 :]


@given(
    st.dictionaries(st.text("abc", max_size=3), st.integers(0, 9) | st.text(max_size=5) | st.lists(st.text()))
)
def test_the_canonical_form_is_read_back_as_it_was(members: dict[str, Any]) -> None:
    text = canonical(members)
    assert json.loads(text) == members
    assert canonical(json.loads(text)) == text


def test_a_prompt_offers_what_the_verification_allows_and_only_while_it_is_asked() -> None:
    asked = replace(
        sharing(), state=State.CONSENTING, consent=None, consent_nonce="n", device=Device(device_id(JWK), JWK)
    )
    offer = partial(
        propose, agent_number="A-104", agent_name="Mori", organisation="Sakura", wordings=PROPOSAL.wordings
    )
    assert offer(asked).surfaces == (Scope.TAB, Scope.WINDOW)
    strong = replace(asked, verification=verification(level=Level.V2))
    assert offer(strong).surfaces == (Scope.TAB, Scope.WINDOW, Scope.SCREEN)
    shown = offer(asked).members()
    assert shown["wordings"][1] == {
        "version": 1,
        "language": "ja",
        "sha256": PROPOSAL.wordings[1].sha256,
        "text": TEXT,
    }
    for early in (sharing(), replace(asked, consent_nonce=None), replace(asked, verification=None)):
        with pytest.raises(NothingToPropose):
            offer(early)
