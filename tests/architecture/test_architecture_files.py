"""The house keeps its shape: short files, a docstring on every package, one owner for every background task."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CAP_LINES = 400
MEDIAN_LINES = 160
CAP_STATEMENTS = 25
HEAVY_BYTES = 1024 * 1024  # the heaviest is uv.lock
CAPPED_SUFFIXES = {".py", ".js", ".css", ".html", ".jinja", ".j2"}
PACKAGES = ("server", "session", "verification", "support", "audit", "web_client")
PLACES = (*PACKAGES, "tests", ".ci")


def sources(root: Path, *places: str) -> Iterator[Path]:
    for place in places:
        for path in sorted((root / place).rglob("*")):
            if path.suffix in CAPPED_SUFFIXES and "__pycache__" not in path.parts:
                yield path


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_the_cap(root: Path) -> None:
    counted = {
        path.relative_to(root).as_posix(): lines(path) for path in [*sources(root, *PLACES), root / "run"]
    }
    assert {path: count for path, count in counted.items() if count > CAP_LINES} == {}
    assert len(counted) > len(PLACES)


def test_most_files_are_short(root: Path) -> None:
    counts = sorted(lines(path) for path in sources(root, *PACKAGES) if path.name != "__init__.py")
    assert counts[len(counts) // 2] <= MEDIAN_LINES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is_for(root: Path, package: str) -> None:
    homes = {path.parent for path in (root / package).rglob("*.py") if path.parent.name != "versions"}
    assert homes
    silent = [home for home in homes if not docstring(home / "__init__.py")]
    assert [home.relative_to(root).as_posix() for home in silent] == []


def docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else None


def test_no_package_or_module_is_named_for_nothing_in_particular(root: Path) -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    named = [path for path in sources(root, *PLACES) if path.stem in banned or path.parent.name in banned]
    assert named == []


def test_every_function_can_be_read_in_one_go(root: Path) -> None:
    """Each statement counts, nested blocks included; what only lists (a table, a construction) is one statement."""
    counted = {
        f"{path.relative_to(root)}:{name}": count
        for path in sources(root, *PACKAGES, "tests")
        if path.suffix == ".py"
        for name, count in statements(path)
    }
    assert {name: count for name, count in counted.items() if count > CAP_STATEMENTS} == {}
    assert len(counted) > len(PACKAGES)


def statements(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, own_statements(node) - bool(ast.get_docstring(node))


def own_statements(node: ast.AST) -> int:
    """A function inside counts as one statement here, and by itself."""
    count = 0
    for child in ast.iter_child_nodes(node):
        count += isinstance(child, ast.stmt)
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            count += own_statements(child)
    return count


def test_every_background_task_has_an_owner(root: Path) -> None:
    """A task that nobody holds is lost to the garbage collector, and its error with it."""
    assert [where for path in sources(root, *PACKAGES) for where in bare_tasks(path, root)] == []


def bare_tasks(path: Path, root: Path) -> Iterator[str]:
    if path.suffix != ".py" or path == root / "server" / "tasks.py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = ast.unparse(node.func.value)
        if node.func.attr in {"create_task", "ensure_future"} and ("asyncio" in owner or "loop" in owner):
            yield f"{path.relative_to(root)}:{node.lineno}"


def test_only_settings_reads_the_environment(root: Path) -> None:
    readers = [path for path in sources(root, *PACKAGES) if path.suffix == ".py" and reads_environment(path)]
    assert [path.relative_to(root).as_posix() for path in readers] in (["server/settings.py"], [])


def reads_environment(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return bool(names & {"os.environ", "os.getenv", "os.environb"})


def test_no_test_is_named_twice(root: Path) -> None:
    names = [path.name for path in (root / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_what_is_generated_or_private_is_not_in_the_repository(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    unwanted = (
        ".venv/",
        "node_modules/",
        "__pycache__/",
        "tachiai-demo/",
        ".cache/",
        ".pyc",
        ".key",
        ".sqlite",
        ".whl",
    )
    assert [name for name in listed.splitlines() if any(part in name for part in unwanted)] == []


def test_no_file_makes_the_repository_heavy(root: Path) -> None:
    """What is downloaded, or built, is not kept: a clone carries it for ever."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    files = [root / name for name in listed.split("\0") if name]
    heavy = [path.name for path in files if path.exists() and path.stat().st_size > HEAVY_BYTES]
    assert heavy == []
