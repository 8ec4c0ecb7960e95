"""`tachiai audit verify-receipt` at a shell: words, JSON, exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audit.receipts.receipt import Kind
from server.cli import tachiai
from tests.unit.receipt_examples import (
    BOTH,
    OTHER,
    SECOND,
    SIGNER,
    WITNESSES,
    consent_receipt,
    end_facts,
    receipt,
    withdrawal_facts,
)

KEY = str(SIGNER.verifier)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(tachiai, ["audit", "verify-receipt", *map(str, arguments)])


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "mine.tachiai-receipt"
    path.write_bytes(consent_receipt())
    return path


def test_a_key_is_no_file_however_long_its_name_is(kept: Path) -> None:
    found = run(kept, "--key", f"{'n' * 250}+00000000+AAAA")
    assert (found.exit_code, "not a verifier key" in found.output) == (2, True)


def test_a_consent_is_told_in_words(kept: Path) -> None:
    found = run(kept, "--key", KEY)
    assert found.exit_code == 0
    assert found.output.startswith("Good: this receipt holds. It proves a consent.\n")
    for part in (
        "山田 花子 (A-104), Sakura Exchange",
        "until 2026-09-21",
        "wording: 山田さん",
        "entry 6 of 11",
    ):
        assert part in found.output


def test_a_program_gets_one_document(kept: Path) -> None:
    found = json.loads(run(kept, "--key", KEY, "--json").output)
    assert found["good"] is True
    assert (found["kind"], found["index"], found["statement"]["scopes"]) == ("consent", 6, ["tab"])


@pytest.mark.parametrize(
    ("kind", "facts"),
    [(Kind.WITHDRAWAL, withdrawal_facts()), (Kind.END, end_facts()), (Kind.END, end_facts(at_ms=2**53 - 1))],
)
def test_ends_are_told_in_words_too(tmp_path: Path, kind: Kind, facts: dict[str, str | int | bool]) -> None:
    path = tmp_path / "end.tachiai-receipt"
    path.write_bytes(receipt(kind, facts))
    found = run(path, "--key", KEY)
    assert found.exit_code == 0
    assert "cause: " in found.output


def test_what_a_section_says_cannot_steer_the_readers_terminal(kept: Path) -> None:
    kept.write_bytes(receipt(Kind.END, end_facts(agent_name="\x1b[2JGood\u202e\r\n", agent_number="\x07")))
    found = run(kept, "--key", KEY)
    assert found.exit_code == 0
    assert not set("\x1b\u202e\r\x07") & set(found.output)


def test_a_key_may_come_in_a_file_with_others(kept: Path, tmp_path: Path) -> None:
    keys = tmp_path / "verifier.key"
    keys.write_text(f"{OTHER.verifier}\n\n{KEY}\n")
    assert run(kept, "--key", keys).exit_code == 0


def test_what_was_changed_is_10_and_says_what_to_do(kept: Path) -> None:
    kept.write_bytes(consent_receipt().replace(b"A-104", b"A-105"))
    found = run(kept, "--key", KEY)
    assert (found.exit_code, "ask for the receipt again" in found.output) == (10, True)
    said = json.loads(run(kept, "--key", KEY, "--json").output)
    assert (said["good"], said["reason"]) == (False, "wording")


def test_another_logs_key_is_10_and_never_0(kept: Path) -> None:
    assert run(kept, "--key", str(OTHER.verifier)).exit_code == 10


def test_a_log_with_two_keys_has_to_have_signed_with_both(kept: Path, tmp_path: Path) -> None:
    keys = tmp_path / "verifier.key"
    keys.write_text(f"{BOTH}\n")
    assert run(kept, "--key", keys).exit_code == 10
    kept.write_bytes(receipt(Kind.END, end_facts(), second=SECOND))
    assert run(kept, "--key", keys).exit_code == 0
    assert run(kept, "--key", KEY).exit_code == 0


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """One of two witnesses is enough."""
    path = tmp_path / "policy"
    names = "".join(f"witness {one.name} {one.verifier}\n" for one in WITNESSES)
    path.write_text(f"log {KEY}\n{names}group outside any one.example two.example\nquorum outside\n")
    return path


def test_a_receipt_that_witnesses_signed_meets_the_policy_and_says_who(kept: Path, policy: Path) -> None:
    kept.write_bytes(receipt(Kind.END, end_facts(), second=WITNESSES[0]))
    found = run(kept, "--policy", policy)
    assert (found.exit_code, "witnesses: one.example" in found.output) == (0, True)
    said = json.loads(run(kept, "--policy", policy, "--key", KEY, "--json").output)
    assert (said["good"], said["quorum"], said["witnesses"]) == (True, True, ["one.example"])


def test_one_that_too_few_witnesses_signed_holds_and_is_12(kept: Path, policy: Path) -> None:
    found = run(kept, "--policy", policy)
    assert (found.exit_code, found.output.startswith("Not witnessed: ")) == (12, True)
    assert "Good" not in found.output
    assert json.loads(run(kept, "--policy", policy, "--json").output)["good"] is False


def test_a_known_witness_whose_signature_fails_is_10(kept: Path, policy: Path) -> None:
    """Whoever forges a witness is not merely short of one."""
    good = receipt(Kind.END, end_facts(), second=WITNESSES[0]).decode()
    line = json.loads(good)["proof"].splitlines()[-1]
    kept.write_bytes(
        good.replace(line[-40:], line[-40:].translate(str.maketrans("ABCabc", "BCAbca"))).encode()
    )
    assert run(kept, "--policy", policy).exit_code == 10
    assert run(kept, "--key", KEY).exit_code == 0


@pytest.mark.parametrize("content", [b"", b"quorum none", b"quorum none\n", b"\xff\x00\n"])
def test_a_policy_that_is_none_or_names_no_log_verifies_nothing(
    kept: Path, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "policy"
    path.write_bytes(content)
    assert run(kept, "--policy", path).exit_code == 2
    assert run(kept, "--policy", tmp_path / "none").exit_code == 2


def test_a_policy_for_another_log_verifies_nothing(kept: Path, policy: Path) -> None:
    assert run(kept, "--policy", policy, "--key", str(OTHER.verifier)).exit_code == 2


@pytest.mark.parametrize("key", [[], ["--key", "nothing"], ["--key", "a+b+c"], ["--key", KEY[:-3]]])
def test_without_a_key_nothing_is_verified(kept: Path, key: list[str]) -> None:
    found = run(kept, *key)
    assert (found.exit_code, found.output.startswith("Not verified: ")) == (2, True)


def test_a_file_that_is_not_there_is_2(tmp_path: Path) -> None:
    found = run(tmp_path / "none", "--key", KEY)
    assert (found.exit_code, found.output.startswith("Not verified: ")) == (2, True)
