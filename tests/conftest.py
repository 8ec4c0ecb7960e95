"""What every test shares: the rule about skipping, and nothing that a test could build by itself in a line."""

import gc
import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import one_statement_cache, passed_before
from tests.turns import turn

ROOT = Path(__file__).resolve().parent.parent

# A loaded machine is no fault of what is tested.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of the user's own in it
ROOM_BYTES = 2 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Several tests at a time write durably, and a disk that is slow for a moment looks like a fault of ours. What a
    lost power supply does to a disk is tested on disks that tests make up, never on this machine's."""
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)
    if usable and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # noqa: TID251 - it is pytest that reads it
    one_statement_cache.share()
    if config.getoption(passed_before.OPTION):
        config.pluginmanager.register(passed_before.PassedBefore(config.rootpath))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="count a skipped test as failed (set by ./run under CI)"
    )
    parser.addoption(
        "--cycles",
        type=int,
        default=8,
        help="how often each crash is tried (`./run soak crashes` gives more)",
    )
    parser.addoption(
        passed_before.OPTION,
        action="store_true",
        help="leave out what passed and reads nothing that has changed",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that run alone come last, so that nobody waits for each of them anew."""
    items.sort(key=_runs_alone)


def pytest_collection_finish() -> None:
    """What is imported and collected stays to the end: the collector need not look it through again and again, which
    takes a fifth of the time of short tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of the time limit: waiting is not the test's
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """One marked `alone` measures what a busy machine would change."""
    if not hasattr(item.config, "workerinput"):
        return (yield)  # there is one process
    folder = Path(item.config.option.basetemp).parent  # of all workers of this run
    with turn(folder, alone=_runs_alone(item)):
        return (yield)


def _runs_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that holds the packages."""
    return ROOT


@pytest.fixture(scope="session")
def cycles(pytestconfig: pytest.Config) -> int:
    """How many moments of a crash are tried: few in the suite, spread over all of it."""
    chosen: int = pytestconfig.getoption("--cycles")
    return chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        refuse_skip(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        refuse_skip(collector.config, report)
    return report


def refuse_skip(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    """A machine that checks every change must not go green because something could not be tried."""
    if config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed here: {report.longrepr}"
