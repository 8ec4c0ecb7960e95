"""A witness never forgets, never goes back, and knows when its memory was touched."""

from pathlib import Path

import pytest

from audit.disk import Disk
from audit.tree_head import TreeHead
from audit.witnesses.judging import Seen
from audit.witnesses.memory import MemoryUnusable, WentBack, create_memory, held_memory
from tests.unit.witness_people import SmallLog

LOG, OTHER = SmallLog(), SmallLog("log.example/b")


def head(size: int, log: SmallLog = LOG) -> TreeHead:
    return TreeHead(log.origin, size, log.root(size))


@pytest.fixture
def memory_file(tmp_path: Path) -> Path:
    create_memory(tmp_path / "memory")
    return tmp_path / "memory"


def test_what_was_remembered_is_there_after_a_restart(memory_file: Path) -> None:
    with held_memory(memory_file) as memory:
        assert memory.seen(LOG.origin) == Seen()
        memory.remember(head(3))
        memory.remember(head(7))
        memory.remember(head(2, OTHER))
    with held_memory(memory_file) as memory:
        assert memory.seen(LOG.origin) == Seen(7, LOG.root(7))
        assert memory.seen(OTHER.origin) == Seen(2, OTHER.root(2))
    assert memory_file.stat().st_mode & 0o777 == 0o600


def test_nothing_smaller_and_no_other_root_replaces_what_is_remembered(memory_file: Path) -> None:
    with held_memory(memory_file) as memory:
        memory.remember(head(7))
        for wrong in (head(6), head(0), TreeHead(LOG.origin, 7, bytes(32))):
            with pytest.raises(WentBack):
                memory.remember(wrong)
        memory.remember(head(7))
    with held_memory(memory_file) as memory:
        assert memory.seen(LOG.origin).size == 7


class FailingDisk(Disk):
    """Writes the temporary file and fails before, or after, it has its name."""

    def __init__(self, *, named: bool) -> None:
        self.named = named

    def rename(self, old: Path, new: Path) -> None:
        if self.named:
            super().rename(old, new)
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("named", [False, True])
def test_a_write_that_fails_tells_so_and_leaves_a_whole_memory(memory_file: Path, *, named: bool) -> None:
    with held_memory(memory_file) as memory:
        memory.remember(head(3))
    with held_memory(memory_file, FailingDisk(named=named)) as memory:
        with pytest.raises(OSError, match="Input/output"):
            memory.remember(head(7))
        assert memory.seen(LOG.origin).size == 3
    with held_memory(memory_file) as memory:
        assert memory.seen(LOG.origin).size == (7 if named else 3)


def test_a_memory_that_is_gone_is_not_made_anew(memory_file: Path) -> None:
    memory_file.unlink()
    with pytest.raises(MemoryUnusable, match="forgotten"), held_memory(memory_file):
        pass


def test_a_second_process_or_maker_is_kept_away(memory_file: Path) -> None:
    with (
        held_memory(memory_file),
        pytest.raises(MemoryUnusable, match="another witness"),
        held_memory(memory_file),
    ):
        pass
    with held_memory(memory_file):
        pass
    with pytest.raises(FileExistsError):
        create_memory(memory_file)


def test_every_byte_that_is_cut_or_changed_is_noticed_or_changes_a_head_s_letters_alone(
    memory_file: Path,
) -> None:
    with held_memory(memory_file) as memory:
        memory.remember(head(7))
        memory.remember(head(2, OTHER))
    whole = memory_file.read_bytes()
    for stop in range(len(whole)):
        memory_file.write_bytes(whole[:stop])
        with pytest.raises(MemoryUnusable), held_memory(memory_file):
            pass
    for extra in (
        whole + b"\n",
        whole + whole,
        whole.replace(b"\n7\n", b"\n07\n"),
        whole.replace(b"\n7\n", b"\n7\n\n"),
    ):
        memory_file.write_bytes(extra)
        with pytest.raises(MemoryUnusable), held_memory(memory_file):
            pass


def test_a_link_in_the_memory_s_place_is_refused(memory_file: Path) -> None:
    memory_file.rename(memory_file.with_name("elsewhere"))
    memory_file.symlink_to("elsewhere")
    with pytest.raises(OSError, match="no plain file"), held_memory(memory_file):
        pass
