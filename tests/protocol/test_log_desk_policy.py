"""An officer's "Verify integrity" asks for the witnesses that the settings name, as the command does."""

from pathlib import Path

from audit.log import AuditLog
from audit.report import ExitCode
from audit.witnesses.policy import Policy, parse_policy
from server.log_desk import LogDesk, ReadPolicy
from server.settings import SettingsRefused
from support.identity import StaffId
from support.staff import Role, Staff
from tests.manual_clock import ManualClock
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event
from tests.unit.witness_people import policy_text, witness_key

OFFICER = Staff(StaffId("stf_O"), "officer", "An Officer", "S-1", "Security", Role.SECURITY)


async def a_log(folder: Path) -> AuditLog:
    log = await LogOnDisk(folder).open()
    await log.append(an_event(0))
    await log.await_signed(0)
    return log


async def looked_at(log: AuditLog, folder: Path, policy: ReadPolicy) -> tuple[int, str, bool]:
    found = await LogDesk(log, folder / "log", ManualClock(NOW_MS), policy).integrity(OFFICER)
    return found.exit_code, found.sentence, found.witnessed


async def test_a_log_that_its_witnesses_have_not_seen_is_not_called_intact(tmp_path: Path) -> None:
    log = await a_log(tmp_path)

    def policy() -> Policy:
        return parse_policy(f"log {log.verifier_key}\n".encode() + policy_text(witness_key(1)))

    code, _, witnessed = await looked_at(log, tmp_path, policy)
    await log.close()
    assert (code, witnessed) == (ExitCode.WITNESS_MISSING, True)


async def test_without_a_policy_no_witness_is_spoken_of(tmp_path: Path) -> None:
    log = await a_log(tmp_path)
    code, _, witnessed = await looked_at(log, tmp_path, lambda: None)
    await log.close()
    assert (code, witnessed) == (ExitCode.GOOD, False)


async def test_a_policy_that_cannot_be_read_leaves_the_log_unverified(tmp_path: Path) -> None:
    log = await a_log(tmp_path)

    def policy() -> Policy | None:
        raise SettingsRefused("The policy of witnesses does not exist.")

    code, sentence, _ = await looked_at(log, tmp_path, policy)
    await log.close()
    assert code == ExitCode.USAGE
    assert sentence == "Not verified: The policy of witnesses does not exist."
