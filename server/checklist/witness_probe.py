"""Looks at what witnesses have signed, as a verifier who holds the policy would, and at what is noted of them."""

from pathlib import Path
from typing import Final

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.note import MAX_NOTE, KeyInvalid, Verifier
from audit.plain_file import read_plain
from audit.report import Findings
from audit.witnesses.checking import check_witnessed
from audit.witnesses.policy import Policy
from server.checklist.facts import Witnesses, WitnessState
from server.log_keeping.policy_file import read_policy
from server.log_keeping.witness_notes import read_notes
from server.places import Places
from server.settings import Settings, SettingsRefused

_LARGEST_KEYS: Final = 4_096


def look_at_witnesses(settings: Settings, places: Places, *, now_ms: int) -> Witnesses:
    try:
        policy = read_policy(settings)
    except SettingsRefused as error:
        return Witnesses(state=WitnessState.UNREADABLE, sentence=str(error))
    return Witnesses(state=WitnessState.NONE) if policy is None else _judged(policy, places, now_ms)


def _judged(policy: Policy, places: Places, now_ms: int) -> Witnesses:
    notes = read_notes(places.witness_notes)
    if notes is None:
        sentence = f"{places.witness_notes} cannot be read."
        return Witnesses(state=WitnessState.UNREADABLE, sentence=sentence)
    if notes.refused:
        return Witnesses(state=WitnessState.REFUSED, named=tuple(sorted(notes.refused)))
    if not _is_witnessed(policy, places.log, now_ms):
        return Witnesses(state=WitnessState.LATE)
    if notes.lost:
        return Witnesses(state=WitnessState.LOST, named=tuple(notes.lost))
    return Witnesses(state=WitnessState.SIGNED)


def _is_witnessed(policy: Policy, log: Path, now_ms: int) -> bool:
    """Whether the quorum is met lately, or nothing came since."""
    findings = Findings()
    try:
        note = read_plain(log / "public" / "witnessed", MAX_NOTE)
        key = (read_plain(log / "verifier.key", _LARGEST_KEYS) or b"").decode("ascii", "replace")
        verifier = Verifier.parse(key.strip())
        head = open_checkpoint(read_plain(log / "public" / "checkpoint", MAX_NOTE) or b"", verifier)
    except (OSError, KeyInvalid, CheckpointInvalid):
        return False
    check_witnessed(
        note,
        policy=policy,
        log_verifier=verifier,
        root_at=lambda size: head.root if size == head.size else None,
        size=head.size,
        now_ms=now_ms,
        findings=findings,
    )
    return not findings.found
