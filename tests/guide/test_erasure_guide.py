"""docs/erasure.md, followed block by block, on a machine whose server is stopped."""

import os
import subprocess
import sys
from pathlib import Path

from tests.guide.blocks import Block, blocks_of
from tests.protocol.production_stand import OFFICER, Instance

WITHIN_S = 120
CUSTOMERS = "reference,name,email,phone,region:text\nK-30518,Haruto Sato,haruto.sato@example.com,,JP\n"


def run(commands: str, instance: Instance) -> str:
    finished = subprocess.run(
        ["bash", "-euc", commands],
        cwd=instance.folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "HOME": str(instance.folder),
            "TACHIAI_CONFIG": str(instance.settings_file),
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


async def test_every_command_about_erasing_runs_and_says_what_the_page_says(
    root: Path, tmp_path: Path
) -> None:
    blocks = blocks_of(root / "docs" / "erasure.md")
    assert len(blocks) == 4
    instance = Instance(tmp_path / "server")
    made = await instance.init(*OFFICER)
    assert made.code == 0, made.err
    (instance.folder / "customers.csv").write_text(CUSTOMERS)
    run("tachiai customer import customers.csv", instance)
    for block in blocks:
        output = run(block.commands, instance)
        assert missing(block, output) == [], output
