"""What the service manager is told: ready, reloading, stopping, still alive (sd_notify(3): datagrams of assignments).

Without a service manager nothing is sent. A message that cannot be sent is logged and changes nothing: the manager's
own deadlines say the rest.
"""

import asyncio
import socket
import time
from typing import Final

import structlog

from server.settings import ServiceVariables

_log: Final = structlog.get_logger("service")


class ServiceManager:
    """`given` is what the process was started with."""

    def __init__(self, given: ServiceVariables) -> None:
        self._address, self.watched_every_s = given.notify_socket, given.watchdog_s

    def ready(self) -> None:
        self._tell("READY=1")

    def reloading(self) -> None:
        """`ready` follows when it is done. The clock is the one that Type=notify-reload asks for."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1_000}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    async def stay_alive(self) -> None:
        """For as long as the event loop turns: twice as often as the manager asks for. Ends at once if it does not."""
        while self.watched_every_s is not None:
            self._tell("WATCHDOG=1")
            await asyncio.sleep(self.watched_every_s / 2)

    def _tell(self, message: str) -> None:
        if self._address is None:
            return
        # "@" stands for the zero byte of an abstract address.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
                sending.setblocking(False)
                sending.sendto(message.encode(), address)
        except OSError as error:
            _log.warning("the service manager was not told", message=message, error=error.strerror)
