"""The container's files. No engine runs here: what the Containerfile copies is put in a folder and started there, and
the compose file is read as data."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.settings import load

Instruction = tuple[str, str]


@pytest.fixture
def instructions(root: Path) -> list[Instruction]:
    text = (root / "deploy" / "Containerfile").read_text("utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines.splitlines() if line.strip()]


@pytest.fixture
def compose(root: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((root / "deploy" / "compose.yaml").read_text("utf-8"))
    return document


def copied(instructions: list[Instruction]) -> list[tuple[str, str]]:
    """Source and destination of what comes from the repository."""
    pairs = []
    for name, rest in instructions:
        if name == "COPY" and "--from" not in rest:
            *sources, destination = rest.split()
            pairs += [(source, destination) for source in sources]
    return pairs


def test_what_the_image_copies_is_all_that_the_server_needs(
    root: Path, tmp_path: Path, instructions: list[Instruction]
) -> None:
    for source, destination in copied(instructions):
        target = tmp_path / destination
        if (root / source).is_dir():
            shutil.copytree(root / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(exist_ok=True)  # every file's destination ends in "/"
            shutil.copy(root / source, target)
    entry = ast.literal_eval(dict(instructions)["ENTRYPOINT"])
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    for arguments in (["--help"], ["openapi"], ["config", "reference"]):
        command = [sys.executable, *entry[1:], *arguments]
        finished = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert finished.returncode == 0, finished.stderr
    where = [sys.executable, "-P", "-c", "from server.installation import parent_folder as p; print(p())"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(tmp_path), "started from what was copied, not from this repository"


def test_nothing_but_what_is_copied_leaves_the_repository(
    root: Path, instructions: list[Instruction]
) -> None:
    rules = [line for line in (root / ".dockerignore").read_text().splitlines() if line[:1] not in {"", "#"}]
    assert rules[0] == "*"
    admitted = {rule[1:] for rule in rules if rule.startswith("!")}
    assert {source for source, _ in copied(instructions)} == admitted
    for secret in ("deploy/.env", "tachiai-demo", "data"):
        assert not any(fnmatch(secret, pattern) for pattern in admitted)


def test_the_image_runs_as_nobody_of_importance_and_says_when_it_is_ready(
    instructions: list[Instruction],
) -> None:
    last = dict(instructions)
    assert last["USER"] == "10001:10001"
    assert last["STOPSIGNAL"] == "SIGTERM"
    probe = last["HEALTHCHECK"].partition(" CMD ")[2]
    ast.parse(ast.literal_eval(probe)[-1])
    assert "/readyz" in probe
    for name, rest in instructions:
        if name == "RUN":
            subprocess.run(["sh", "-n", "-c", rest], check=True, timeout=10)


def test_the_packages_in_the_image_are_the_locked_ones_and_uv_is_the_one_of_run(
    root: Path, instructions: list[Instruction]
) -> None:
    assert any("uv sync --frozen --no-dev" in rest for name, rest in instructions if name == "RUN")
    wanted = (root / "deploy" / "uv-requirements.txt").read_text()
    run = (root / "run").read_text("utf-8")
    version = re.search(r'^UV_VERSION = "(.+)"$', run, re.MULTILINE)
    assert version is not None
    assert f"uv=={version[1]} " in wanted
    for digest in re.findall(r"sha256:([0-9a-f]{64})", wanted):
        assert digest in run


def test_every_container_is_locked_in(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


def test_what_serves_starts_again_with_the_machine(compose: dict[str, Any]) -> None:
    """`on-failure` does not: the engine's own start is no failure of the container."""
    restarts = {name: service.get("restart") for name, service in compose["services"].items()}
    assert restarts == {
        "server": "unless-stopped",
        "caddy": "unless-stopped",
        "coturn": "unless-stopped",
        "init": None,
    }


def test_only_caddy_and_the_gates_udp_port_can_be_reached(compose: dict[str, Any]) -> None:
    ports = {name: service.get("ports", []) for name, service in compose["services"].items()}
    assert ports["server"] == ["40000:40000/udp"]
    assert ports["caddy"] == ["80:80/tcp", "443:443/tcp"]
    assert ports["init"] == []
    coturn = compose["services"]["coturn"]  # in the host's network, so it is asked for by name
    assert (coturn["network_mode"], coturn["profiles"]) == ("host", ["turn"])


def test_the_servers_settings_are_settings_and_trust_caddy_alone(compose: dict[str, Any]) -> None:
    server, caddy = compose["services"]["server"], compose["services"]["caddy"]
    variables = {
        name: re.sub(r"\$\{ADDRESS:\?.*\}", "203.0.113.10", text)
        for name, text in server["environment"].items()
    }
    settings = load(environment=variables)
    assert settings.http.trusted_proxies == [caddy["networks"]["inside"]["ipv4_address"]]
    own = server["networks"]["inside"]["ipv4_address"]
    assert caddy["environment"]["UPSTREAM"] == f"{own}:{settings.http.port}"
    assert set(server["secrets"]) == set(compose["secrets"])
    assert settings.keys.folder == "/run/secrets"


def test_every_name_that_the_compose_file_asks_for_is_in_the_example(root: Path) -> None:
    asked = set(re.findall(r"\$\{(\w+)", (root / "deploy" / "compose.yaml").read_text("utf-8")))
    example = (root / "deploy" / "compose.env.example").read_text("utf-8").splitlines()
    assert asked == {line.partition("=")[0] for line in example if line and not line.startswith("#")}
    for line in example:
        assert len(shlex.split(line, comments=True)) <= 2
