"""docs/operating.md, followed word for word: every block of commands is run, in order, in one shell."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.demo_server import free_port
from tests.guide.blocks import NEW_MACHINE, ON_THE_MACHINE, PLACES, Block, blocks_of
from tests.guide.machine import Machine

# What becomes of the old machine before the block that is for a new one.
FIRE = 'systemctl stop tachiai; rm -r "$DATA" "$ETC"; mkdir -m 700 "$ETC"\n'
FEWEST_RUN = 20  # blocks; a guide whose commands are all marked would be tested by nothing
END = "@@ the block of line {} is done"
SHELL_WITHIN_S = 540  # some forty programs one after the other, on a machine that may be busy


@pytest.fixture
def guide(root: Path) -> list[Block]:
    return blocks_of(root / "docs" / "operating.md")


@pytest.fixture
def home(root: Path, tmp_path: Path) -> Iterator[Path]:
    """A machine of the test's own: folders, ports, and a systemctl. What was started is stopped."""
    places = {
        "/opt/tachiai/.venv/bin": str(Path(sys.executable).parent),
        "/etc/nginx/conf.d": str(tmp_path / "sites"),
        "/etc/tachiai": str(tmp_path / "etc"),
        "/var/lib/tachiai": str(tmp_path / "data"),
        "/var/backups/tachiai": str(tmp_path / "backups"),
        "/media/away": str(tmp_path / "away"),
        "/root/drill": str(tmp_path / "drill"),
    }
    for name in ("sites", "etc", "backups", "away", "drill", "bin"):
        (tmp_path / name).mkdir(mode=0o700)
    ports = {name: free_port() for name in ("tls", "plain", "server", "metrics", "media")}
    (tmp_path / "machine.json").write_text(json.dumps({"places": places, "ports": ports}))
    systemctl = tmp_path / "bin" / "systemctl"
    start = f"{sys.executable} -P -m tests.guide.machine {tmp_path}"
    systemctl.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {start} "$@"\n')
    systemctl.chmod(0o700)
    yield tmp_path
    machine = Machine(tmp_path)
    for name in ("nginx", "tachiai"):
        machine.stop(name)


@pytest.mark.timeout(600)
def test_every_command_of_the_guide_runs_and_says_what_the_guide_says(
    root: Path, guide: list[Block], home: Path
) -> None:
    run = [block for block in guide if block.mark != ON_THE_MACHINE]
    assert len(run) >= FEWEST_RUN
    script = "\n".join(f"{here(block, root, home)}\necho '{END.format(block.line)}'" for block in run)
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SHELL_WITHIN_S,
    )
    output = finished.stdout
    for block in run:
        printed, found, output = output.partition(END.format(block.line) + "\n")
        assert found, f"the block of line {block.line} failed:\n{printed}\n{logs(home)}"
        rest = " ".join(printed.split())
        for words in block.says:
            _, said, rest = rest.partition(" ".join(words.split()))
            assert said, f"line {block.line} should say {words!r}; it said:\n{printed}"
    assert finished.returncode == 0


def here(block: Block, root: Path, home: Path) -> str:
    """The same commands with this machine's folders and ports."""
    described = json.loads((home / "machine.json").read_text())
    text = block.commands
    if block.mark == NEW_MACHINE:
        text = FIRE + text
    if block.mark == PLACES:
        for place, stand_in in described["places"].items():
            text = re.sub(rf"(?m)={place}$", f"={stand_in}", text)
        text = text.replace("APP=/opt/tachiai", f"APP={root}").replace("support.example.com", "localhost")
        text = text.replace("URL=https://$NAME", f"URL=https://$NAME:{described['ports']['tls']}")
        text = text.replace("203.0.113.10", "127.0.0.1").replace(
            "$APP/.venv/bin", described["places"]["/opt/tachiai/.venv/bin"]
        )
    text = text.replace("metrics_port=9464", f"metrics_port={described['ports']['metrics']}")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{described['ports']['server']}")
    return text.replace("127.0.0.1:9464", f"127.0.0.1:{described['ports']['metrics']}")


def environment(home: Path) -> dict[str, str]:
    """What `init` takes for chosen, so that two tests do not meet at one port; and whose certificate curl believes."""
    described = json.loads((home / "machine.json").read_text())
    return {
        "PATH": f"{home}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CURL_CA_BUNDLE": str(home / "nginx" / "demo-certificate.pem"),
        "TACHIAI_HTTP__PORT": str(described["ports"]["server"]),
        "TACHIAI_GATE__PORT": str(described["ports"]["media"]),
    }


def logs(home: Path) -> str:
    return "\n".join(f"{file.name}:\n{file.read_text('utf-8')[-3000:]}" for file in home.glob("*.log"))


def test_what_is_marked_names_files_that_exist_and_is_written_in_shell(
    root: Path, guide: list[Block]
) -> None:
    for block in guide:
        subprocess.run(["bash", "-n", "-c", block.commands], check=True, timeout=10)
        for named in re.findall(r"(?:/opt/tachiai/|(?<![\w/]))(deploy/[\w.-]+|run)\b", block.commands):
            if named != "deploy/.env":
                assert (root / named).exists(), f"line {block.line}: {named}"


def test_a_mark_is_told_to_the_reader_and_is_the_exception(guide: list[Block]) -> None:
    marked = [block for block in guide if block.mark == ON_THE_MACHINE]
    assert len(marked) < len(guide) / 2
    for block in marked:  # each needs what a test cannot have, or a person
        assert re.search(
            r"apt-get|systemd-(sysusers|tmpfiles)|certbot|ufw|git |docker",
            block.commands,
        ), block.line
