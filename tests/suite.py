"""The whole suite, and a second look at the few tests that failed in it.

Every test has deadlines, and beside two others on two cores some machines stand still for seconds. So a test that fails
in the whole run is tried once more with the machine to itself. One that passes then is named loudly, and the run counts
as passed; one that fails again is a failure. Many failures at once are no stall: they are not tried again.

At a desk, what passed within a day and reads nothing that has changed since is left out (`tests.passed_before`);
`--afresh` runs everything, and so does every run that counts skips as failures. What passed only at the second look
is not believed.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAILED = Path(".pytest_cache", "v", "cache", "lastfailed")  # of a run that began with none
FEW = 5
SOME_FAILED = 1  # pytest's exit code for just that
AFRESH = "--afresh"
STRICT = "--no-skips"
PASSED_BEFORE = (
    "--passed-before"  # as in tests/passed_before.py: this file is run by itself and can import nothing
)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """`arguments` are pytest's own. The exit code is pytest's: of the second look, where there is one."""
    afresh = AFRESH in arguments or STRICT in arguments
    arguments = [argument for argument in arguments if argument != AFRESH]
    first = _pytest(root, "--cache-clear", *([] if afresh else [PASSED_BEFORE]), *arguments)
    if first != SOME_FAILED:
        return first
    failed = sorted(json.loads((root / FAILED).read_bytes()))
    if not 0 < len(failed) <= FEW:
        return first
    print(f"\nA second look at what failed, with nothing beside it ({len(failed)}):", flush=True)  # noqa: T201
    alone = [argument for argument in arguments if not argument.startswith(("-n", "--dist"))]
    second = _pytest(root, "--last-failed", "--last-failed-no-failures=none", *alone)
    if second == 0:
        print("PASSED ONLY ALONE. It failed beside others (see above), and wants to know why:")  # noqa: T201
        print("\n".join(f"  {name}" for name in failed), flush=True)  # noqa: T201
    return second


def _pytest(root: Path, *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", *arguments], cwd=root, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
