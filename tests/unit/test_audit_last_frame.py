"""The last frame cut at every byte and with every page zeroed: removed where nothing of it was signed, else refused."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.note import Verifier
from audit.public import PublicFolder
from audit.recover import LogRefused, Recovered, recover
from audit.wal import segments
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

BEFORE = 2  # entries
PAGES = [512, 4096]


class Torn:
    """A log whose last frame is durable and not signed: `whole` is its segment, the frame begins at `start`."""

    def __init__(self, root: Path, count: int) -> None:
        disk = LogOnDisk(root)
        asyncio.run(disk.fill(BEFORE))
        self._before = shutil.copytree(disk.folder, root / "before")
        self.signed = disk.folder
        self._verifier = Verifier.parse((disk.folder / "verifier.key").read_text().strip())
        self.start = len(self._segment(self._before).read_bytes().rstrip(b"\0"))
        asyncio.run(self._append(disk, count))
        whole = self._segment(disk.folder).read_bytes()
        self.stop = len(whole.rstrip(b"\0"))
        self.whole = whole[: self.stop + 4096]  # zeros enough; the rest would only take time

    async def _append(self, disk: LogOnDisk, count: int) -> None:
        log = await disk.open()
        await log.append_all([an_event(number, subject=f"customer-{number}") for number in range(count)])
        await log.close()

    def recovered(self, segment: bytes, folder: Path | None = None) -> Recovered:
        """What a start makes of it. Raises LogRefused."""
        place = folder or self._before
        self._segment(place).write_bytes(segment)
        public = PublicFolder(place / "public", place, Disk())
        return recover(place / "private" / "wal", public, (place / "lockstate").read_bytes(), self._verifier)

    def zeroed(self, page: int) -> Iterator[tuple[int, bytes]]:
        """The segment without one of the pages that the last frame lies in: what of it is the frame's is zero."""
        for at in range(self.start // page * page, self.stop, page):
            low, high = max(at, self.start), min(at + page, self.stop)
            yield at, self.whole[:low] + bytes(high - low) + self.whole[high:]

    def _segment(self, folder: Path) -> Path:
        (_, path), *_ = segments(folder / "private" / "wal")
        return path


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Torn:
    return Torn(tmp_path_factory.mktemp("short"), 1)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Torn:
    """A frame of more than eight pages."""
    return Torn(tmp_path_factory.mktemp("long"), 60)


def test_an_unsigned_frame_cut_at_any_byte_is_removed_and_a_whole_one_is_kept(short: Torn) -> None:
    for cut in range(short.start, short.stop):
        left = short.whole[:cut] + bytes(len(short.whole) - cut)
        found = short.recovered(left)
        assert found.frontier.size == BEFORE, f"cut at byte {cut}"
        assert found.resume is not None
        assert found.resume[1] == short.start, "writing goes on where the last whole frame ends"
    assert short.recovered(short.whole).frontier.size == BEFORE + 1


@pytest.mark.parametrize("page", PAGES)
def test_an_unsigned_frame_without_one_of_its_pages_is_removed(long: Torn, page: int) -> None:
    pages = list(long.zeroed(page))
    assert len(pages) >= 8
    for at, left in pages:
        assert long.recovered(left).frontier.size == BEFORE, f"zeros from byte {at} on"


@pytest.mark.parametrize("page", PAGES)
def test_a_signed_frame_without_one_of_its_pages_is_refused(long: Torn, page: int) -> None:
    for _, left in long.zeroed(page):
        with pytest.raises(LogRefused, match=r"\.wal .*byte \d+"):
            long.recovered(left, long.signed)


def test_a_signed_frame_cut_at_any_byte_is_refused(short: Torn) -> None:
    for cut in range(short.start, short.stop):
        left = short.whole[:cut] + bytes(len(short.whole) - cut)
        with pytest.raises(LogRefused, match=r"\.wal .*byte \d+"):
            short.recovered(left, short.signed)
