"""A verification with a policy: what witnesses signed is held against the log as it lies there, or at an address."""

import json
import os
import shutil
from pathlib import Path

import pytest

from audit.commands import Manner, verify_command
from audit.note import Signer
from audit.report import ExitCode
from audit.verify import Asked, place_of, verify_place
from audit.witnesses.checking import OLDEST_S
from audit.witnesses.policy import Policy, parse_policy
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event
from tests.unit.log_at_address import serving
from tests.unit.witness_people import AT_S, SmallLog, policy_of, policy_text, witness_key

FIRST, SECOND, THIRD = (witness_key(number) for number in (1, 2, 3))
SOON_S = 60


@pytest.fixture
async def log(tmp_path: Path) -> LogOnDisk:
    made = LogOnDisk(tmp_path)
    await made.fill(3)
    return made


def sign(log: LogOnDisk, *witnesses: Signer, at_s: int = AT_S) -> None:
    """The newest checkpoint, shown to these witnesses."""
    note = (log.folder / "public" / "checkpoint").read_bytes()
    text = note.decode().rpartition("\n\n")[0] + "\n"
    lines = "".join(witness.line(text, at_s) for witness in witnesses)
    (log.folder / "public" / "witnessed").write_bytes(note + lines.encode())


def policy_for(log: LogOnDisk, least: str = "2") -> Policy:
    key = (log.folder / "verifier.key").read_text().strip()
    return parse_policy(f"log {key}\n".encode() + policy_text(FIRST, SECOND, THIRD, least=least))


def judged(
    log: LogOnDisk, *, policy: Policy | None = None, late_s: int = SOON_S, place: Path | str = ""
) -> tuple[int, str]:
    said: list[str] = []
    asked = Asked(now_ms=NOW_MS + late_s * 1_000, policy=policy or policy_for(log))
    return verify_command(place or log.folder, None, None, said.append, asked=asked), "".join(said)


async def test_enough_signatures_over_all_entries_are_good_and_named(log: LogOnDisk) -> None:
    sign(log, FIRST, THIRD)
    code, said = judged(log, late_s=10**6)
    assert code == ExitCode.GOOD
    assert "W1, W3 signed the first " in said
    assert "written anew" not in said
    assert "an older copy of the whole folder looks the same" in said
    assert "came from the folder itself" not in said, "the policy names the log's key"


async def test_programs_are_told_who_signed_and_when(log: LogOnDisk) -> None:
    sign(log, FIRST, SECOND)
    said: list[str] = []
    asked = Asked(now_ms=NOW_MS, policy=policy_for(log))
    code = verify_command(log.folder, None, None, said.append, asked=asked, manner=Manner(as_json=True))
    told = json.loads("".join(said))
    assert code == told["exit_code"] == 0
    assert told["witnessed"] == {
        "size": told["size"],
        "root": told["root"],
        "signed_by": {"W1": AT_S, "W2": AT_S},
    }


async def test_too_few_or_none_is_not_witnessed(log: LogOnDisk) -> None:
    code, said = judged(log)
    assert code == ExitCode.WITNESS_MISSING
    assert "Not witnessed: no checkpoint was signed by witnesses (witnessed)." in said
    sign(log, SECOND)
    code, said = judged(log)
    assert code == ExitCode.WITNESS_MISSING
    assert "W2 signed the witnessed checkpoint, and the policy asks for more" in said
    assert judged(log, policy=policy_for(log, "any"))[0] == ExitCode.GOOD


async def test_entries_that_follow_must_have_been_signed_lately(log: LogOnDisk) -> None:
    sign(log, FIRST, SECOND)
    await log.fill(2, first=3)
    assert judged(log, late_s=OLDEST_S)[0] == ExitCode.GOOD
    assert judged(log, late_s=OLDEST_S + 1)[0] == ExitCode.WITNESS_MISSING


async def test_without_a_clock_no_entry_may_follow(log: LogOnDisk) -> None:
    sign(log, FIRST, SECOND)
    key = (log.folder / "verifier.key").read_text()
    place = place_of(log.folder)
    assert place is not None
    assert verify_place(place, key, Asked(policy=policy_for(log))).exit_code == ExitCode.GOOD
    await log.fill(1, first=3)
    assert verify_place(place, key, Asked(policy=policy_for(log))).exit_code == ExitCode.WITNESS_MISSING


@pytest.fixture
async def anew(log: LogOnDisk, tmp_path: Path) -> LogOnDisk:
    """What whoever has all of today's keys makes of a log that witnesses signed: another history from the first entry
    on, and as many entries, with the old `witnessed` left in its place."""
    sign(log, FIRST, SECOND)
    other = LogOnDisk(tmp_path / "anew")
    shutil.copytree(log.keys, other.keys, dirs_exist_ok=True)
    writer = await other.open()
    for number in range(3):
        await writer.append(an_event(number + 100))
    await writer.close()
    shutil.copy(log.folder / "public" / "witnessed", other.folder / "public" / "witnessed")
    return other


async def test_a_history_made_anew_with_all_of_today_s_keys_is_not_what_witnesses_saw(
    anew: LogOnDisk,
) -> None:
    code, said = judged(anew)
    assert code == ExitCode.ROLLED_BACK
    assert "W1, W2 signed another history" in said


async def test_it_is_found_without_a_policy_too_as_long_as_the_old_signature_lies_there(
    anew: LogOnDisk,
) -> None:
    report = anew.verify()
    assert report.exit_code == ExitCode.ROLLED_BACK
    assert "the log signed for witnesses another history" in report.sentence
    (anew.folder / "public" / "witnessed").unlink()
    report = anew.verify()
    assert report.exit_code == ExitCode.GOOD
    assert "written anew" in report.sentence
    assert judged(anew)[0] == ExitCode.WITNESS_MISSING


async def test_witnesses_that_saw_more_show_that_the_tail_was_cut(log: LogOnDisk, tmp_path: Path) -> None:
    older = shutil.copytree(log.folder, tmp_path / "older")
    await log.fill(2, first=3)
    sign(log, FIRST, SECOND)
    shutil.copy(log.folder / "public" / "witnessed", older / "public" / "witnessed")
    code, said = judged(log, place=older / "public")
    assert code == ExitCode.ROLLED_BACK
    assert "the tail was cut" in said


async def test_what_is_no_plain_file_or_no_note_was_tampered_with(log: LogOnDisk) -> None:
    path = log.folder / "public" / "witnessed"
    for content in (b"", b"nonsense", bytes(300_000)):
        path.write_bytes(content)
        assert judged(log)[0] == ExitCode.TAMPERED
        assert log.verify().exit_code == ExitCode.TAMPERED
    path.unlink()
    os.mkfifo(path)
    assert judged(log)[0] == ExitCode.TAMPERED


async def test_a_policy_of_another_log_verifies_nothing(log: LogOnDisk, tmp_path: Path) -> None:
    sign(log, FIRST, SECOND)
    policy = policy_of(FIRST, log=SmallLog("other.example/log"))
    key = (log.folder / "verifier.key").read_text().strip()
    said: list[str] = []
    asked = Asked(now_ms=NOW_MS, policy=policy)
    state = tmp_path / "state"
    assert verify_command(log.folder, key, state, said.append, asked=asked) == ExitCode.USAGE
    assert "the policy is not for the log" in said[0]
    assert not state.exists()


async def test_a_folder_s_own_key_is_not_asked_where_the_policy_names_one(log: LogOnDisk) -> None:
    sign(log, FIRST, SECOND)
    policy = policy_for(log)
    (log.folder / "verifier.key").write_text(str(Signer.from_seed("evil.example/log", bytes(32)).verifier))
    assert judged(log, policy=policy)[0] == ExitCode.GOOD


async def test_at_an_address_it_is_asked_for_before_the_checkpoint(log: LogOnDisk) -> None:
    sign(log, FIRST, SECOND)
    with serving(log.folder / "public") as served:
        assert judged(log, place=served.address)[0] == ExitCode.GOOD
        assert served.asked.index("witnessed") < served.asked.index("checkpoint")
