"""Whoever answers for Vault cannot hold a call up by a handshake without end, nor break it by an answer without one."""

import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from audit.kek import KekSilent, KeyUnavailable
from audit.keys.vault import VaultKek, VaultPlace

DEEP = b"[" * 200_000
NESTED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DEEP) + DEEP
HANDSHAKE = b"\x16\x03\x03\x40\x00" + b"\x02" * 16_384  # the head of a TLS record, and its content
LIMIT_S = 1.0


@contextmanager
def answering(content: bytes, *, every_s: float | None = None) -> Iterator[int]:
    """Gives the port. One connection is answered, a byte at a time with `every_s` between them."""
    listener, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                if every_s is None:
                    connection.sendall(content)
                    return
                for byte in content:
                    connection.sendall(bytes([byte]))
                    if over.wait(every_s):
                        return

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        over.set()
        listener.close()
        serving.join()


@pytest.fixture
def place(tmp_path: Path) -> VaultPlace:
    token = tmp_path / "token"
    token.write_text("hvs.token\n")
    token.chmod(0o600)
    return VaultPlace("tachiai", "", "transit", token)


def test_a_handshake_that_drips_meets_the_deadline(
    place: VaultPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.keys.vault.MANY_WITHIN_S", LIMIT_S)
    with answering(HANDSHAKE, every_s=0.2) as port:
        began = time.monotonic()
        with pytest.raises(KekSilent, match="took too long"):
            VaultKek(dataclasses.replace(place, address=f"https://localhost:{port}"))
        assert time.monotonic() - began < 2 * LIMIT_S


def test_an_answer_that_is_nested_without_end_is_not_understood(place: VaultPlace) -> None:
    with answering(NESTED) as port, pytest.raises(KeyUnavailable):
        VaultKek(dataclasses.replace(place, address=f"http://127.0.0.1:{port}"))
