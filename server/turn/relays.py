"""User names and passwords for the TURN server, as coturn's `use-auth-secret` takes them.

The scheme is draft-uberti-behave-turn-rest-00: the user name is `EXPIRY:ID`, EXPIRY in UTC seconds; the password is
base64(HMAC-SHA1(secret, user name)). The TURN server keeps no list: what it reads there is all that it knows. So ID
names nobody: it is a keyed hash, the same for one party of one session for as long as that lives, and quotas go by it.
"""

import base64
import hmac
from typing import Final

import msgspec

from session.model import SURFACES, Party, Session, State

_CONNECTED: Final = frozenset({State.READY, State.SHARING, State.PAUSED, State.INTERRUPTED})
_ID_LENGTH: Final = 24  # 96 bits in hexadecimal digits


class RelayShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a page gives its browser as one of its `iceServers`. Good until `until_ms`, whole seconds."""

    urls: list[str]
    username: str
    credential: str
    until_ms: int


class Relays:
    """`secret` is what the TURN server holds too. Without URLs nobody is given anything."""

    def __init__(self, urls: list[str], secret: str) -> None:
        self.urls = urls
        self._secret = secret.encode()

    def of(self, session: Session, party: Party) -> RelayShown | None:
        """Only while the two browsers may connect, and until the end of what was agreed to: a longer agreement is a
        changed session, and so a new relay."""
        consent = session.consent
        if session.state not in _CONNECTED or consent is None or not consent.scopes & SURFACES:
            return None
        return self.made(f"session {session.id} {party}", consent.until)

    def made(self, holder: str, until_ms: int) -> RelayShown | None:
        """`holder` is told to nobody. None where there is no TURN server."""
        if not self.urls:
            return None
        seconds = until_ms // 1_000
        hidden = hmac.digest(self._secret, b"tachiai turn " + holder.encode(), "sha256").hex()[:_ID_LENGTH]
        username = f"{seconds}:{hidden}"
        password = base64.b64encode(hmac.digest(self._secret, username.encode(), "sha1")).decode()
        return RelayShown(
            urls=list(self.urls), username=username, credential=password, until_ms=seconds * 1_000
        )


NO_RELAYS: Final = Relays([], "")
