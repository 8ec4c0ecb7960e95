"""`./run check`: every step runs, each says its result in a line, and the exit code is 1 if any failed."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from node_tools import CannotInstall, install

ROOT = Path(__file__).resolve().parent.parent
VENV_PROGRAMS = Path(sys.executable).parent
PACKAGES = ("server", "session", "verification", "support", "audit", "web_client")

Step = tuple[str, list[str]]


def main() -> int:
    print(f"Checking {ROOT}", flush=True)
    failed = [name for name, command in steps() if not passes(name, command)]
    if failed:
        print(f"\n{len(failed)} failed: {', '.join(failed)}")
        return 1
    print("\nAll good.")
    return 0


def steps() -> Iterator[Step]:
    yield "ruff check", [program("ruff"), "check", "--quiet", "--output-format", "concise", "."]
    yield "ruff format", [program("ruff"), "format", "--check", "--quiet", "."]
    yield "mypy --strict", [program("mypy"), "--strict", *packages(), "tests", ".ci"]
    yield "import-linter", [program("lint-imports"), "--no-cache", "--no-logo"]
    yield "deptry", [program("deptry"), "."]
    try:
        tsc, biome = install(ROOT)
    except CannotInstall as problem:
        yield "web client tools", ["sh", "-c", 'echo "$0"; exit 1', str(problem)]
        return
    yield "tsc", [str(tsc), "--project", "web_client"]
    yield "biome", [str(biome), "lint", "--error-on-warnings", "web_client"]


def passes(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    finished = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    result = "ok" if finished.returncode == 0 else "FAILED"
    print(f"  {name:<18} {result:<7} {time.monotonic() - started:6.1f} s", flush=True)
    if finished.returncode != 0:
        print("    " + finished.stdout.strip().replace("\n", "\n    "), flush=True)
    return finished.returncode == 0


def program(name: str) -> str:
    found = shutil.which(name, path=str(VENV_PROGRAMS))
    if found is None:
        raise SystemExit(f"{name} is not in {VENV_PROGRAMS}. Start this by ./run check, which installs it.")
    return found


def packages() -> list[str]:
    return [name for name in PACKAGES if any((ROOT / name).glob("**/*.py"))]


if __name__ == "__main__":
    sys.exit(main())
