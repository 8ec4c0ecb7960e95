"""Whether outsiders have seen a log: the checkpoint in `public/witnessed` against a policy (FORMAT.md 13). Pure.

Rules, with the exit code of what breaks them:
1. It is a checkpoint that the log's key signed, and no known witness's signature in it fails (10); where the log has a
   post-quantum key, that one signed it too (12: the file may be older than the key).
2. It is one of this tree: not larger, and of the same root; a witness that signed another root has seen another
   history (11). This is asked whether or not the signatures are enough.
3. The witnesses that signed it meet the policy's quorum (12).
4. If entries follow it, they are at most `MOST_BEHIND`, and those that signed it within the last `OLDEST_S` meet the
   quorum too (12): else a keeper could stop asking witnesses and show whom he likes what he likes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from audit.checkpoint import Checkpoint, CheckpointInvalid, checkpoint_of
from audit.note import NoteInvalid, Verifier, open_by_any
from audit.report import ExitCode, Findings
from audit.witnesses.cosignature import one_each
from audit.witnesses.policy import NONE, Policy

MOST_BEHIND: Final = 10_000
OLDEST_S: Final = 20 * 60
AHEAD_S: Final = 5 * 60  # by how much a witness's clock may be ahead of ours
FILE: Final = "witnessed"

RootAt = Callable[[int], bytes | None]


class WitnessedInvalid(Exception):
    """Not a checkpoint of this log, or one with a signature that fails."""


class SecondMissing(WitnessedInvalid):
    """The log's post-quantum key did not sign it, as before there was one."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """`times`: for each witness of the policy that signed, by the policy's name for it, when, in seconds since 1970 by
    its own clock; 0 where it does not say."""

    checkpoint: Checkpoint
    times: dict[str, int]

    def document(self) -> dict[str, object]:
        return {
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "signed_by": {_shown(name): at_s for name, at_s in self.times.items()},
        }

    @property
    def named(self) -> str:
        return _named(self.times)

    def recent(self, now_s: int) -> set[str]:
        """Who signed within the last `OLDEST_S`."""
        return {name for name, at_s in self.times.items() if now_s - OLDEST_S <= at_s <= now_s + AHEAD_S}


def open_witnessed(note: bytes, *, policy: Policy, log_verifier: Verifier) -> Witnessed:
    """A checkpoint with whatever cosignatures it carries. Raises WitnessedInvalid."""
    log_keys = [log_verifier.alone] + ([log_verifier.companion] if log_verifier.companion else [])
    names = {witness.verifier.raw: witness.name for witness in policy.witnesses}
    try:
        opened = open_by_any(note, [*log_keys, *(witness.verifier for witness in policy.witnesses)])
        if not opened.held_by(log_keys[0]):
            raise WitnessedInvalid("the log's own signature is missing")
        if not opened.held_by(log_keys[-1]):
            raise SecondMissing("the log's post-quantum signature is missing")
        checkpoint = checkpoint_of(opened.text, log_verifier)
    except (NoteInvalid, CheckpointInvalid) as error:
        raise WitnessedInvalid(str(error)) from error
    own = {key.raw for key in log_keys}  # a log is no witness of itself, whatever a policy says
    signed = one_each(held for held in opened.held if held.verifier.raw not in own)
    return Witnessed(checkpoint, {names[one.verifier.raw]: one.at_s for one in signed})


def check_witnessed(
    note: bytes | None,
    *,
    policy: Policy,
    log_verifier: Verifier,
    root_at: RootAt,
    size: int,
    now_ms: int,
    findings: Findings,
) -> Witnessed | None:
    """`note` is `public/witnessed`, read before the checkpoint; `size` is the checkpoint's, and `root_at` gives the
    root of the first so many entries, None where it cannot be told. Gives what is witnessed, if it holds at all."""
    if not policy.accepts(log_verifier):
        findings.add(ExitCode.USAGE, f"the policy is not for the log {log_verifier.name} with this key")
        return None
    if note is None:
        if policy.quorum != NONE:
            findings.add(ExitCode.WITNESS_MISSING, "no checkpoint was signed by witnesses", file=FILE)
        return None
    try:
        found = open_witnessed(note, policy=policy, log_verifier=log_verifier)
    except SecondMissing as error:
        findings.add(ExitCode.WITNESS_MISSING, f"the witnessed checkpoint is an old one: {error}", file=FILE)
        return None
    except WitnessedInvalid as error:
        findings.add(
            ExitCode.TAMPERED, f"the witnessed checkpoint does not hold: {error}", file=FILE, offset=0
        )
        return None
    _check_history(found, root_at, size, findings)
    _check_quorum(found, policy, size, now_ms // 1_000, findings)
    return found


def _check_history(found: Witnessed, root_at: RootAt, size: int, findings: Findings) -> None:
    head = found.checkpoint
    if head.size > size:
        sentence = f"{head.size} entries were witnessed, and only {size} are here: the tail was cut"
        findings.add(ExitCode.ROLLED_BACK, sentence, entry=size, file=FILE)
    elif root_at(head.size) not in (None, head.root):
        who = f"{_named(found.times)} signed" if found.times else "the log signed for witnesses"
        sentence = f"{who} another history: its first {head.size} entries are not those that are here"
        findings.add(ExitCode.ROLLED_BACK, sentence, file=FILE)


def _check_quorum(found: Witnessed, policy: Policy, size: int, now_s: int, findings: Findings) -> None:
    if policy.quorum == NONE:
        return
    if not policy.met_by(found.times):
        signed = _named(found.times) if found.times else "nobody"
        sentence = f"{signed} signed the witnessed checkpoint, and the policy asks for more"
        findings.add(ExitCode.WITNESS_MISSING, sentence, file=FILE)
        return
    behind = size - found.checkpoint.size
    if behind > MOST_BEHIND:
        sentence = f"{behind} entries follow the last one that was witnessed; at most {MOST_BEHIND} may"
        findings.add(ExitCode.WITNESS_MISSING, sentence, entry=found.checkpoint.size, file=FILE)
    elif behind > 0 and not policy.met_by(found.recent(now_s)):
        minutes = OLDEST_S // 60
        sentence = f"{behind} entries follow what was witnessed, and that was more than {minutes} minutes ago"
        findings.add(ExitCode.WITNESS_MISSING, sentence, entry=found.checkpoint.size, file=FILE)


def _named(times: dict[str, int]) -> str:
    return ", ".join(map(_shown, times))


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
