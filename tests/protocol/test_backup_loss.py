"""The lockstate never goes back: what a backup does not hold is refused, or declared for everybody to see."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.event import Event, EventName, Outcome
from audit.lockstate import Lockstate, open_lockstate
from audit.note import Verifier
from audit.report import ExitCode
from server.backup.errors import BackupRefused
from tests.protocol.backup_site import OPERATOR, Site
from tests.protocol.server_stand import Stand


@dataclass(frozen=True, slots=True)
class Burnt:
    """The old machine is gone but for its lockstate and what an auditor remembers; the backup is older."""

    old: Site
    backup: Path
    lockstate: Path
    state: Path
    kept: int
    signed: int


@pytest.fixture
async def burnt(tmp_path: Path) -> Burnt:
    old = Site(tmp_path / "old")
    async with old.running() as server:
        await act(server, 300)
        taken = await old.backup(tmp_path / "backup")
        await act(server, 20)
    state, lockstate = tmp_path / "auditor-state", tmp_path / "survived"
    report = old.verify(state=state)
    assert report.exit_code == ExitCode.GOOD
    shutil.copy(old.lockstate, lockstate)
    return Burnt(old, tmp_path / "backup", lockstate, state, taken.manifest.log_size, report.size)


@pytest.fixture
def new(tmp_path: Path, burnt: Burnt) -> Site:
    """Keeps its lockstate on another volume: the one that survived."""
    site = Site(tmp_path / "new", apart=True).empty(kek_of=burnt.old)
    shutil.copy(burnt.lockstate, site.lockstate)
    return site


def lockstate_of(site: Site, file: Path) -> Lockstate:
    verifier = Verifier.parse((site.log / "verifier.key").read_text().strip())
    return open_lockstate(file.read_bytes(), verifier)


async def act(server: Stand, times: int) -> None:
    for _ in range(times):
        now = server.clock.now_ms()
        await server.log.append(Event(EventName.OPERATOR_CASES_LISTED, Outcome.DONE, now, OPERATOR))


async def entries(server: Stand, name: EventName) -> list[Event]:
    return [event for event in await server.events() if event.name is name]


async def test_a_restore_that_would_lose_signed_entries_is_refused_and_says_which(
    burnt: Burnt, new: Site
) -> None:
    with pytest.raises(BackupRefused, match=f"Entries {burnt.kept} to {burnt.signed - 1} .*--declare-loss"):
        await new.restore(burnt.backup)
    assert not any(new.data.iterdir())
    assert new.lockstate.read_bytes() == burnt.lockstate.read_bytes()


async def test_a_lockstate_given_by_hand_counts_as_one_that_lies_in_its_place(
    burnt: Burnt, tmp_path: Path
) -> None:
    site = Site(tmp_path / "third").empty(kek_of=burnt.old)
    with pytest.raises(BackupRefused, match="--declare-loss"):
        await site.restore(burnt.backup, surviving=burnt.lockstate)
    restored = await site.restore(burnt.backup, surviving=burnt.lockstate, declare_loss=True)
    assert (restored.plan.first_missing, restored.plan.last_missing) == (burnt.kept, burnt.signed - 1)


async def test_a_declared_loss_is_in_the_log_with_both_heads(burnt: Burnt, new: Site) -> None:
    await new.restore(burnt.backup, declare_loss=True)
    async with new.running() as server:
        declared = (await entries(server, EventName.OPERATOR_LOSS_DECLARED))[0]
    signed = lockstate_of(new, burnt.lockstate)
    assert declared.actor == OPERATOR
    assert declared.facts["first"] == burnt.kept
    assert declared.facts["last"] == burnt.signed - 1
    assert (declared.facts["signed_size"], declared.facts["signed_root"]) == (signed.size, signed.root.hex())
    assert declared.facts["kept_size"] == burnt.kept


async def test_every_verifier_that_saw_the_lost_entries_reports_them_for_ever(
    burnt: Burnt, new: Site
) -> None:
    await new.restore(burnt.backup, declare_loss=True)
    assert new.verify().exit_code == ExitCode.GOOD
    assert new.verify(state=burnt.state).exit_code == ExitCode.ROLLED_BACK
    async with new.running() as server:
        await act(server, 40)
    outgrown = new.verify(state=burnt.state)
    assert outgrown.size > burnt.signed
    assert outgrown.exit_code == ExitCode.ROLLED_BACK


async def test_the_lockstate_goes_on_in_its_place_apart(burnt: Burnt, new: Site) -> None:
    await new.restore(burnt.backup, declare_loss=True)
    before, after = lockstate_of(new, burnt.lockstate), lockstate_of(new, new.lockstate)
    assert after.fence > before.fence
    assert after.size == new.verify().size
    assert not (new.log / "lockstate").exists()


async def test_a_lockstate_that_knows_of_nothing_more_survives_without_a_declaration(
    burnt: Burnt, tmp_path: Path
) -> None:
    new = Site(tmp_path / "new", apart=True).empty(kek_of=burnt.old)
    shutil.copy(burnt.backup / "log" / "lockstate", new.lockstate)
    restored = await new.restore(burnt.backup)
    assert restored.plan.lockstate_survived
    assert restored.plan.first_missing is None
    assert new.verify().exit_code == ExitCode.GOOD


async def test_a_lockstate_of_another_history_is_refused_even_with_a_declaration(
    burnt: Burnt, new: Site, tmp_path: Path
) -> None:
    """The log went on otherwise after a loss was declared; then a copy of the lost history turns up."""
    async with burnt.old.running() as server:
        await act(server, 20)
        await burnt.old.backup(tmp_path / "newer")
    await new.restore(burnt.backup, declare_loss=True)
    third = Site(tmp_path / "third").empty(kek_of=burnt.old)
    with pytest.raises(BackupRefused, match="different histories"):
        await third.restore(tmp_path / "newer", surviving=new.lockstate, declare_loss=True)
    assert not (third.data / "log").exists()
