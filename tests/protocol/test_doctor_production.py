"""The checklist of an instance as an operator makes it: with a server and without, it tells the same weaknesses."""

import asyncio
from pathlib import Path
from typing import Any

from server.checklist.table import CHECKS
from tests.protocol.production_stand import Instance, instance_with_people

ONLY_INSIDE = {"user", "gate_load"}  # of the server's own process


async def told(instance: Instance) -> dict[str, dict[str, Any]]:
    ended = await instance.said("doctor", "--json")
    assert ended.code == 1, ended.err
    return {finding["id"]: finding for finding in ended.json["findings"]}


async def test_a_new_instance_has_one_officer_no_backup_and_keys_on_the_same_volume(tmp_path: Path) -> None:
    instance = await instance_with_people(tmp_path)
    outside = await told(instance)
    async with instance.served():
        inside = await told(instance)
        (key,) = instance.folder.rglob("invitations.key")
        key.chmod(0o644)
        spoilt = await told(instance)
    assert spoilt["key_files"]["state"] == "readable"
    assert str(key) in spoilt["key_files"]["mend"]
    for found in (outside, inside):
        assert found["officers"]["state"] == "one"
        assert found["backup"]["state"] == "never"
        assert found["kek"]["state"] == "same_volume"
        assert found["gate_address"]["state"] == "here_only"
        assert found["second_factor"]["state"] == "all"
        assert found["demo"]["state"] == "none"
        assert found["log"]["state"] == "healthy"
        assert found["key_files"]["state"] == found["data_folder"]["state"] == "private"
        assert found["tls"]["severity"] == found["api_keys"]["severity"] == "ok"
    assert set(inside) - ONLY_INSIDE == set(outside) - ONLY_INSIDE
    assert set(outside) <= set(CHECKS)
    kept = {
        check: finding["state"]
        for check, finding in outside.items()
        if check not in {"gate", "disk", "log", "server"}
    }
    assert kept.items() <= {check: finding["state"] for check, finding in inside.items()}.items()


async def test_a_server_that_does_not_answer_is_told_with_all_that_can_be_seen_without_it(
    tmp_path: Path,
) -> None:
    instance = Instance(tmp_path)
    assert (await instance.init("--officer-username", "chie", "--officer-name", "Chie Tanaka")).code == 0

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_unix_server(hang_up, instance.data / "control.sock"):
        found = await told(instance)
    assert (found["server"]["state"], found["server"]["severity"]) == ("silent", "danger")
    assert (found["officers"]["state"], found["enrolment"]["state"]) == ("none", "pending")
    assert found["backup"]["state"] == "never"
