"""What the checklist finds of witnesses: from the policy, the notes, and what stands in the log's public folder."""

from pathlib import Path

import pytest

from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from audit.witnesses.checking import OLDEST_S
from server.checklist.facts import Witnesses, WitnessState
from server.checklist.witness_probe import look_at_witnesses
from server.log_keeping.witness_notes import WitnessNotes, write_notes
from server.places import LOG_FOLDER, Places, key_places
from server.setting_groups import Settings, WitnessesSettings
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk
from tests.unit.witness_people import policy_text, witness_key

FIRST, SECOND = witness_key(1), witness_key(2)


class Site:
    def __init__(self, root: Path) -> None:
        self.log = LogOnDisk(root)
        self.places = Places(root, root / LOG_FOLDER / "lockstate", key_places(root / "keys"))
        self.policy = root / "policy"
        self.policy.write_bytes(policy_text(FIRST, SECOND, least="1", url="https://w{}.example"))

    def looked(self, later_s: int = 0) -> Witnesses:
        settings = Settings(witnesses=WitnessesSettings(policy=str(self.policy)))
        return look_at_witnesses(settings, self.places, now_ms=NOW_MS + later_s * 1_000)

    def witness(self) -> None:
        """The first one signs what is there."""
        public = self.log.folder / "public"
        note = (public / "checkpoint").read_bytes()
        text = note.decode().rpartition("\n\n")[0] + "\n"
        key = Verifier.parse((self.log.folder / "verifier.key").read_text().strip())
        assert open_checkpoint(note, key).size
        (public / "witnessed").write_bytes(note + FIRST.line(text, NOW_MS // 1_000).encode())


@pytest.fixture
async def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    await made.log.fill(3)
    return made


async def test_a_quorum_is_signed_until_entries_came_and_nobody_signed_them(site: Site) -> None:
    assert site.looked().state is WitnessState.LATE
    site.witness()
    assert site.looked().state is WitnessState.SIGNED
    assert site.looked(10 * OLDEST_S).state is WitnessState.SIGNED  # a server that was stopped owes nothing
    await site.log.fill(1, first=3)
    assert site.looked(OLDEST_S).state is WitnessState.SIGNED
    assert site.looked(OLDEST_S + 1).state is WitnessState.LATE


def test_who_is_missing_and_who_refuses_is_told_by_name(site: Site) -> None:
    site.witness()
    write_notes(site.places.witness_notes, WitnessNotes(lost=["W2"]))
    assert site.looked() == Witnesses(state=WitnessState.LOST, named=("W2",))
    write_notes(site.places.witness_notes, WitnessNotes(lost=["W2"], refused={"W1": "history"}))
    assert site.looked() == Witnesses(state=WitnessState.REFUSED, named=("W1",))


def test_what_cannot_be_read_is_not_taken_for_good(site: Site) -> None:
    site.witness()
    site.places.witness_notes.write_text("nonsense")
    assert site.looked().state is WitnessState.UNREADABLE
    site.places.witness_notes.unlink()
    site.policy.unlink()
    found = site.looked()
    assert found.state is WitnessState.UNREADABLE
    assert str(site.policy) in found.sentence
    none = look_at_witnesses(Settings(), site.places, now_ms=NOW_MS)
    assert none.state is WitnessState.NONE


def test_a_broken_log_is_not_witnessed(site: Site) -> None:
    site.witness()
    for name in ("public/witnessed", "public/checkpoint", "verifier.key"):
        content = (site.log.folder / name).read_bytes()
        (site.log.folder / name).write_bytes(content[:-9])
        assert site.looked().state is WitnessState.LATE
        (site.log.folder / name).write_bytes(content)
    assert site.looked().state is WitnessState.SIGNED
