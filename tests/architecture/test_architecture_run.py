"""The bootstrap: old Pythons can read it, it says what is wrong, and what the README tells people to type exists."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

VERBS = {"test", "check", "bench", "soak", "doctor", "tachiai"}


def start(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "run"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_an_old_python_can_read_the_bootstrap(root: Path) -> None:
    source = (root / "run").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    assert ast.get_docstring(tree)


def test_the_bootstrap_needs_only_the_standard_library(root: Path) -> None:
    tree = ast.parse((root / "run").read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    given = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in plain | given} <= sys.stdlib_module_names


def test_the_help_names_every_verb(root: Path) -> None:
    answer = start(root, "--help")
    assert answer.returncode == 0
    assert set(re.findall(r"^\./run (\w+)", answer.stdout, re.MULTILINE)) == VERBS


def test_an_unknown_verb_is_answered_with_a_sentence(root: Path) -> None:
    answer = start(root, "fly")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.strip() == "There is no `./run fly`. `./run --help` lists what there is."


def test_the_ci_entry_runs_exactly_the_tests(root: Path) -> None:
    entry = root / ".ci" / "run"
    commands = [line for line in entry.read_text().splitlines() if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec ./run test"]
    assert os.access(entry, os.X_OK)
    assert os.access(root / "run", os.X_OK)


def guides(root: Path) -> list[Path]:
    return [
        *(root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(root / "docs").glob("*.md"),
    ]


def told(root: Path, pattern: str) -> set[str]:
    return {
        found for guide in guides(root) for found in re.findall(pattern, guide.read_text(encoding="utf-8"))
    }


def test_help_may_be_cut_off_by_whoever_reads_it(root: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as stdout:
        answer = subprocess.run(
            [sys.executable, "run", "--help"],
            cwd=root,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (answer.returncode, answer.stderr) == (0, b"")


def test_every_command_in_the_guides_exists(root: Path) -> None:
    verbs = told(root, r"\./run ([a-z]+)\b")
    assert verbs <= VERBS
    assert {"test", "check"} <= verbs


def test_every_tachiai_command_in_the_guides_exists(root: Path) -> None:
    commands = told(root, r"\./run tachiai ((?:[a-z]+\b(?!/|-) ?)+)")
    assert any("audit verify" in words for words in commands)
    for words in commands:
        command = [sys.executable, "-P", "-m", "server", *words.split(), "--help"]
        answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
        assert answer.returncode == 0, f"tachiai {words}: {answer.stderr}"


def test_every_bench_in_the_guides_exists(root: Path) -> None:
    names = told(root, r"\./run bench ([a-z]+)\b")
    command = [sys.executable, "-P", "-m", "tests.bench"]
    offered = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=60
    ).stderr
    assert names
    assert names <= set(offered.split())


def test_every_file_that_the_guides_link_to_exists(root: Path) -> None:
    links = {
        (guide.parent / link)
        for guide in guides(root)
        for link in re.findall(r"\]\(([^)#]+)\)", guide.read_text(encoding="utf-8"))
        if "://" not in link
    }
    assert links
    assert [str(link) for link in sorted(links) if not link.exists()] == []
