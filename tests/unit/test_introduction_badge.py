"""Badges: one form, one signature, one time; and the issuer that makes them."""

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.badges.homes import Asked, answer
from server.badges.issuer import (
    ASSERTION_LONGEST_MS,
    BADGES_AN_HOUR,
    Assertion,
    IssueRefused,
    IssueRequest,
    IssuerRules,
    KeyedIssuer,
    request_text,
)
from server.badges.key_file import BadgeKeyFile, BadgeKeyRefused
from tests.manual_clock import ManualClock
from tests.protocol.introduction_peers import new_device, signed
from verification.badge import LONGEST_LIFE_MS, BadgeInvalid, check, sign
from verification.passkey import RelyingParty

NOW = 1_790_000_000_000
DEVICE, JWK = new_device()
MUTANTS = 10_000
PARTY = RelyingParty("help.example.com", "https://help.example.com", "Sakura Exchange")


def issuer_in(folder: Path, clock: ManualClock) -> tuple[KeyedIssuer, BadgeKeyFile]:
    file = BadgeKeyFile(folder / "badge-keys.json")
    file.make(clock.now_ms())
    return KeyedIssuer(file, IssuerRules(PARTY, LONGEST_LIFE_MS), clock), file


def request(**changes: Any) -> IssueRequest:
    usual: dict[str, Any] = {
        "agent": "sta_1",
        "number": "A-104",
        "name": "山田 花子",
        "role": "agent",
        "case": "C-2041",
        "session": "ses_1",
        "login": "log_1",
        "device_key": JWK,
        "signature": signed(DEVICE, request_text("ses_1", "C-2041")),
        "assertion": Assertion(method="sign_in", at_ms=NOW - 60_000),
        "login_expires_at_ms": NOW + LONGEST_LIFE_MS,
    }
    return IssueRequest(**{**usual, **changes})


def test_a_badge_holds_with_its_key_and_for_its_time_only(tmp_path: Path) -> None:
    issuer, file = issuer_in(tmp_path, ManualClock(NOW))
    made = issuer.issue(request())
    badge = check(made.document, made.signature, file.keys(), NOW)
    assert (badge.name, badge.number, badge.case, badge.device_key) == ("山田 花子", "A-104", "C-2041", JWK)
    for now in (NOW - 120_000, made.expires_at_ms):
        with pytest.raises(BadgeInvalid, match="not of now"):
            check(made.document, made.signature, file.keys(), now)
    with pytest.raises(BadgeInvalid, match="No known key"):
        check(made.document, made.signature, [], NOW)


def test_ten_thousand_mutants_of_a_badge_are_all_refused(tmp_path: Path) -> None:
    issuer, file = issuer_in(tmp_path, ManualClock(NOW))
    made, keys, chance = issuer.issue(request()), file.keys(), random.Random(11)  # noqa: S311
    octets = made.document.encode()
    for _ in range(MUTANTS):
        mutant = bytearray(octets)
        at = chance.randrange(len(mutant))
        if chance.random() < 0.5:
            mutant[at] ^= 1 << chance.randrange(8)
        else:
            del mutant[at : at + chance.randrange(1, 9)]
        with pytest.raises(BadgeInvalid):
            check(bytes(mutant).decode("utf-8", "surrogateescape"), made.signature, keys, NOW)


def test_what_is_signed_but_has_another_form_is_no_badge(tmp_path: Path) -> None:
    issuer, file = issuer_in(tmp_path, ManualClock(NOW))
    badge = check(*_pair(issuer.issue(request())), file.keys(), NOW)
    with pytest.raises(BadgeInvalid, match="twelve hours"):
        sign(_with(badge, expires_at_ms=NOW + LONGEST_LIFE_MS + 1), file.signing().seed)
    document, signature = sign(_with(badge, key="AAAAAAAAAAA"), file.signing().seed)
    with pytest.raises(BadgeInvalid, match="another key"):
        check(document, signature, file.keys(), NOW)


def test_the_issuer_asks_for_the_device_key_a_fresh_sign_in_and_patience(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    issuer, _file = issuer_in(tmp_path, clock)
    for refused in (
        request(session="ses_2"),
        request(device_key=new_device()[1]),
        request(assertion=Assertion(method="sign_in", at_ms=NOW - ASSERTION_LONGEST_MS - 1)),
        request(assertion=Assertion(method="sign_in", at_ms=NOW + 1)),
        request(login_expires_at_ms=NOW),
    ):
        with pytest.raises(IssueRefused):
            issuer.issue(refused)
    issued = issuer.issue(request(login_expires_at_ms=NOW + 5))
    assert issued.expires_at_ms == NOW + 5
    for _ in range(BADGES_AN_HOUR - 2):
        issuer.issue(request())
    with pytest.raises(IssueRefused, match="too many"):
        issuer.issue(request())


def test_every_badge_is_in_the_journal_before_it_leaves(tmp_path: Path) -> None:
    issuer, _file = issuer_in(tmp_path, ManualClock(NOW))
    made = [issuer.issue(request()).id for _ in range(3)]
    lines = (tmp_path / "badge-keys.json.journal").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == made
    assert JWK not in "".join(lines)


def test_after_a_rotation_the_former_key_signs_nothing_more_and_its_badges_go_on(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    issuer, file = issuer_in(tmp_path, clock)
    before, seed = issuer.issue(request()), file.signing().seed
    rotated = clock.advance(1_000)
    file.rotate(rotated)
    after = issuer.issue(request())
    former, new = file.keys()
    assert (former.until_ms, new.until_ms, new.from_ms) == (rotated, None, rotated)
    assert after.key == new.id != before.key == former.id
    for made in (before, after):
        check(made.document, made.signature, file.keys(), rotated)
    assert msgspec.json.decode(file.path.read_bytes())["keys"][0]["seed"] is None
    forged = sign(_with(check(*_pair(after), file.keys(), rotated), key=former.id), seed)
    with pytest.raises(BadgeInvalid, match="not made while"):
        check(*forged, file.keys(), rotated)


def test_a_key_file_that_others_may_read_or_that_is_damaged_makes_no_badge(tmp_path: Path) -> None:
    issuer, file = issuer_in(tmp_path, ManualClock(NOW))
    file.path.chmod(0o644)
    with pytest.raises(BadgeKeyRefused, match="chmod 600"):
        issuer.issue(request())
    file.path.chmod(0o600)
    file.path.write_text('{"v":1,"keys":[]}', "utf-8")
    assert answer(issuer, Asked(op="issue", request=request())).unavailable is not None


def _with(badge: Any, **changes: Any) -> Any:
    return type(badge)(**{name: getattr(badge, name) for name in badge.__slots__} | changes)


def _pair(made: Any) -> tuple[str, str]:
    return made.document, made.signature
