"""The issuer judges an agent's passkey itself: over this device key, case and login, by its own question, and once."""

from pathlib import Path
from typing import Any

import cbor2
import msgspec
import pytest

from server.badges.homes import Asked, answer
from server.badges.issuer import (
    Assertion,
    IssueRefused,
    IssueRequest,
    IssuerRules,
    KeyedIssuer,
    PasskeyNeeded,
    request_text,
)
from server.badges.proving import PasskeyProof, Question
from tests.manual_clock import ManualClock
from tests.protocol.introduction_peers import new_device, signed
from tests.soft_passkey import PRESENT, UNLOCKED, Credential, b64, bytes_of
from tests.unit.test_introduction_badge import DEVICE, NOW, PARTY, issuer_in, request
from verification.badge import LONGEST_LIFE_MS
from verification.passkey_challenge import LIFE_MS

HOUR_MS = 3_600_000
OTHER, OTHER_JWK = new_device()
KEY_CHANGES: dict[str, dict[str, Any]] = {
    "case": {"case": "C-7", "signature": signed(DEVICE, request_text("ses_1", "C-7"))},
    "login": {"login": "log_2"},
    "device key": {"device_key": OTHER_JWK, "signature": signed(OTHER, request_text("ses_1", "C-2041"))},
    "agent": {"agent": "sta_2"},
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> KeyedIssuer:
    return issuer_in(tmp_path, clock)[0]


def credential() -> Credential:
    return Credential(PARTY.id, b"h" * 64)


def question(**changes: Any) -> Question:
    return request(**changes).question


def proof(
    issuer: KeyedIssuer,
    own: Credential,
    about: Question | None = None,
    *,
    origin: str = PARTY.origin,
    flags: int = UNLOCKED,
    **more: object,
) -> PasskeyProof:
    """What comes of asking this credential about the usual badge, or another."""
    asked = about or question()
    nonce = issuer.nonce(asked)
    challenge = asked.bound.challenge(bytes_of(nonce))
    answered = own.assertion(challenge, origin, flags, **more)
    answered.pop("user_handle")
    return PasskeyProof(nonce=nonce, public_key=b64(_cose(own)), **answered)


def _cose(own: Credential) -> bytes:
    return cbor2.dumps(own.cose())


def asking(proved: PasskeyProof | None, **changes: Any) -> IssueRequest:
    return request(assertion=Assertion(method="passkey", passkey=proved), **changes)


def test_a_passkey_stands_for_one_case_login_and_device_key_while_a_badge_lives(
    issuer: KeyedIssuer, clock: ManualClock
) -> None:
    with pytest.raises(PasskeyNeeded):
        issuer.issue(asking(None))
    first = issuer.issue(asking(proof(issuer, credential())))
    later = clock.advance(HOUR_MS)
    again = issuer.issue(
        asking(None, session="ses_2", signature=signed(DEVICE, request_text("ses_2", "C-2041")))
    )
    assert again.issued_at_ms == later
    assert again.asserted_at_ms == first.asserted_at_ms == NOW
    assert again.expires_at_ms == first.expires_at_ms == NOW + LONGEST_LIFE_MS
    for changes in KEY_CHANGES.values():
        with pytest.raises(PasskeyNeeded):
            issuer.issue(asking(None, **changes))
    clock.advance(LONGEST_LIFE_MS - HOUR_MS)
    with pytest.raises(PasskeyNeeded):
        issuer.issue(asking(None, login_expires_at_ms=NOW + 2 * LONGEST_LIFE_MS))


@pytest.mark.parametrize("changes", KEY_CHANGES.values(), ids=KEY_CHANGES)
def test_an_answer_for_one_badge_counts_for_no_other(issuer: KeyedIssuer, changes: dict[str, Any]) -> None:
    good = proof(issuer, credential())
    with pytest.raises(IssueRefused, match="not this issuer's"):
        issuer.issue(asking(good, **changes))
    own_nonce = msgspec.structs.replace(good, nonce=issuer.nonce(question(**changes)))
    with pytest.raises(IssueRefused, match="something else"):
        issuer.issue(asking(own_nonce, **changes))


def test_an_answer_counts_once_and_for_five_minutes(issuer: KeyedIssuer, clock: ManualClock) -> None:
    good, late = proof(issuer, credential()), proof(issuer, credential())
    issuer.issue(asking(good))
    with pytest.raises(IssueRefused, match="used before"):
        issuer.issue(asking(good))
    clock.advance(LIFE_MS)
    for one in (good, late):
        with pytest.raises(IssueRefused, match="too old"):
            issuer.issue(asking(one))


def test_a_nonce_that_is_not_this_issuers_is_refused(issuer: KeyedIssuer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    others, _file = issuer_in(tmp_path / "other", ManualClock(NOW))
    for bad in (proof(others, credential()), msgspec.structs.replace(proof(issuer, credential()), nonce="A")):
        with pytest.raises(IssueRefused, match="not this issuer's"):
            issuer.issue(asking(bad))


def test_what_no_unlocked_passkey_on_our_pages_signed_is_refused(issuer: KeyedIssuer) -> None:
    own = credential()
    stranger = msgspec.structs.replace(proof(issuer, own), public_key=b64(_cose(credential())))
    elsewhere = Credential("evil.example.com", b"h" * 64)
    for bad in (
        stranger,
        proof(issuer, own, flags=PRESENT),
        proof(issuer, own, origin="https://evil.example.com"),
        proof(issuer, own, crossOrigin=True),
        proof(issuer, own, topOrigin="https://evil.example.com"),
        proof(issuer, elsewhere),
        msgspec.structs.replace(proof(issuer, own), data="A", signature="A"),
        msgspec.structs.replace(proof(issuer, own), client_data="A"),
        msgspec.structs.replace(proof(issuer, own), public_key="A"),
    ):
        with pytest.raises(IssueRefused, match="does not hold"):
            issuer.issue(asking(bad))
    with pytest.raises(PasskeyNeeded):  # none of these stands for anything
        issuer.issue(asking(None))


def test_whoever_reaches_an_issuer_for_passkeys_gets_nothing_for_a_sign_in(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    _any, file = issuer_in(tmp_path, clock)
    strict = KeyedIssuer(file, IssuerRules(PARTY, LONGEST_LIFE_MS, by_passkey_only=True), clock)
    assert answer(strict, Asked(op="issue", request=request())).passkey_needed is not None
    assert answer(strict, Asked(op="issue", request=asking(None))).passkey_needed is not None
    made = answer(strict, Asked(op="issue", request=asking(proof(strict, credential()))))
    assert made.badge is not None
    (line,) = file.path.with_name("badge-keys.json.journal").read_text("utf-8").splitlines()
    assert msgspec.json.decode(line)["method"] == "passkey"


def test_what_asks_for_nothing_is_told_so(issuer: KeyedIssuer) -> None:
    for asked in (Asked(op="nonce"), Asked(op="issue"), Asked(op="issue", question=question())):
        assert answer(issuer, asked).refused is not None
