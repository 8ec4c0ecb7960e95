"""A key-encryption key that never leaves Vault: its transit engine wraps and unwraps (FORMAT.md, section 15, suite 2).

The transit key is *derived*: Vault makes another key for each context, so a wrap opens for its own context alone. Every
call is one request with a deadline of its own, on a connection of its own: nothing here can hang for longer, and no
call waits for another. Redirects are not followed, and no proxy of the environment is asked.
"""

import base64
import binascii
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from audit.kek import KekSilent, KeyUnavailable, read_secret
from audit.keys.wrapping import LONGEST_VAULT_TEXT, VAULT_SUITE, bound, version_of

AT_ONCE: Final = 200  # items in one request: OpenBao refuses JSON of 1,000 strings and more, names included
ANSWERED_WITHIN_S: Final = 1.0  # one key, on the way of an entry
MANY_WITHIN_S: Final = 20.0
LARGEST_ANSWER: Final = 8 * 1024 * 1024
TYPES: Final = frozenset({"aes256-gcm96", "chacha20-poly1305"})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_SUITE: Final = bytes([VAULT_SUITE])
_OK: Final = frozenset({200, 204})
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class VaultPlace:
    """`address` is https://HOST[:PORT], plain http to this machine only. `token` is a file, read anew for each request:
    it may be renewed. `authority` is a PEM file of the CA that signed Vault's certificate; None: the system's."""

    key: str
    address: str
    mount: str
    token: Path
    authority: Path | None = None


class VaultKek:
    """Implements KeyEncryptionKey and RotatingKek. Safe to use from several threads."""

    folder: Final = None

    def __init__(self, place: VaultPlace) -> None:
        """Asks Vault for the key. Raises KeyUnavailable, also for a key that would not bind contexts."""
        self._place = place
        self._context = _tls(place)
        self._newest = self._trimmed = 0
        self._read()

    @property
    def name(self) -> str:
        """By which people recognise it."""
        return f"vault:{self._place.key}"

    @property
    def version(self) -> str:
        """As of the last time that Vault was asked."""
        return f"v{self._newest}"

    def versions(self) -> list[str]:
        return [f"v{number}" for number in self._read()]

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        return self.wrap_all([(secret, context)])[0]

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self.unwrap_all([(wrapped, context)])[0]

    def wrap_all(self, secrets_: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        items = [
            {"plaintext": _text(secret), "context": _text(bound(context))} for secret, context in secrets_
        ]
        return [_stored(text) for text in self._batch("encrypt", items, "ciphertext")]

    def unwrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        items = [
            {"ciphertext": _given(wrapped), "context": _text(bound(context))} for wrapped, context in wraps
        ]
        try:
            return [
                base64.b64decode(text, validate=True) for text in self._batch("decrypt", items, "plaintext")
            ]
        except binascii.Error as error:
            raise KeyUnavailable("Vault's answer is not understood") from error

    def rewrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """What is wrapped stays unread: Vault opens and closes it."""
        items = [
            {"ciphertext": _given(wrapped), "context": _text(bound(context))} for wrapped, context in wraps
        ]
        return [_stored(text) for text in self._batch("rewrap", items, "ciphertext")]

    def add_version(self) -> str:
        self._ask("POST", f"keys/{quote(self._place.key, safe='')}/rotate", {}, MANY_WITHIN_S)
        self._read()
        return self.version

    def retire(self, version: str) -> None:
        """That version and all before it: Vault can only cut off what is old. What may open nothing any more still lies
        in Vault until it is trimmed, so whoever asks again after a failure finishes that."""
        there = self._read()
        number = int(version[1:]) if version[:1] == "v" and version[1:].isdecimal() else 0
        if number >= self._newest:
            raise KeyUnavailable(f"{version} is the newest version: it wraps every new key")
        key, first = f"keys/{quote(self._place.key, safe='')}", max(number + 1, there[0])
        if first > there[0]:
            least = {"min_decryption_version": first, "min_encryption_version": first}
            self._ask("POST", f"{key}/config", least, MANY_WITHIN_S)
        if first > self._trimmed:
            self._ask("POST", f"{key}/trim", {"min_available_version": first}, MANY_WITHIN_S)

    def _read(self) -> list[int]:
        """The versions that open something, the newest last."""
        data = self._ask("GET", f"keys/{quote(self._place.key, safe='')}", None, MANY_WITHIN_S)
        kind, name = data.get("type"), self._place.key
        if kind not in TYPES or data.get("derived") is not True or data.get("convergent_encryption"):
            raise KeyUnavailable(
                f"the transit key {name} is of a kind that does not bind what it wraps to its place; make another one: "
                f"vault write -f {self._place.mount}/keys/NAME derived=true"
            )
        try:
            least = max(int(data.get("min_decryption_version") or 1), 1)
            there = sorted(int(number) for number in data["keys"] if int(number) >= least)
            self._trimmed = int(data.get("min_available_version") or 0)
        except (KeyError, TypeError, ValueError) as error:
            raise KeyUnavailable("Vault's answer is not understood") from error
        if not there:
            raise KeyUnavailable(f"no version of the transit key {name} may decrypt")
        self._newest = there[-1]
        return there

    def _batch(self, what: str, items: Sequence[Mapping[str, str]], member: str) -> list[str]:
        found: list[str] = []
        for start in range(0, len(items), AT_ONCE):
            part = list(items[start : start + AT_ONCE])
            limit = ANSWERED_WITHIN_S if len(items) <= 8 else MANY_WITHIN_S
            answer = self._ask(
                "POST", f"{what}/{quote(self._place.key, safe='')}", {"batch_input": part}, limit
            )
            results = answer.get("batch_results")
            if not isinstance(results, list) or len(results) != len(part):
                raise KeyUnavailable("Vault's answer is not understood")
            for result in results:
                text = result.get(member) if isinstance(result, dict) else None
                if not isinstance(text, str) or result.get("error"):
                    raise KeyUnavailable(
                        "a wrapped key does not open: it was changed, belongs elsewhere, or its version was retired"
                    )
                found.append(text)
        return found

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, limit_s: float) -> dict[str, Any]:
        """The member `data` of the answer. Raises KekSilent, KeyUnavailable."""
        token = read_secret(self._place.token).decode("ascii", "replace").strip()
        if not token.isprintable() or not token or " " in token:
            raise KeyUnavailable(f"{self._place.token} holds no token")
        headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        content = None if body is None else json.dumps(body)
        try:
            status, answer = self._exchange(
                method, f"/v1/{quote(self._place.mount)}/{path}", content, headers, limit_s
            )
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = (
                "it took too long" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            )
            raise KekSilent(f"Vault at {self._place.address} does not answer: {reason}") from error
        return self._judged(status, answer)

    def _exchange(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str], limit_s: float
    ) -> tuple[int, bytes]:
        connection, late = self._connection(limit_s), threading.Event()
        connection.connect()
        line: socket.socket = connection.sock

        def cut_off() -> None:
            late.set()
            with suppress(OSError, ValueError):
                # Not the method of a TLS socket: that one first forgets TLS, and the token could leave in plain.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

        timer = threading.Timer(
            limit_s, cut_off
        )  # a peer that sends a byte now and then never meets a timeout
        timer.daemon = True
        timer.start()
        try:
            connection.request(method, path, content, dict(headers))
            response = connection.getresponse()
            answer = response.read(LARGEST_ANSWER + 1)
        except (OSError, ValueError, http.client.HTTPException) as error:
            if late.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
            connection.close()
        if late.is_set() or len(answer) > LARGEST_ANSWER:
            raise TimeoutError
        return response.status, answer

    def _connection(self, limit_s: float) -> http.client.HTTPConnection:
        parts = urlsplit(self._place.address)
        if self._context is not None:
            return http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=limit_s, context=self._context
            )
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=limit_s)

    def _judged(self, status: int, answer: bytes) -> dict[str, Any]:
        document = _document(answer)
        if status in _OK:
            return document
        place = self._place
        if status == 400 and isinstance(document.get("batch_results"), list):
            return document  # some of a batch failed: which, is said there
        if status == 400:
            raise KeyUnavailable(f"Vault refuses the request: {_errors(answer)}")
        if status == 403:
            raise KekSilent(
                f"Vault refuses the token in {place.token}: renew it, or let its policy use {place.mount}/*/{place.key}"
            )
        if status == 404:
            raise KeyUnavailable(f"Vault has no transit key {place.key} at {place.mount}")
        if status == 503:
            raise KekSilent(f"Vault at {place.address} is sealed or being maintained: unseal it")
        if 300 <= status < 400:
            raise KekSilent(
                f"Vault at {place.address} sends elsewhere: set vault.address to the active node or a balancer"
            )
        raise KekSilent(f"Vault at {place.address} answers with status {status}: {_errors(answer)}")


def _tls(place: VaultPlace) -> ssl.SSLContext | None:
    parts = urlsplit(place.address)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return None
    if parts.scheme != "https":
        raise KeyUnavailable(f"{place.address} is not https, and Vault is not on this machine")
    try:
        return ssl.create_default_context(cafile=None if place.authority is None else str(place.authority))
    except (OSError, ssl.SSLError) as error:
        raise KeyUnavailable(
            f"{place.authority} cannot be used as a certificate authority: {error}"
        ) from error


def _document(answer: bytes) -> dict[str, Any]:
    try:
        document = json.loads(answer) if answer.strip() else {}
    except (ValueError, RecursionError):
        return {}
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) else {}


def _errors(answer: bytes) -> str:
    """Vault's own words, as far as they are fit to be shown."""
    try:
        said = json.loads(answer).get("errors", [])
        text = "; ".join(one for one in said if isinstance(one, str))
    except (ValueError, AttributeError, TypeError, RecursionError):
        text = ""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown.strip()[:_SHOWN] or "it gives no reason"


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _stored(text: str) -> bytes:
    wrapped = _SUITE + text.encode("ascii", "replace")
    if len(wrapped) > LONGEST_VAULT_TEXT or version_of(wrapped) is None:
        raise KeyUnavailable("Vault's answer is not understood")
    return wrapped


def _given(wrapped: bytes) -> str:
    if wrapped[:1] != _SUITE or len(wrapped) > LONGEST_VAULT_TEXT or version_of(wrapped) is None:
        raise KeyUnavailable("a data key is wrapped under a key-encryption key that is not here")
    return wrapped[1:].decode("ascii")
