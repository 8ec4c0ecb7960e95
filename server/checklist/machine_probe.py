"""Looks at the machine: clock, disk, limits."""

import os
import resource
import sys
from pathlib import Path
from typing import Final

from server.checklist.facts import Disk, Installation, Machine
from server.checklist.kernel_clock import clock_held
from server.doorway import RESERVED_DESCRIPTORS
from server.installation import InstallationRefused, parent_folder
from server.settings import Settings

WRITTEN_2026_MS: Final = 1_767_225_600_000  # a clock before this is wrong
_RECEIVE_LIMIT: Final = Path("/proc/sys/net/core/rmem_max")
_MIB: Final = 1 << 20


def look_at_machine(
    settings: Settings, volumes: tuple[Path, ...], *, now_ms: int, drift_ms: int, serving: bool
) -> Machine:
    """`volumes`: folders whose room counts. `serving`: this very process is the server, so that its user counts."""
    return Machine(
        clock_held=clock_held(),
        clock_past=now_ms < WRITTEN_2026_MS,
        drift_ms=drift_ms,
        disk=_fullest(volumes),
        descriptors=_descriptors(),
        descriptors_needed=settings.http.connections + RESERVED_DESCRIPTORS,
        udp_buffer_kib=_receive_limit_kib(),
        root=os.geteuid() == 0 if serving else None,
    )


def look_at_installation() -> Installation:
    version = (sys.version_info.major, sys.version_info.minor, sys.version_info.micro)
    try:
        return Installation(python=version, folder=str(parent_folder()), trouble=None)
    except InstallationRefused as error:
        return Installation(python=version, folder="", trouble=str(error))


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))


def _fullest(volumes: tuple[Path, ...]) -> Disk | None:
    seen: list[Disk] = []
    for volume in volumes:
        try:
            status = os.statvfs(existing(volume))
        except OSError:
            continue
        seen.append(Disk(path=str(volume), free_mib=status.f_bavail * status.f_frsize // _MIB))
    return min(seen, key=lambda disk: disk.free_mib, default=None)


def _descriptors() -> int | None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if most == resource.RLIM_INFINITY else most


def _receive_limit_kib() -> int | None:
    try:
        return int(_RECEIVE_LIMIT.read_text("ascii")) // 1024
    except (OSError, ValueError):  # another system, or a container that does not show it
        return None
