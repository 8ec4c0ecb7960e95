"""Vault's transit engine as its documentation describes it, over real HTTP: real AES-GCM, key derivation by context,
versions, minimum versions, trimming, and the answers of a Vault that is sealed, has lost a policy, or hangs.

Written from the API's documentation; whatever the product does not call is left out.
"""

import base64
import json
import re
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from audit.keys.vault import VaultPlace

TOKEN = "hvs.a-token-of-the-tests"
MOST_STRINGS = 1_000


@dataclass
class TransitKey:
    derived: bool = True
    kind: str = "aes256-gcm96"
    versions: dict[int, bytes] = field(default_factory=lambda: {1: secrets.token_bytes(32)})
    least_decrypting: int = 1
    least_encrypting: int = 0
    least_available: int = 0

    @property
    def newest(self) -> int:
        return max(self.versions)

    def cipher(self, version: int, context: bytes) -> AESGCM:
        key = self.versions[version]
        return AESGCM(HKDF(SHA256(), 32, None, context).derive(key) if self.derived else key)


class Refused(Exception):
    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.status, self.errors = status, errors


class Vault:
    """`hang` keeps every answer back until it is set again; `status` is answered to everything."""

    def __init__(self, folder: Path) -> None:
        self.keys = {"tachiai": TransitKey()}
        self.asked: list[str] = []
        self.status: int | None = None
        self.answering = threading.Event()
        self.answering.set()
        self.dripping = False
        self.not_trimming = False
        self.stopping = threading.Event()
        self.address = ""
        self.token = folder / "vault-token"
        self.token.write_text(TOKEN + "\n")
        self.token.chmod(0o600)

    @property
    def place(self) -> VaultPlace:
        return VaultPlace("tachiai", self.address, "transit", self.token)

    def answer(self, method: str, path: str, token: str | None, body: dict[str, Any]) -> dict[str, Any]:
        if token != TOKEN:
            raise Refused(403, "permission denied")
        match = re.fullmatch(
            r"/v1/transit/(keys|encrypt|decrypt|rewrap)/([^/]+)(/(?:rotate|config|trim))?", path
        )
        if match is None or match[2] not in self.keys:
            raise Refused(404)
        key, what = self.keys[match[2]], match[3] or match[1]
        if method == "GET":
            return self._shown(key, match[2])
        if what in {"encrypt", "decrypt", "rewrap"}:
            return self._batch(key, what, body["batch_input"])
        self._change(key, what, body)
        return {}

    def _shown(self, key: TransitKey, name: str) -> dict[str, Any]:
        there = {str(number): 1_442_851_412 for number in key.versions if number >= key.least_decrypting}
        return {
            "name": name,
            "type": key.kind,
            "derived": key.derived,
            "keys": there,
            "latest_version": key.newest,
            "min_decryption_version": key.least_decrypting,
            "min_encryption_version": key.least_encrypting,
            "min_available_version": key.least_available,
        }

    def _batch(self, key: TransitKey, what: str, items: list[dict[str, str]]) -> dict[str, Any]:
        if sum(2 * len(item) for item in items) >= MOST_STRINGS:  # as OpenBao 2.7 counts them
            raise Refused(
                400, "refused JSON input due to high complexity: exceeded maximum number of strings"
            )
        results: list[dict[str, str]] = []
        for item in items:
            try:
                results.append(self._one(key, what, item))
            except Refused as error:
                results.append({"error": "; ".join(error.errors)})
        return {"batch_results": results}

    def _one(self, key: TransitKey, what: str, item: dict[str, str]) -> dict[str, str]:
        context = base64.b64decode(item.get("context", ""), validate=True)
        if key.derived and not context:
            raise Refused(
                400, "missing 'context' for key derivation; the key was created using a derived key"
            )
        if what == "encrypt":
            return {"ciphertext": self._closed(key, context, base64.b64decode(item["plaintext"]))}
        plain = self._opened(key, context, item["ciphertext"])
        if what == "decrypt":
            return {"plaintext": base64.b64encode(plain).decode()}
        return {"ciphertext": self._closed(key, context, plain)}

    def _closed(self, key: TransitKey, context: bytes, plain: bytes) -> str:
        nonce = secrets.token_bytes(12)
        sealed = nonce + key.cipher(key.newest, context).encrypt(nonce, plain, None)
        return f"vault:v{key.newest}:{base64.b64encode(sealed).decode()}"

    def _opened(self, key: TransitKey, context: bytes, text: str) -> bytes:
        match = re.fullmatch(r"vault:v(\d+):(.+)", text)
        if match is None:
            raise Refused(400, "invalid ciphertext: no prefix")
        version, sealed = int(match[1]), base64.b64decode(match[2])
        if version > key.newest:
            raise Refused(400, "invalid ciphertext: version is too new")
        if version < key.least_decrypting:
            raise Refused(400, "ciphertext or signature version is disallowed by policy (too old)")
        try:
            return key.cipher(version, context).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag as error:
            raise Refused(400, "cipher: message authentication failed") from error

    def _change(self, key: TransitKey, what: str, body: dict[str, Any]) -> None:
        if what == "/rotate":
            key.versions[key.newest + 1] = secrets.token_bytes(32)
        elif what == "/config":
            least, writing = body["min_decryption_version"], body["min_encryption_version"]
            if least > key.newest or (writing and writing < least):
                raise Refused(400, "cannot set minimum version")
            key.least_decrypting, key.least_encrypting = least, writing
        elif self.not_trimming:
            raise Refused(500, "the storage does not answer")
        else:
            least = body["min_available_version"]
            if not key.least_encrypting or least > min(key.least_decrypting, key.least_encrypting):
                raise Refused(
                    400, "minimum available version cannot be higher than minimum decryption version"
                )
            key.least_available = least
            key.versions = {number: secret for number, secret in key.versions.items() if number >= least}


class Handler(BaseHTTPRequestHandler):
    vault: Vault

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        self.vault.asked.append(f"{self.command} {self.path}")
        self.vault.answering.wait(30)
        try:
            self._send(200, {"data": self._answer(body)})
        except Refused as error:
            self._send(error.status, {"errors": list(error.errors)})

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        if (status := self.vault.status) is not None:
            raise Refused(status, "Vault is sealed" if status == 503 else "said no")
        return self.vault.answer(self.command, self.path, self.headers.get("X-Vault-Token"), body)

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        with suppress(OSError):  # whoever asked has gone
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/v1/")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for byte in content:
                self.wfile.write(bytes([byte]))
                if self.vault.dripping and self.vault.stopping.wait(0.2):
                    return

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class's name
        pass

    do_GET = do_POST = _serve  # noqa: N815  # the base class's names


@contextmanager
def running_vault(folder: Path, *, tls: ssl.SSLContext | None = None) -> Iterator[Vault]:
    vault = Vault(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"vault": vault}))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme, host = ("http", "127.0.0.1") if tls is None else ("https", "localhost")
    vault.address = f"{scheme}://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield vault
    finally:
        vault.stopping.set()
        vault.answering.set()
        server.shutdown()
        thread.join()
        server.server_close()
