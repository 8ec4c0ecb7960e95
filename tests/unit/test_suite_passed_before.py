"""What passed and reads nothing that has changed does not run again; whatever it might read, runs it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import passed_before, suite

ROOT = Path(__file__).resolve().parent.parent.parent
CONFTEST = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.passed_before import OPTION, PassedBefore

def pytest_addoption(parser):
    parser.addoption(OPTION, action="store_true")
    parser.addoption("--no-skips", action="store_true")

def pytest_configure(config):
    if config.getoption(OPTION):
        config.pluginmanager.register(PassedBefore(config.rootpath))
"""
PASSES = "def test_passes():\n    pass\n"
IMPORTS = "from tests.test_one import test_passes\n\ndef test_imports():\n    assert test_passes\n"

Run = Callable[..., list[str]]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree that git knows, with a product of one file, and two test modules of which the second imports the first."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # sources change within one second here
    for name, text in {
        ".gitignore": ".cache/\n.pytest_cache/\n",
        "product.py": "",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        "tests/conftest.py": CONFTEST,
        "tests/test_one.py": PASSES,
        "tests/test_two.py": IMPORTS,
        "tests/test_three.py": PASSES,
        "tests/architecture/test_tree.py": PASSES,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def run(tree: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the suite and tells which modules ran."""

    def ran(*arguments: str) -> list[str]:
        assert suite.main(["-v", "--import-mode=importlib", *arguments], tree) == 0
        lines = capfd.readouterr().out.split("A second look")[0].splitlines()
        return sorted({line.split("::")[0] for line in lines if "::" in line and "%" in line})

    return ran


ALL = ["tests/architecture/test_tree.py", "tests/test_one.py", "tests/test_three.py", "tests/test_two.py"]


def test_what_passed_does_not_run_again_until_something_is_written(
    run: Run, tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run() == ALL
    assert suite.main([], tree) == 0
    assert "5 tests did not run: they passed within a day" in capfd.readouterr().out
    (tree / "tests/test_one.py").write_text(f"{PASSES}\n\ndef test_more():\n    pass\n")
    assert run() == ["tests/architecture/test_tree.py", "tests/test_one.py", "tests/test_two.py"]


@pytest.mark.parametrize("argument", ["--afresh", "--no-skips"])
def test_everything_runs_where_it_is_asked_for_and_where_every_change_is_checked(
    run: Run, argument: str
) -> None:
    assert run() == ALL
    assert run(argument) == ALL


def test_what_failed_or_passed_only_at_the_second_look_runs_again_alone(run: Run, tree: Path) -> None:
    seen = tree / ".cache" / "seen"
    seen.parent.mkdir()
    (tree / "tests/test_three.py").write_text(
        f"from pathlib import Path\n\ndef test_comes_and_goes():\n    seen = Path({str(seen)!r})\n"
        f"    before = seen.exists()\n    seen.touch()\n    assert before\n\n\n{PASSES}"
    )
    assert run() == ALL
    assert run() == ["tests/test_three.py"]


def test_nothing_is_believed_of_a_run_during_which_something_was_written(run: Run, tree: Path) -> None:
    (tree / "tests/test_three.py").write_text(
        "from pathlib import Path\n\ndef test_writes():\n"
        f"    with Path({str(tree / 'product.py')!r}).open('a') as file:\n        file.write('# more\\n')\n"
    )
    assert run() == ALL
    assert not (tree / passed_before.STORE).exists()


@pytest.mark.parametrize(
    ("changed", "run_again"),
    [
        ("product.py", ALL),
        ("tests/conftest.py", ALL),
        ("README.md", ALL),
        ("tests/test_three.py", [ALL[0], "tests/test_three.py"]),
        ("tests/test_one.py", [ALL[0], "tests/test_one.py", "tests/test_two.py"]),
    ],
)
def test_whatever_a_module_might_read_changes_its_state(
    tree: Path, changed: str, run_again: list[str]
) -> None:
    before = passed_before.States(tree)
    with (tree / changed).open("a") as file:
        file.write("# changed\n")
    after = passed_before.States(tree)
    assert [module for module in ALL if before.of(module) != after.of(module)] == run_again


@pytest.mark.parametrize("age_s", [-3600.0, passed_before.BELIEVED_S + 1.0])
def test_what_passed_longer_than_a_day_ago_or_in_the_future_is_not_believed(tree: Path, age_s: float) -> None:
    state = passed_before.States(tree).of(ALL[1])
    plugin = passed_before.PassedBefore(tree)
    now_s = time.time()  # noqa: TID251 - the tests' own
    assert plugin.holds(ALL[1], passed_before.Known(state=state, at_s=now_s - 1, passed=[]))
    assert not plugin.holds(ALL[1], passed_before.Known(state=state, at_s=now_s - age_s, passed=[]))


def test_a_store_that_cannot_be_read_is_as_none(run: Run, tree: Path) -> None:
    store = tree / passed_before.STORE
    store.parent.mkdir()
    store.write_text("{")
    assert run() == ALL


def test_the_suite_and_the_plugin_name_the_option_alike() -> None:
    assert suite.PASSED_BEFORE == passed_before.OPTION
