"""The ceiling of `signalling`: a server of aiohttp alone that passes on what one of two sockets says to the other,
letter for letter. It asks nobody who they are, counts nothing and remembers nothing.

Run with a port. Two sockets of one path are a room."""

import sys
from typing import Any

from aiohttp import WSMsgType, web

_rooms: dict[str, list[web.WebSocketResponse]] = {}


async def room(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    inside = _rooms.setdefault(request.match_info["room"], [])
    inside.append(socket)
    await socket.send_str('{"type":"OPEN"}')
    async for frame in socket:
        if frame.type is WSMsgType.TEXT:
            for other in inside:
                if other is not socket:
                    await other.send_str(frame.data)
    inside.remove(socket)
    return socket


def main(port: int) -> None:
    app: Any = web.Application()
    app.router.add_get("/rooms/{room}", room)
    web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
