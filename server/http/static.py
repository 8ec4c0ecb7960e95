"""The web client's files: read once at start, served by exact name. What is not in the table does not exist.

Nothing is looked up on disk for a request, so no path of a request can leave the folder.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

from server.problems import not_found

PREFIX: Final = "/static/"
TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
LARGEST_FILE_BYTES: Final = 2 * 1024 * 1024
_REVALIDATE: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`etag` is strong: the quoted SHA-256 of the bytes. `integrity` is the SRI value (SHA-384)."""

    body: bytes
    content_type: str
    etag: str
    integrity: str


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """All files by their path below the web client's folder, with `/` between parts."""

    files: Mapping[str, StaticFile]

    def import_map(self) -> str:
        """The import map: SRI for every module (HTML, import maps' `integrity` member)."""
        modules = {PREFIX + name: file.integrity for name, file in self.files.items() if name.endswith(".js")}
        return json.dumps({"integrity": dict(sorted(modules.items()))}, separators=(",", ":"))

    def respond(self, name: str, none_match: str | None) -> web.Response:
        """The file, or 304 where the browser has it already. Raises Problem for any other name."""
        file = self.files.get(name)
        if file is None:
            raise not_found()
        headers = {"ETag": file.etag, "Cache-Control": _REVALIDATE}
        if none_match is not None and file.etag in [tag.strip() for tag in none_match.split(",")]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.body, headers={**headers, "Content-Type": file.content_type})


@cache
def read_folder(folder: Path) -> StaticFiles:
    """Read all files with a listed extension. Symbolic links and hidden files are left out."""
    return StaticFiles({name: _read(path) for name, path in _listed(folder)})


def _listed(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith((".", "__")) or part == "node_modules" for part in name.parts)
        if path.suffix in TYPES and path.is_file() and not path.is_symlink() and not hidden:
            yield name.as_posix(), path


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    if len(body) > LARGEST_FILE_BYTES:
        raise ValueError(f"{path} has {len(body)} bytes; a page's file may have {LARGEST_FILE_BYTES}.")
    sri = base64.b64encode(hashlib.sha384(body).digest()).decode()
    return StaticFile(body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()}"', f"sha384-{sri}")
