"""The gate process. Started by the supervisor, with its end of the control socket inherited:

python -m session.media SOCKET_FD SETTINGS      (SETTINGS is the JSON of GateSettings)
"""

import asyncio
import gc
import signal
import socket
import sys

import msgspec
import uvloop

from session.media.control import Control
from session.media.settings import GateSettings

_TICK_S = 0.05
_BEAT_S = 0.25


async def serve(supervisor: socket.socket, settings: GateSettings) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    control = Control(supervisor, settings, ended.set)
    gc.freeze()  # what is loaded by now lives as long as the process: no collection needs to walk it

    def tick() -> None:
        control.gate.tick()
        loop.call_later(_TICK_S, tick)

    def beat() -> None:
        control.beat()
        loop.call_later(_BEAT_S, beat)

    loop.add_reader(supervisor.fileno(), control.readable)
    for source in control.gate.sockets.all:
        loop.add_reader(source.fileno(), control.gate.readable, source)
    for stop in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # a terminal's Ctrl-C reaches the whole group: the server decides
        loop.add_signal_handler(stop, lambda: None)
    tick()
    beat()
    await ended.wait()


def main(arguments: list[str]) -> int:
    descriptor, text = arguments
    settings = msgspec.json.decode(text, type=GateSettings)
    with socket.socket(fileno=int(descriptor)) as supervisor:
        uvloop.run(serve(supervisor, settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
