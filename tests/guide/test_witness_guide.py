"""docs/witnesses.md, followed block by block: a witness on one side, a server in earnest on the other."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.settings import load
from tests.browser.demo_server import free_port
from tests.guide.blocks import ON_THE_MACHINE, Block, blocks_of
from tests.protocol.production_stand import OFFICER, Instance

WITHIN_S = 60
PLACE = "localhost:7380"


def said_in_order(words: tuple[str, ...], output: str) -> bool:
    rest = " ".join(output.split())
    for one in words:
        _, found, rest = rest.partition(" ".join(one.split()))
        if not found:
            return False
    return True


def environment(instance: Instance) -> dict[str, str]:
    programs = Path(sys.executable).parent
    return {
        "PATH": f"{programs}:{os.defpath}",
        "HOME": str(instance.folder),
        "TACHIAI_CONFIG": str(instance.settings_file),
        "LOG": str(instance.data / "log" / "public"),
    }


def run(block: Block, port: int, folder: Path, instance: Instance) -> str:
    commands = block.commands.replace(PLACE, f"localhost:{port}")
    finished = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env=environment(instance),
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    return finished.stdout + finished.stderr


@contextmanager
def started(block: Block, port: int, folder: Path, instance: Instance) -> Iterator[str]:
    """What never ends by itself; gives its first line."""
    commands = "exec " + block.commands.replace(PLACE, f"localhost:{port}")
    with subprocess.Popen(
        ["bash", "-euc", commands],
        cwd=folder,
        env=environment(instance),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()


async def test_every_command_of_the_guide_runs_and_says_what_the_guide_says(
    root: Path, tmp_path: Path
) -> None:
    blocks = [block for block in blocks_of(root / "docs" / "witnesses.md") if block.mark != ON_THE_MACHINE]
    init, key, start, policy, doctor, verify = blocks
    instance, folder, port = Instance(tmp_path / "server"), tmp_path / "hands", free_port()
    folder.mkdir()
    made = await instance.init(*OFFICER)
    assert made.code == 0, made.err
    shutil.copy(instance.data / "log" / "verifier.key", folder / "verifier.key")
    for block in (init, key):
        output = run(block, port, folder, instance)
        assert said_in_order(block.says, output), output
    with started(start, port, folder, instance) as line:
        said = tuple(one.replace(PLACE, f"localhost:{port}") for one in start.says)
        assert said_in_order(said, line), line
        run(policy, port, folder, instance)
        named_in_the_settings(root, instance, folder / "policy")
        async with instance.served():
            output = run(doctor, port, folder, instance)
            deadline = time.monotonic() + WITHIN_S
            while not said_in_order(doctor.says, output) and time.monotonic() < deadline:
                output = run(doctor, port, folder, instance)
            assert said_in_order(doctor.says, output), output
            output = run(verify, port, folder, instance)
            assert said_in_order(verify.says, output), output
    assert (instance.data / "log" / "public" / "witnessed").read_text().count("\n\u2014 ") == 2


def named_in_the_settings(root: Path, instance: Instance, policy: Path) -> None:
    """With the very `sed` of the guide."""
    text = (root / "docs" / "witnesses.md").read_text("utf-8")
    found = re.search(r"^sed -i '(.*)' /etc/tachiai/tachiai\.toml$", text, re.MULTILINE)
    assert found is not None
    script = found[1].replace("/etc/tachiai/policy", str(policy))
    subprocess.run(["sed", "-i", script, str(instance.settings_file)], check=True, timeout=10)
    assert load(instance.settings_file, environment={}).witnesses.policy == str(policy)
