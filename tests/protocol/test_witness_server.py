"""`tachiai witness` over loopback: C2SP tlog-witness, its memory, its limits, and what it says of itself."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from audit.note import Kind, NoteInvalid, Verifier, open_by_any
from audit.note_key import WITNESS_KINDS
from audit.witnesses.cosignature import read_cosignatures
from audit.witnesses.exchange import MAX_REQUEST, SIZE_TYPE, Answer, Status
from tests.protocol.witness_stand import WitnessStand, made, running, told
from tests.unit.witness_people import SmallLog

LOG, OTHER_WORLD = SmallLog(), SmallLog(world="another ")
KEY = str(LOG.signer.verifier)


@pytest.fixture
async def witness(tmp_path: Path) -> WitnessStand:
    return await made(tmp_path / "witness", "witness.example/w1", "--post-quantum")


def signed_by(witness: WitnessStand, answer: Answer, size: int, log: SmallLog = LOG) -> set[Kind]:
    verifiers = [Verifier.parse(key, WITNESS_KINDS) for key in witness.keys]
    return {one.verifier.kind for one in read_cosignatures(log.text(size), answer.lines, verifiers)}


async def test_a_log_that_goes_on_is_signed_by_both_keys_and_remembered_over_a_restart(
    witness: WitnessStand,
) -> None:
    async with running(witness, [KEY]) as ready:
        assert ready["keys"] == witness.keys
        for old, size in ((0, 3), (3, 7), (7, 7), (7, 20)):
            answer = await witness.add(LOG.request(old, size))
            assert answer.status is Status.COSIGNED
            assert signed_by(witness, answer, size) == WITNESS_KINDS
    async with running(witness, [KEY]):
        assert await witness.add(LOG.request(0, 30)) == Answer(Status.CONFLICT, size=20)
        assert (await witness.add(LOG.request(20, 30))).status is Status.COSIGNED
        witness.kill()
    async with running(witness, [KEY]):
        assert await witness.add(LOG.request(0, 40)) == Answer(Status.CONFLICT, size=30)


async def test_every_refusal_of_the_specification_and_none_changes_what_is_remembered(
    witness: WitnessStand,
) -> None:
    stranger, imposter = SmallLog("log.example/b"), SmallLog()
    imposter.signer = type(imposter.signer).from_seed(LOG.origin, bytes(32))
    async with running(witness, [KEY]):
        assert (await witness.add(LOG.request(0, 5))).status is Status.COSIGNED
        for body, status in (
            (b"nonsense", Status.MALFORMED),
            (LOG.request(6, 5), Status.MALFORMED),
            (stranger.request(0, 3), Status.UNKNOWN_LOG),
            (imposter.request(5, 7), Status.NOT_SIGNED),
            (OTHER_WORLD.request(5, 7), Status.NOT_PROVED),
        ):
            assert (await witness.add(body)).status is status
        for body in (LOG.request(4, 7), LOG.request(0, 7), OTHER_WORLD.request(5, 5)):
            assert await witness.add(body) == Answer(Status.CONFLICT, size=5)
        assert (await witness.add(LOG.request(5, 7))).status is Status.COSIGNED
    evidence = list((witness.folder / "evidence").iterdir())
    assert len(evidence) == 1
    with pytest.raises(NoteInvalid):
        open_by_any(evidence[0].read_bytes(), [stranger.signer.verifier])
    assert open_by_any(evidence[0].read_bytes(), [LOG.signer.verifier]).text == OTHER_WORLD.text(5)
    lines = [json.loads(line) for line in witness.said.splitlines()]
    assert [line["size"] for line in lines if line["event"] == "cosigned"] == [5, 7]
    assert any(line["event"] == "a log signed two roots at one size" for line in lines)
    assert "127.0.0.1" not in witness.said


async def test_of_fifty_at_once_each_answer_fits_one_history(witness: WitnessStand) -> None:
    """Requests for many sizes from the same old one: one is first, and all others are told what it was."""
    async with running(witness, [KEY]):
        assert (await witness.add(LOG.request(0, 5))).status is Status.COSIGNED
        asked = [(log, size) for size in range(6, 31) for log in (LOG, OTHER_WORLD)]
        answers = await asyncio.gather(*(witness.add(log.request(5, size)) for log, size in asked))
        won = [
            (log, size)
            for (log, size), answer in zip(asked, answers, strict=True)
            if answer.status is Status.COSIGNED
        ]
        assert len(won) == 1
        assert won[0][0] is LOG
        told_sizes = {answer.size for answer in answers if answer.status is Status.CONFLICT}
        assert told_sizes == {won[0][1]}
        assert (await witness.add(LOG.request(won[0][1], 31))).status is Status.COSIGNED


async def test_fifty_beginnings_of_two_histories_leave_one(witness: WitnessStand) -> None:
    async with running(witness, [KEY]):
        worlds = [LOG if number % 2 else OTHER_WORLD for number in range(50)]
        answers = await asyncio.gather(*(witness.add(log.request(0, 9)) for log in worlds))
        begun = {
            log.world for log, answer in zip(worlds, answers, strict=True) if answer.status is Status.COSIGNED
        }
        assert len(begun) == 1


async def test_what_is_too_long_too_slow_or_elsewhere_is_refused(witness: WitnessStand) -> None:
    async with running(witness, [KEY]), aiohttp.ClientSession() as session:
        for method, path, status in (
            ("GET", "/add-checkpoint", 405),
            ("POST", "/", 404),
            ("POST", "/add-checkpoint/", 404),
            ("GET", "/", 404),
        ):
            async with session.request(method, witness.url + path) as got:
                assert got.status == status
                assert got.headers["Server"] == "tachiai"
        async with session.post(f"{witness.url}/add-checkpoint", data=b"x" * (MAX_REQUEST + 1)) as got:
            assert got.status == 413
        async with session.post(
            f"{witness.url}/add-checkpoint", data=b"\x1f\x8b" + bytes(9), headers={"Content-Encoding": "gzip"}
        ) as got:
            assert got.status == 400
        async with session.post(f"{witness.url}/add-checkpoint", data=LOG.request(0, 3)) as got:
            assert (got.status, got.content_type) == (200, "text/plain")
        async with session.post(f"{witness.url}/add-checkpoint", data=LOG.request(0, 3)) as got:
            assert (got.status, got.content_type, await got.read()) == (409, SIZE_TYPE, b"3\n")


async def test_a_body_that_does_not_come_is_not_waited_for(witness: WitnessStand) -> None:
    async with running(witness, [KEY]):
        reader, writer = await asyncio.open_connection("127.0.0.1", witness.port)
        writer.write(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 500\r\n\r\nold 0\n")
        async with asyncio.timeout(15):
            assert b" 408 " in await reader.readline()
        writer.close()


async def test_a_witness_does_not_start_where_it_should_not(witness: WitnessStand, tmp_path: Path) -> None:
    folder = str(witness.folder)
    for arguments, reason in (
        (("--listen", "0.0.0.0:0", "--folder", folder, "--log", KEY), "without a certificate"),
        (("--listen", "127.0.0.1", "--folder", folder, "--log", KEY), "an address and a port"),
        (("--listen", "127.0.0.1:0", "--folder", folder, "--log", witness.keys[0]), "no log's verifier key"),
        (("--listen", "127.0.0.1:0", "--folder", folder, "--log", "/nowhere"), "cannot be read"),
        (
            ("--listen", "127.0.0.1:0", "--folder", str(tmp_path / "none"), "--log", KEY),
            "tachiai witness init",
        ),
        (("--folder", folder), "Give --listen"),
        (("init", "--folder", folder, "--name", "w"), "not empty"),
        (("init", "--folder", str(tmp_path / "new"), "--name", "a b"), "visible ASCII"),
        (("key", "--folder", str(tmp_path / "none")), "tachiai witness init"),
    ):
        code, out, err = await told("witness", *arguments)
        assert (code, out) == (2, "")
        assert reason.lower() in err.lower()
    async with running(witness, [KEY]):
        code, _, err = await told("witness", "--listen", "127.0.0.1:0", "--folder", folder, "--log", KEY)
        assert (code, "another witness" in err) == (2, True)
    (witness.folder / "memory").unlink()
    code, _, err = await told("witness", "--listen", "127.0.0.1:0", "--folder", folder, "--log", KEY)
    assert (code, "forgotten" in err) == (2, True)


async def test_keys_are_printed_and_logs_may_be_named_by_file(witness: WitnessStand, tmp_path: Path) -> None:
    assert (await told("witness", "key", "--folder", str(witness.folder)))[1].split() == witness.keys
    assert [key.split("+")[0] for key in witness.keys] == ["witness.example/w1"] * 2
    file = tmp_path / "verifier.key"
    file.write_text(f"{KEY}\n{LOG.second.verifier}\n")
    other = SmallLog("log.example/b")
    async with running(witness, [str(file), str(other.signer.verifier)]) as ready:
        assert ready["logs"] == [LOG.origin, other.origin]
        assert (await witness.add(LOG.request(0, 3))).status is Status.COSIGNED
        assert (await witness.add(other.request(0, 2))).status is Status.COSIGNED
    for name in ("key", "key.ml-dsa-44", "memory"):
        assert (witness.folder / name).stat().st_mode & 0o777 == 0o600
