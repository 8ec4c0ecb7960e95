"""docs/keys.md, followed block by block, on a machine whose server is stopped."""

import os
import subprocess
import sys
from pathlib import Path

from tests.guide.blocks import ON_THE_MACHINE, Block, blocks_of
from tests.protocol.production_stand import OFFICER, Instance

WITHIN_S = 120


def run(commands: str, instance: Instance) -> str:
    finished = subprocess.run(
        ["bash", "-euc", commands],
        cwd=instance.folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "HOME": str(instance.folder),
            "TACHIAI_CONFIG": str(instance.settings_file),
            "KEK": str(instance.folder / "etc" / "kek"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stderr + finished.stdout


def missing(block: Block, output: str) -> list[str]:
    return [words for words in block.says if words not in output]


async def test_every_command_about_keys_runs_and_says_what_the_page_says(root: Path, tmp_path: Path) -> None:
    blocks = [block for block in blocks_of(root / "docs" / "keys.md") if block.mark != ON_THE_MACHINE]
    assert len(blocks) == 3
    instance = Instance(tmp_path / "server")
    made = await instance.init(*OFFICER)
    assert made.code == 0, made.err
    for block in blocks:
        output = run(block.commands, instance)
        assert missing(block, output) == [], output
