"""Where the control socket lies, and how to name it: a UNIX socket's address has room for about a hundred bytes."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from server.administration.errors import CannotReach

SOCKET_FILE: Final = "control.sock"
LONGEST_ADDRESS: Final = (
    100  # bytes: `sun_path` has 104 on some systems, 108 on Linux, the final zero included
)
_OPEN_FOLDERS: Final = Path("/proc/self/fd")


@contextmanager
def address_in(data: Path) -> Iterator[str]:
    """The socket's address while the context is open; in a deep folder by way of the folder's descriptor.

    Raises CannotReach where the path is too long and the system has no such way; OSError if there is no such folder.
    """
    plain = str(data / SOCKET_FILE)
    if len(os.fsencode(plain)) <= LONGEST_ADDRESS:
        yield plain
        return
    if not _OPEN_FOLDERS.is_dir():
        raise CannotReach(f"The path {data} is too long for a control socket. Use a shorter data folder.")
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield str(_OPEN_FOLDERS / str(folder) / SOCKET_FILE)
    finally:
        os.close(folder)


def bound_in(data: Path) -> socket.socket:
    """The socket for its owner only. To be called by whoever holds the log's lock: what lies there is a leftover.

    Nobody can connect before it listens, and it listens only when its mode is set. Raises CannotReach, OSError.
    """
    with address_in(data) as address:
        (data / SOCKET_FILE).unlink(missing_ok=True)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            bound.bind(address)
            (data / SOCKET_FILE).chmod(0o600)
            bound.listen()
            bound.setblocking(False)
        except BaseException:
            bound.close()
            raise
    return bound
