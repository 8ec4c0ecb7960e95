"""What proves again who somebody is, where that is in doubt."""

from dataclasses import replace

import pytest

from verification.credentials import Door
from verification.enrolment import Subject, SubjectKind
from verification.login import Login
from verification.passkey import Passkey
from verification.proof_demand import (
    ProofDemand,
    Shortfall,
    by_passkey_only,
    code_shortfall,
    passkey_shortfall,
)

SINCE = 1_000_000
DEMAND = ProofDemand("prf_1", "sta_1", "searching", SINCE, SINCE)
DOUBTED = replace(DEMAND, demanded_at_ms=SINCE + 5, sign_in_doubted=True)


def login(started_at_ms: int) -> Login:
    return Login(
        id="log_1",
        staff="sta_1",
        door=Door.AGENT,
        token_hash="",
        started_at_ms=started_at_ms,
        expires_at_ms=started_at_ms + 1,
        last_seen_ms=started_at_ms,
    )


def passkey(created_at_ms: int, disabled_at_ms: int | None = None) -> Passkey:
    owner = Subject(SubjectKind.STAFF, "sta_1")
    return Passkey(
        "psk_1",
        owner,
        b"",
        b"",
        0,
        backed_up=False,
        label="",
        created_at_ms=created_at_ms,
        disabled_at_ms=disabled_at_ms,
    )


@pytest.mark.parametrize("disabled", [None, SINCE - 1])
def test_who_has_a_passkey_from_before_proves_it_by_nothing_else_also_where_it_is_shut(
    disabled: int | None,
) -> None:
    mine = [passkey(SINCE - 1, disabled)]
    assert by_passkey_only(DEMAND, mine)
    assert code_shortfall(DEMAND, login(SINCE - 9), mine) is Shortfall.PASSKEY


def test_one_made_in_the_moment_of_the_doubt_or_later_proves_nothing_and_takes_no_other_way_away() -> None:
    for at in (SINCE, SINCE + 1):
        assert passkey_shortfall(DEMAND, passkey(at)) is Shortfall.NEW_PASSKEY
        assert code_shortfall(DEMAND, login(SINCE - 9), [passkey(at)]) is None
    assert passkey_shortfall(DEMAND, None) is Shortfall.NEW_PASSKEY
    assert passkey_shortfall(DEMAND, passkey(SINCE - 1)) is None


def test_a_code_proves_nothing_in_the_sign_in_in_doubt_or_after_it_and_does_before() -> None:
    assert [code_shortfall(DOUBTED, login(SINCE + by), []) for by in (-1, 0, 1)] == [
        None,
        Shortfall.DOUBTED,
        Shortfall.DOUBTED,
    ]
    assert code_shortfall(DEMAND, login(SINCE + 1), []) is None, "no sign-in is in doubt here"
