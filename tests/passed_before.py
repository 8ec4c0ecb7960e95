"""Which tests need not run again, because nothing that they could read has changed since they passed.

What a test module could read is, without looking closer, everything in the tree but other test modules: its *state* is
the hash of that, of itself, of the test modules that it imports, and of what is installed. So a change in the product,
in its documents or in what tests share runs the whole suite; a change in one test module runs that module. Modules in
`tests/architecture` read the tree itself: for them everything counts.

Only `./run test` without arguments asks for it, and never where `CI` is set. What passed is believed for a day.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Final, TypedDict

import pytest

OPTION: Final = "--passed-before"
STORE: Final = Path(".cache", "passed-tests.json")
BELIEVED_S: Final = 24 * 60 * 60
PACKAGES: Final = Path("/var/lib/dpkg/status")  # Debian's; it changes with each package that is installed
_IMPORTED: Final = re.compile(
    r"^from (tests\.[\w.]*\btest_\w+) import|^import (tests\.[\w.]*\btest_\w+)", re.MULTILINE
)


class Known(TypedDict):
    state: str
    at_s: float
    passed: list[str]


class PassedBefore:
    """A plugin of pytest: leaves out what passed in the same state, and writes down what passes now."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._states = States(root)
        self._known = _read(root / STORE)
        self._passed: defaultdict[str, set[str]] = defaultdict(set)
        self._not_passed: set[str] = set()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        before = {
            module: set(known["passed"]) for module, known in self._known.items() if self.holds(module, known)
        }
        left_out = [item for item in items if item.nodeid in before.get(_module(item.nodeid), ())]
        if left_out:
            gone = set(left_out)
            items[:] = [item for item in items if item not in gone]
            config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._not_passed.add(report.nodeid)
        elif report.when == "teardown":
            self._passed[_module(report.nodeid)].add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(session.config, "workerinput"):
            return  # the controller hears of every test
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._holding():
            session.exitstatus = pytest.ExitCode.OK
        if States(self._root).everything != self._states.everything:
            return  # somebody wrote while it ran: nobody knows what was tested
        for module, passed in self._passed.items():
            self._known[module] = self._joined(module, passed - self._not_passed)
        _write(self._root / STORE, self._known)

    def _joined(self, module: str, passed: set[str]) -> Known:
        known, now_s = self._known.get(module), time.time()  # noqa: TID251 - not the product's clock
        if not known or not self.holds(module, known):
            return Known(state=self._states.of(module), at_s=now_s, passed=sorted(passed))
        return Known(
            state=known["state"],
            at_s=known["at_s"],
            passed=sorted({*known["passed"], *passed} - self._not_passed),
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if count := self._holding() - sum(map(len, self._passed.values())):
            terminalreporter.write_line(
                f"{count} tests did not run: they passed within a day, and nothing they read has changed since."
                " `./run test --afresh` runs them too."
            )

    def _holding(self) -> int:
        return sum(len(known["passed"]) for module, known in self._known.items() if self.holds(module, known))

    def holds(self, module: str, known: Known) -> bool:
        """What is known of the module is of its present state, and not old."""
        fresh = 0 <= time.time() - known["at_s"] <= BELIEVED_S  # noqa: TID251 - as above
        return fresh and known["state"] == self._states.of(module)


class States:
    """The state of each test module under `root`. Raises CalledProcessError where git does not know the tree."""

    def __init__(self, root: Path) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=root,
            check=True,
            capture_output=True,
        ).stdout.decode()
        self._contents = {name: _digest(root / name) for name in sorted({*listed.split("\0")} - {""})}
        self._root = root
        shared = [(name, digest) for name, digest in self._contents.items() if not _is_test(name)]
        self._shared = _hash([_installed(), *shared])
        self.everything = _hash([_installed(), *self._contents.items()])
        self._made: dict[str, str] = {}

    def of(self, module: str) -> str:
        if module not in self._made:
            self._made[module] = self._make(module)
        return self._made[module]

    def _make(self, module: str) -> str:
        if module.startswith("tests/architecture/"):
            return self.everything
        read, waiting = set[str](), [module]
        while waiting:
            name = waiting.pop()
            if name in read or name not in self._contents:
                continue
            read.add(name)
            imported = _IMPORTED.findall((self._root / name).read_text("utf-8"))
            waiting += [f"{(one or other).replace('.', '/')}.py" for one, other in imported]
        return _hash([self._shared, *((name, self._contents[name]) for name in sorted(read))])


def _is_test(name: str) -> bool:
    return name.startswith("tests/") and name.rpartition("/")[2].startswith("test_")


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _installed() -> tuple[str, str, str, int]:
    packages = PACKAGES.stat().st_mtime_ns if PACKAGES.exists() else 0
    return platform.python_version(), platform.release(), str(os.cpu_count()), packages


def _digest(file: Path) -> str:
    """Of what is there; a file that git still knows and nobody finds has none."""
    if file.is_symlink():
        return f"-> {file.readlink()}"
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "gone"


def _hash(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _read(store: Path) -> dict[str, Known]:
    try:
        known: dict[str, Known] = json.loads(store.read_bytes())
    except (OSError, ValueError):
        return {}
    return known


def _write(store: Path, known: dict[str, Known]) -> None:
    store.parent.mkdir(exist_ok=True)
    fresh = store.with_suffix(".new")
    fresh.write_text(json.dumps(known))
    fresh.replace(store)
