"""The log and its witnesses, each a process of its own: a quorum, one that is down, one that saw another history."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from audit.event import EventName
from audit.report import ExitCode
from audit.verify import verify_folder
from server.clock import SystemClock
from server.log_keeping.witness_notes import read_notes
from tests.protocol.witness_stand import WitnessStand, made, running
from tests.protocol.witnessed_log import OFTEN, Kept, kept
from tests.unit.audit_log_on_disk import LogOnDisk, an_event


async def filled(root: Path, count: int = 3) -> str:
    """A log with `count` entries; gives its verifier key."""
    log = LogOnDisk(root)
    await log.fill(count)
    return (log.folder / "verifier.key").read_text().strip()


@pytest.fixture
async def two(tmp_path: Path) -> list[WitnessStand]:
    return [
        await made(tmp_path / "w1", "witness.example/w1"),
        await made(tmp_path / "w2", "witness.example/w2", "--post-quantum"),
    ]


@pytest.fixture
async def both_run(two: list[WitnessStand], tmp_path: Path) -> AsyncIterator[str]:
    """Gives the key of the log in `tmp_path`/site that they know."""
    key = await filled(tmp_path / "site")
    async with AsyncExitStack() as stack:
        for witness in two:
            await stack.enter_async_context(running(witness, [key]))
        yield key


async def appended(here: Kept, count: int, first: int = 100) -> None:
    now = SystemClock().now_ms()
    for number in range(first, first + count):
        await here.log.append(an_event(number, at_ms=now))


async def test_two_witnesses_sign_what_comes_and_the_newest_is_published(
    two: list[WitnessStand], both_run: str, tmp_path: Path
) -> None:
    async with kept(tmp_path / "site", two) as here:
        await here.until_witnessed(3, {"W1", "W2"})
        await appended(here, 5)
        await here.until_witnessed(8, {"W1", "W2"})
        assert here.findings() == []
        assert here.log.size == 8  # that all is well is no entry
    async with kept(tmp_path / "site", two) as here:
        await appended(here, 1)
        await here.until_witnessed(9, {"W1", "W2"})
    report = verify_folder(tmp_path / "site" / "log", verifier_key=both_run)
    assert (report.exit_code, report.size) == (ExitCode.GOOD, 9)


async def test_an_unreachable_witness_delays_nobody_and_is_told_once_and_again_when_it_is_back(
    two: list[WitnessStand], tmp_path: Path
) -> None:
    key = await filled(tmp_path / "site")
    async with running(two[0], [key]), running(two[1], [key]):
        pass
    async with running(two[0], [key]), kept(tmp_path / "site", two, least="1", pace=OFTEN) as here:
        await here.until_witnessed(3, {"W1"})
        lost = await here.told(EventName.SYSTEM_WITNESS_LOST)
        await appended(here, 3)
        await here.until_witnessed(6, {"W1"})
        assert [event.facts["witness"] for event in lost] == ["W2"]
        async with running(two[1], [key]):
            restored = await here.told(EventName.SYSTEM_WITNESS_RESTORED)
            assert [event.facts["witness"] for event in restored] == ["W2"]
            await here.until_witnessed(6, {"W1", "W2"})
            assert len(await here.told(EventName.SYSTEM_WITNESS_LOST)) == 1


async def test_below_the_quorum_nothing_newer_is_published(two: list[WitnessStand], tmp_path: Path) -> None:
    key = await filled(tmp_path / "site")
    async with running(two[1], [key]):
        pass
    async with running(two[0], [key]), kept(tmp_path / "site", two, pace=OFTEN) as here:
        await here.told(EventName.SYSTEM_WITNESS_LOST)
        assert here.witnessed() is None
        assert [finding.code for finding in here.findings()] == [ExitCode.WITNESS_MISSING]


async def test_a_split_view_is_refused_by_the_witness_and_recorded_by_the_log(
    two: list[WitnessStand], both_run: str, tmp_path: Path
) -> None:
    """Two logs of one key: the witnesses have signed the one, and are then shown the other."""
    site, other = tmp_path / "site", tmp_path / "other"
    shutil.copytree(site, other)
    async with kept(site, two) as here:
        await appended(here, 4)
        await here.until_witnessed(7, {"W1", "W2"})
    async with kept(other, two, pace=OFTEN) as forged:
        refused = await forged.told(EventName.SYSTEM_WITNESS_REFUSED, 2)
        assert {event.facts["witness"] for event in refused} == {"W1", "W2"}
        assert {event.facts["cause"] for event in refused[:2]} == {"larger"}
        assert {event.facts["seen"] for event in refused[:2]} == {7}
        await appended(forged, 8, first=500)
        refused = await forged.told(EventName.SYSTEM_WITNESS_REFUSED, 4)
        assert {event.facts["cause"] for event in refused[2:4]} == {"history"}
        assert forged.witnessed() is None
    notes = read_notes(other / "witnesses.json")
    assert notes is not None
    assert notes.refused == {"W1": "history", "W2": "history"}
    async with kept(other, two, pace=OFTEN) as forged:  # and the next start does not say it again
        await forged.until(lambda: forged.log.size > 0)
        await appended(forged, 2, first=600)
        assert len(await forged.told(EventName.SYSTEM_WITNESS_REFUSED, 4)) == 4
    async with kept(site, two) as here:
        await appended(here, 2, first=700)
        await here.until_witnessed(9, {"W1", "W2"})


async def test_a_witness_is_asked_again_where_it_says_it_is(
    two: list[WitnessStand], both_run: str, tmp_path: Path
) -> None:
    """The keeper knows nothing after its start; somebody else may have shown the witness our checkpoints meanwhile."""
    site = tmp_path / "site"
    async with kept(site, two) as here:
        await here.until_witnessed(3, {"W1", "W2"})
    (site / "log" / "public" / "witnessed").unlink()
    async with kept(site, two) as here:
        await here.until_witnessed(3, {"W1", "W2"})
        await appended(here, 300)
        await here.until_witnessed(303, {"W1", "W2"})


async def test_a_killed_witness_goes_on_where_it_was(
    two: list[WitnessStand], both_run: str, tmp_path: Path
) -> None:
    third = await made(tmp_path / "w3", "witness.example/w3")
    async with running(third, [both_run]):
        pass
    async with kept(tmp_path / "site", [*two, third], least="2", pace=OFTEN) as here:
        async with running(third, [both_run]):
            await here.until_witnessed(3, {"W1", "W2", "W3"})
            third.kill()
        await appended(here, 4)
        await here.until_witnessed(7, {"W1", "W2"})
        async with running(third, [both_run]):
            await here.until_witnessed(7, {"W1", "W2", "W3"})


async def test_appends_do_not_wait_for_a_witness_that_hangs(tmp_path: Path) -> None:
    witness = await made(tmp_path / "w1", "witness.example/w1")
    arrived = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        try:
            await reader.read()
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    witness.port = server.sockets[0].getsockname()[1]
    await filled(tmp_path / "site")
    async with server, kept(tmp_path / "site", [witness], pace=OFTEN) as here:
        async with asyncio.timeout(10):
            await arrived.wait()
            await appended(here, 50)
        assert here.log.healthy
        lost = await here.told(EventName.SYSTEM_WITNESS_LOST)
        assert lost[0].facts["witness"] == "W1"
