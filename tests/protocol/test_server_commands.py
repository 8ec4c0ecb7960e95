"""The command line as an operator types it."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import click

from server.cli import tachiai
from tests.protocol.typed_commands import command, ready_line, said
from tests.unit.audit_log_on_disk import LogOnDisk
from tests.unit.witness_people import policy_text, witness_key


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_the_description_is_printed(tmp_path: Path) -> None:
    code, out, _ = await said("openapi", folder=tmp_path)
    assert code == 0
    assert "/api/v1/sessions" in json.loads(out)["paths"]
    assert "/api/v1/demo" not in json.loads(out)["paths"]


def commands_of(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for word in group.list_commands(context):
        one = group.get_command(context, word)
        assert one is not None
        if isinstance(one, click.Group):
            yield from commands_of(one, f"{name} {word}")
        else:
            yield f"{name} {word}", one


def test_every_command_has_a_form_for_programs_and_a_sentence_for_people() -> None:
    plain = {name for name, one in commands_of(tachiai, "tachiai") if not _has_json(one)}
    assert plain <= {"tachiai openapi", "tachiai audit schema"}, "what prints nothing but JSON"
    assert [name for name, one in commands_of(tachiai, "tachiai") if len((one.help or "").split()) < 3] == []


def _has_json(command: click.Command) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


async def test_a_log_that_is_not_there_is_not_called_good(tmp_path: Path) -> None:
    code, out, _ = await said("audit", "verify", str(tmp_path / "none"), folder=tmp_path)
    assert code == 2
    assert out.startswith("Not verified")


async def test_a_verification_answers_programs_in_one_document(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path / "site")
    await log.fill(3)
    code, out, _ = await said("audit", "verify", str(log.folder), "--json", folder=tmp_path)
    told = json.loads(out)
    assert (code, told["exit_code"], told["result"]) == (0, 0, "GOOD")
    assert (told["witnessed"], told["more_findings"]) == (None, 0)
    (log.folder / "public" / "seals").unlink()
    code, out, _ = await said("audit", "verify", str(log.folder), "--json", folder=tmp_path)
    told = json.loads(out)
    assert (code, told["exit_code"], told["result"]) == (13, 13, "INCOMPLETE")
    assert told["findings"][0].keys() == {"code", "sentence", "entry", "file", "offset"}


async def test_a_policy_is_asked_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path / "site")
    await log.fill(3)
    policy = tmp_path / "policy"
    policy.write_bytes(policy_text(witness_key(1)))
    arguments = ("audit", "verify", str(log.folder), "--policy", str(policy))
    code, out, _ = await said(*arguments, folder=tmp_path)
    assert (code, "Not witnessed: no checkpoint was signed by witnesses" in out) == (12, True), out
    policy.write_text("quorum nobody")
    code, out, err = await said(*arguments, folder=tmp_path)
    assert (code, out) == (2, "")
    assert "is not a policy" in err
    policy.unlink()
    code, _, err = await said(*arguments, folder=tmp_path)
    assert (code, "cannot be read" in err) == (2, True)


async def test_a_demo_is_ready_in_one_line_and_leaves_a_good_log(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    async with command("demo", "--port", "0", "--data", str(data), "--json", folder=tmp_path) as process:
        line = await ready_line(process)
        async with aiohttp.ClientSession() as session, session.get(line["base_url"] + "/demo") as page:
            assert page.status == 200
        assert {"base_url", "agent", "customer", "officer", "log", "pid", "gate_pid"} <= line.keys()
        assert process.pid == line["pid"]
        process.send_signal(signal.SIGTERM)
        out, _ = await process.communicate()
        assert (out, process.returncode) == (b"", 0)
    code, report, _ = await said(
        "audit", "verify", line["log"]["folder"], "--key", line["log"]["verifier_key"], folder=tmp_path
    )
    assert (code, report.startswith("Good")) == (0, True), report
    assert "DEMO" in (data / "DEMO-DATA-README.txt").read_text("utf-8")


async def test_a_host_checks_its_own_log_running_or_not_and_nobody_elses(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    async with command("demo", "--port", "0", "--data", str(data), "--json", folder=tmp_path) as process:
        await ready_line(process)
        code, out, _ = await said("audit", "fsck", str(data), "--json", folder=tmp_path)
        assert (code, json.loads(out)["result"]) == (0, "GOOD"), out
    code, out, _ = await said("audit", "fsck", str(data), folder=tmp_path)
    assert (code, out.startswith("Good: of ")) == (0, True), out
    code, out, _ = await said("audit", "fsck", str(tmp_path / "none"), folder=tmp_path)
    assert (code, out.startswith("Not verified: ")) == (2, True), out


async def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, _, err = await said("demo", "--port", port, "--data", str(tmp_path / "demo"), folder=tmp_path)
    assert code == 2
    assert f"Port {port}" in err
    assert "--port" in err
    assert "Traceback" not in err


async def test_a_folder_with_other_things_is_not_taken_for_a_demos(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious", encoding="utf-8")
    code, _, err = await said("demo", "--port", "0", "--data", str(tmp_path), folder=tmp_path)
    assert code == 2
    assert "no demo's" in err
    assert names_in(tmp_path) == ["thesis.txt"]


async def test_a_demo_for_other_machines_speaks_tls(tmp_path: Path) -> None:
    arguments = ("demo", "--host", "127.0.0.2", "--port", "0", "--data", str(tmp_path / "demo"), "--json")
    async with command(*arguments, folder=tmp_path) as process:
        line = await ready_line(process)
        assert line["base_url"].startswith("https://127.0.0.2:")
        fingerprint = bytes.fromhex(line["certificate_sha256"].replace(":", ""))
        async with (
            aiohttp.ClientSession() as session,
            session.get(line["base_url"] + "/agent/sign-in", ssl=aiohttp.Fingerprint(fingerprint)) as page,
        ):
            assert page.status == 200
            assert page.headers["Strict-Transport-Security"].startswith("max-age=63072000")
