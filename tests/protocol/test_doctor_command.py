"""`tachiai doctor`, with a server and without one."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from server.checklist.table import CHECKS
from tests.protocol.typed_commands import command, ready_line, said


async def told(
    folder: Path, data: Path, *, code: int = 0
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The whole document, and its findings by their id."""
    exit_code, out, err = await said("doctor", "--data", str(data), "--json", folder=folder)
    assert exit_code == code, (out, err)
    document = json.loads(out)
    return document, {finding["id"]: finding for finding in document["findings"]}


async def test_the_doctor_finds_nothing_to_mend_on_a_fresh_machine(tmp_path: Path) -> None:
    code, out, _ = await said("doctor", "--data", str(tmp_path / "demo"), folder=tmp_path)
    assert code == 0, out
    assert {line.split()[0] for line in out.splitlines()} == {"ok", "advice", "->"}
    assert not (tmp_path / "demo").exists()


async def test_a_running_server_tells_what_it_sees_and_a_changed_log_is_found_after_it(
    tmp_path: Path,
) -> None:
    data = tmp_path / "demo"
    async with command("demo", "--port", "0", "--data", str(data), "--json", folder=tmp_path) as process:
        await ready_line(process)
        document, found = await told(tmp_path, data)
        assert found["server"]["state"] == "answers"
        assert found["gate"]["state"] == "running"
        assert found["officers"]["now"]
        assert found["demo"]["state"] == "demo"
        assert set(found) <= set(CHECKS)
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    document, found = await told(tmp_path, data)
    assert (found["server"]["state"], found["gate"]["state"]) == ("none", "able")
    assert (found["log"]["severity"], found["schema"]["state"]) == ("ok", "current")
    assert found["officers"]["state"] == "several"
    await asyncio.to_thread(spoil, data / "log")
    document, found = await told(tmp_path, data, code=1)
    assert (document["worst"], document["findings"][0]["id"]) == ("danger", "log")
    assert found["log"]["state"] == "damaged"


async def test_where_the_keys_are_must_be_said_for_a_folder_that_is_no_demos(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    code, out, err = await said("doctor", "--data", str(tmp_path / "data"), folder=tmp_path)
    assert (code, out) == (2, "")
    assert "keys.folder" in err


def spoil(log: Path) -> None:
    """One byte of one published entry, as somebody would who edits the record."""
    bundle = min(path for path in (log / "public" / "tile" / "entries").rglob("*") if path.is_file())
    content = bytearray(bundle.read_bytes())
    content[99] ^= 1
    bundle.chmod(0o600)
    bundle.write_bytes(content)
