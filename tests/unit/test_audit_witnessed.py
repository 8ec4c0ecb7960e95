"""What a verifier finds in `public/witnessed`, with the code that each fault has."""

import pytest

from audit.note import Kind, Signer
from audit.post_quantum import both
from audit.report import ExitCode, Findings
from audit.witnesses.checking import MOST_BEHIND, OLDEST_S, Witnessed, check_witnessed
from audit.witnesses.cosignature import CosignatureInvalid, cosign, read_cosignatures
from audit.witnesses.policy import Policy, parse_policy
from tests.unit.witness_people import AT_S, SmallLog, policy_of, witness_key

LOG = SmallLog()
FIRST, SECOND, THIRD = (witness_key(number) for number in (1, 2, 3))
POLICY = policy_of(FIRST, SECOND, THIRD, least="2", log=LOG)


def found(
    note: bytes | None,
    *,
    size: int = 9,
    policy: Policy = POLICY,
    late_s: int = 60,
    log: SmallLog = LOG,
    post_quantum: bool = False,
) -> tuple[list[ExitCode], Witnessed | None]:
    findings = Findings()
    witnessed = check_witnessed(
        note,
        policy=policy,
        log_verifier=both(LOG.signer, LOG.second if post_quantum else None),
        root_at=lambda at: log.root(at) if at <= 100 else None,
        size=size,
        now_ms=(AT_S + late_s) * 1_000,
        findings=findings,
    )
    return [finding.code for finding in findings.found], witnessed


def test_a_quorum_s_signatures_over_the_newest_entries_are_good() -> None:
    codes, witnessed = found(LOG.witnessed(9, FIRST, THIRD))
    assert codes == []
    assert witnessed is not None
    assert witnessed.times == {"W1": AT_S, "W3": AT_S}
    assert (
        found(LOG.witnessed(9, FIRST, THIRD), late_s=10**6)[0] == []
    )  # nothing followed: silence is not suspicious


def test_too_few_signatures_are_not_witnessed() -> None:
    stranger = witness_key(9)
    for note in (None, LOG.note(9), LOG.witnessed(9, FIRST), LOG.witnessed(9, FIRST, stranger)):
        assert found(note)[0] == [ExitCode.WITNESS_MISSING]
    twice = LOG.witnessed(9, FIRST) + FIRST.line(LOG.text(9), AT_S + 5).encode()
    codes, witnessed = found(twice)
    assert codes == [ExitCode.WITNESS_MISSING]
    assert witnessed is not None
    assert witnessed.times == {"W1": AT_S + 5}


def test_entries_may_follow_for_a_while_and_not_for_long() -> None:
    note = LOG.witnessed(5, FIRST, SECOND)
    assert found(note)[0] == []
    assert found(note, late_s=OLDEST_S)[0] == []
    assert found(note, late_s=OLDEST_S + 1)[0] == [ExitCode.WITNESS_MISSING]
    assert found(note, late_s=-600)[0] == [ExitCode.WITNESS_MISSING]  # signed ten minutes from now
    assert found(note, size=5 + MOST_BEHIND)[0] == []
    assert found(note, size=6 + MOST_BEHIND)[0] == [ExitCode.WITNESS_MISSING]


def test_one_witness_that_goes_on_signing_does_not_make_up_for_the_one_that_stopped() -> None:
    old = LOG.witnessed(5, FIRST, at_s=AT_S - OLDEST_S)
    note = old + SECOND.line(LOG.text(5), AT_S).encode()
    assert found(note)[0] == [ExitCode.WITNESS_MISSING]


def test_another_history_and_a_cut_tail_are_a_split_view_whoever_is_missing() -> None:
    other = SmallLog(world="another ")
    assert found(other.witnessed(5, FIRST, SECOND))[0] == [ExitCode.ROLLED_BACK]
    assert found(other.witnessed(5, FIRST))[0] == [ExitCode.ROLLED_BACK, ExitCode.WITNESS_MISSING]
    assert found(LOG.witnessed(12, FIRST, SECOND))[0] == [ExitCode.ROLLED_BACK]
    assert found(LOG.witnessed(200, FIRST, SECOND), size=300)[0] == []  # the root could not be told


@pytest.mark.parametrize("wrong", [b"", b"nonsense", LOG.witnessed(9, FIRST, SECOND)[:-9]])
def test_what_is_no_note_of_the_log_was_tampered_with(wrong: bytes) -> None:
    assert found(wrong)[0] == [ExitCode.TAMPERED]


def test_a_signature_that_fails_was_tampered_with() -> None:
    assert found(LOG.witnessed(9, FIRST) + SECOND.line(LOG.text(8), AT_S).encode())[0] == [ExitCode.TAMPERED]
    other = SmallLog("log.example/b")
    assert found(other.witnessed(9, FIRST, SECOND))[0] == [ExitCode.TAMPERED]
    alone = f"{LOG.text(9)}\n{FIRST.line(LOG.text(9), AT_S)}".encode()
    assert found(alone)[0] == [ExitCode.TAMPERED]


def test_a_policy_of_another_log_verifies_nothing() -> None:
    policy = policy_of(FIRST, log=SmallLog("log.example/b"))
    assert found(LOG.witnessed(9, FIRST), policy=policy)[0] == [ExitCode.USAGE]


def test_a_policy_that_asks_for_nobody_is_content_and_still_finds_a_split_view() -> None:
    nobody = parse_policy(f"witness W1 {FIRST.verifier}\nquorum none\n".encode())
    assert found(None, policy=nobody)[0] == []
    assert found(LOG.note(1), size=10**6, policy=nobody, late_s=10**6)[0] == []
    assert found(SmallLog(world="another ").witnessed(5, FIRST), policy=nobody)[0] == [ExitCode.ROLLED_BACK]


def test_a_log_is_no_witness_of_itself() -> None:
    itself = Signer.from_seed(
        "pretender.example/w", LOG.signer.private_key.private_bytes_raw(), Kind.COSIGNATURE
    )
    policy = policy_of(itself, log=LOG)
    assert found(LOG.witnessed(9, itself), policy=policy)[0] == [ExitCode.WITNESS_MISSING]


def test_with_a_post_quantum_key_in_hand_a_checkpoint_from_before_it_is_not_witnessed() -> None:
    assert found(LOG.witnessed(9, FIRST, SECOND), post_quantum=True)[0] == [ExitCode.WITNESS_MISSING]
    lines = "".join(one.line(LOG.text(9), AT_S) for one in (FIRST, SECOND)).encode()
    assert found(LOG.note(9, LOG.second) + lines, post_quantum=True)[0] == []


def test_an_answer_s_cosignatures_are_those_of_the_asked_witness_alone() -> None:
    text, quantum = LOG.text(9), witness_key(1, Kind.ML_DSA_44)
    lines = cosign(text, [FIRST, quantum, SECOND], AT_S).encode()
    held = read_cosignatures(text, lines, [FIRST.verifier, quantum.verifier])
    assert [one.verifier for one in held] == [FIRST.verifier, quantum.verifier]
    assert {one.at_s for one in held} == {AT_S}
    for wrong in (
        b"",
        cosign(text, [SECOND], AT_S).encode(),
        cosign(LOG.text(8), [FIRST], AT_S).encode(),
        b"\n" + lines,
        lines + b"\n" + lines,
        lines[:-1],
        lines * 20,
    ):
        with pytest.raises(CosignatureInvalid):
            read_cosignatures(text, wrong, [FIRST.verifier])
