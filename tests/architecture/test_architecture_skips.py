"""With CI set, `./run test` gives --no-skips, and a test that could not be tried is a failed test."""

import subprocess
import sys
from pathlib import Path

SKIPPING = "import pytest\n\ndef test_cannot_be_tried():\n    pytest.skip('no browser here')\n"
SKIPPING_WHOLE = "import pytest\npytest.skip('no browser here', allow_module_level=True)\n"


def run_pytest(root: Path, folder: Path, *arguments: str) -> str:
    (folder / "conftest.py").write_bytes((root / "tests" / "conftest.py").read_bytes())
    command = [
        "env",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1",  # none of them has a say in skips
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        *arguments,
        str(folder),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60).stdout


def test_a_skip_is_a_skip_at_a_desk(root: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING)
    assert "1 skipped" in run_pytest(root, tmp_path)


def test_a_skip_is_a_failure_when_every_change_is_checked(root: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING)
    said = run_pytest(root, tmp_path, "--no-skips")
    assert "1 failed" in said
    assert "no browser here" in said


def test_a_whole_file_that_skips_is_a_failure_too(root: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING_WHOLE)
    assert "1 error" in run_pytest(root, tmp_path, "--no-skips")
