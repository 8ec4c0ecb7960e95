"""A folder served on this machine, honestly or with a fault for one path."""

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def plainly(request: BaseHTTPRequestHandler, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def packed(request: BaseHTTPRequestHandler, content: bytes) -> None:
    body = gzip.compress(content)
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


class Served:
    """`faults` are answers by path below the prefix `/log/`; `asked` is what was asked for, in order."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.faults: dict[str, Answer] = {}
        self.every: Answer = plainly
        self.asked: list[str] = []

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.removeprefix("/log/")
        self.asked.append(name)
        path = self.folder / name
        if name in self.faults:
            self.faults[name](request, path.read_bytes() if path.is_file() else b"")
        elif path.is_file() and ".." not in name:
            self.every(request, path.read_bytes())
        else:
            request.send_error(404)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError):  # who asked has gone
                served.answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Tests have nothing to say about it."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A connection that was given up in between is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Served(folder, f"http://127.0.0.1:{server.server_address[1]}/log/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
