"""The TypeScript compiler and Biome are native programs that npm only delivers; axe-core is one script for browsers.

Neither Node nor npm is needed for them: package-lock.json names each package with its SHA-512, and what is fetched
must hash to it. `npm ci` in this folder gives the same programs.
"""

import base64
import hashlib
import io
import json
import os
import platform
import sys
import tarfile
import urllib.request
from pathlib import Path, PurePosixPath
from typing import Any, Final

DOWNLOAD_LIMIT_BYTES: Final = 100 * 1024 * 1024
SYSTEMS: Final = {"Linux": "linux", "Darwin": "darwin"}
MACHINES: Final = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class CannotInstall(Exception):
    """The message says what is missing and what to do."""


def install(root: Path) -> tuple[Path, Path]:
    """Give the paths of `tsc` and `biome`, fetched into node_modules if they are not there yet."""
    system, machine = SYSTEMS.get(platform.system()), MACHINES.get(platform.machine())
    if system is None or machine is None:
        raise CannotInstall(f"There is no web client check for {platform.system()} on {platform.machine()}.")
    musl = "-musl" if system == "linux" and platform.libc_ver()[0] != "glibc" else ""
    locked = json.loads((root / "package-lock.json").read_text())["packages"]
    compiler = unpacked(root, locked, f"node_modules/@typescript/typescript-{system}-{machine}")
    linter = unpacked(root, locked, f"node_modules/@biomejs/cli-{system}-{machine}{musl}")
    return compiler / "lib" / "tsc", linter / "biome"


def axe_script(root: Path) -> Path:
    """The script that tests put into a page to judge its accessibility; fetched into node_modules like the others."""
    locked = json.loads((root / "package-lock.json").read_text())["packages"]
    return unpacked(root, locked, "node_modules/axe-core") / "axe.min.js"


def unpacked(root: Path, locked: dict[str, Any], key: str) -> Path:
    folder, entry = root / key, locked[key]
    if installed_version(folder) == entry["version"]:
        return folder
    archive = download(tarball_address(key, entry["version"]))
    algorithm, _, expected = entry["integrity"].partition("-")
    if algorithm != "sha512" or hashlib.sha512(archive).digest() != base64.b64decode(expected):
        raise CannotInstall(f"{key} is not the file that package-lock.json names. It was not used.")
    unpack(archive, folder)
    return folder


def installed_version(folder: Path) -> str | None:
    """package.json is unpacked last, so a folder that was left half written is fetched again."""
    try:
        version = json.loads((folder / "package.json").read_text())["version"]
    except (OSError, ValueError, KeyError):
        return None
    return str(version)


def tarball_address(key: str, version: str) -> str:
    name = key.removeprefix("node_modules/")
    registry = os.environ.get("npm_config_registry", "https://registry.npmjs.org").rstrip("/")
    return f"{registry}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def download(address: str) -> bytes:
    print(f"  fetching {address}", file=sys.stderr, flush=True)
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            content: bytes = answer.read(DOWNLOAD_LIMIT_BYTES)
    except OSError as problem:
        raise CannotInstall(
            f"{address} could not be fetched: {problem}. Check the network, or set npm_config_registry."
        ) from problem
    return content


def unpack(archive: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as package:
        members = [member for member in package.getmembers() if member.isfile()]
        for member in sorted(members, key=lambda each: each.name == "package/package.json"):
            path = PurePosixPath(member.name)
            content = package.extractfile(member)
            if content is None or path.is_absolute() or ".." in path.parts:
                raise CannotInstall(f"{member.name} in {folder.name} has no place to go. It was not used.")
            target = folder.joinpath(*path.parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
            target.chmod(0o755 if member.mode & 0o100 else 0o644)
