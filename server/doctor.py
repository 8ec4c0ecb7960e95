"""What a server needs here: looked at one by one, each with a sentence."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from audit.commands import verify_command
from server.clock import SystemClock
from server.foundation import LOG_FOLDER
from server.installation import InstallationRefused, parent_folder
from server.settings import Settings, data_folder
from session.gate_port import GateUnavailable
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess

OLDEST_PYTHON: Final = (3, 11)
WRITTEN_2026_MS: Final = 1_767_225_600_000  # a clock before this is wrong

Write = Callable[[str], object]
Finding = tuple[bool, str]


async def examine(settings: Settings, write: Write) -> int:
    """Writes a line for each thing; 0 if all is well, else 1."""
    data = data_folder(settings)
    checks: list[tuple[str, Callable[[], Awaitable[Finding]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("clock", _clock),
        ("data folder", lambda: _data(data)),
        ("media gate", lambda: _gate(settings)),
        ("audit log", lambda: _log(data)),
    ]
    all_well = True
    for name, check in checks:
        well, sentence = await check()
        all_well = all_well and well
        write(f"{'ok  ' if well else 'NOT '} {name}: {sentence}\n")
    return 0 if all_well else 1


async def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return sys.version_info >= OLDEST_PYTHON, f"Python {version} (3.11 or newer is needed)"


async def _packages() -> Finding:
    try:
        return True, f"all in {parent_folder()}"
    except InstallationRefused as error:
        return False, str(error)


async def _clock() -> Finding:
    now = SystemClock().now_ms()
    return (
        now > WRITTEN_2026_MS,
        "plausible" if now > WRITTEN_2026_MS else "far in the past; set the machine's clock",
    )


async def _data(folder: Path) -> Finding:
    return await asyncio.to_thread(_writable, folder)


def _writable(folder: Path) -> Finding:
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        return False, f"{place} is not writable; give another folder or its rights to this user"
    return True, f"{folder} is writable" if folder.exists() else f"{folder} can be created"


async def _gate(settings: Settings) -> Finding:
    chosen = settings.gate
    try:
        gate = GateProcess(GateSettings(bind_host=chosen.host, port=0, advertised=tuple(chosen.advertised)))
    except ValueError as error:
        return False, str(error)
    try:
        await gate.start()
        measured = await gate.metrics()
    except GateUnavailable as error:
        return False, str(error)
    finally:
        await gate.stop()
    return True, f"starts and answers on UDP port {measured.port} of {settings.gate.host}"


async def _log(data: Path) -> Finding:
    return await asyncio.to_thread(_verified, data / LOG_FOLDER)


def _verified(folder: Path) -> Finding:
    if not folder.exists():
        return True, "there is none yet"
    lines: list[str] = []
    code = verify_command(folder, None, None, lines.append)
    return code == 0, lines[0].strip() if lines else "not verified"
