"""The command line as an operator types it."""

import json
import signal
import socket
from pathlib import Path

import aiohttp

from tests.protocol.typed_commands import command, ready_line, said


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_the_description_is_printed(tmp_path: Path) -> None:
    code, out, _ = await said("openapi", folder=tmp_path)
    assert code == 0
    assert "/api/v1/sessions" in json.loads(out)["paths"]
    assert "/api/v1/demo" not in json.loads(out)["paths"]


async def test_a_log_that_is_not_there_is_not_called_good(tmp_path: Path) -> None:
    code, out, _ = await said("audit", "verify", str(tmp_path / "none"), folder=tmp_path)
    assert code == 2
    assert out.startswith("Not verified")


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
