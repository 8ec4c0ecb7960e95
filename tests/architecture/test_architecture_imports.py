"""Imports run one way, and each foreign library has one home. The rules themselves are in pyproject.toml."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

LAYERS = ("server", "session", "verification", "support", "audit")

# Each foreign thing has one home: whoever replaces it has one place to look at.
HOMES = {
    "aiohttp": ("server/",),
    "jinja2": ("server/http/",),
    "click": ("server/",),
    "sqlalchemy": ("server/storage/",),
    "alembic": ("server/storage/",),
    "aiosqlite": ("server/storage/",),
    "sqlite3": ("server/storage/", "audit/"),
    "redis": ("server/bus/",),
    "aiortc": ("session/media/",),
    "aioice": ("session/media/",),
    "pylibsrtp": ("session/media/",),
    "OpenSSL": ("session/media/",),
    "uvloop": ("session/media/",),
    "argon2": ("verification/",),
    "pyotp": ("verification/", "server/"),
}


def test_imports_keep_the_contracts(root: Path) -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter is not None
    finished = subprocess.run(
        [linter, "--no-cache", "--no-logo"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert finished.returncode == 0, finished.stdout


def test_every_foreign_thing_has_one_home(root: Path) -> None:
    strays = [
        f"{where} imports {name}"
        for layer in LAYERS
        for path in (root / layer).rglob("*.py")
        for name in sorted(roots_imported(path) & HOMES.keys())
        if not (where := path.relative_to(root).as_posix()).startswith(HOMES[name])
    ]
    assert strays == []


def test_the_contracts_cover_every_package(root: Path) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(settings["root_packages"]) >= set(LAYERS)


def test_the_wheel_holds_every_package(root: Path) -> None:
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    found = {path.parent.name for path in root.glob("*/__init__.py")}
    assert set(wheel["packages"]) == found


def test_the_audit_verifier_can_be_read_without_the_server(root: Path) -> None:
    """Whoever checks the log must be able to do so with audit/ alone, in an environment of their own."""
    imported = {name for path in (root / "audit").rglob("*.py") for name in roots_imported(path)}
    assert not imported & {
        "server",
        "session",
        "verification",
        "support",
        "web_client",
        "sqlalchemy",
        "aiohttp",
    }


def roots_imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names
