"""Whether a browser's packets reach the gate at all, for whoever asks, without a leg and without a session.

A *trial* is a user fragment that says when it ends, and a password that only the key's holders can make from it. So
the gate keeps nothing of it: a Binding request that proves the password is answered, a few hundred a second of all
together, and that is all. No address is learned, no DTLS is spoken, and an answer is never longer than its request.
"""

import hmac
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Final

from session.media.stun import BindingRequest

LIFE_S: Final = 60
_KEY_BYTES: Final = 32
_PREFIX: Final = b"trial+"  # no leg's fragment has a plus sign
_MOMENT_DIGITS: Final = 12
_LENGTH: Final = len(_PREFIX) + _MOMENT_DIGITS + 16
_LOOKS_A_SECOND: Final = 3_000
_ANSWERS_A_SECOND: Final = 300
_ANSWERS_OF_ONE: Final = 60  # a browser tries four ways at once, each address every 50 ms at first


@dataclass(frozen=True, slots=True)
class Trial:
    """What a browser needs. The gate listens at each of `addresses`, on `port`."""

    ufrag: str
    password: str
    addresses: tuple[str, ...]
    port: int


def new_key() -> bytes:
    return secrets.token_bytes(_KEY_BYTES)


def new_credentials(key: bytes, now_ms: int) -> tuple[str, str]:
    """A fragment and its password, good for LIFE_S. `now_ms` is of this machine's monotonic clock, as the gate's is."""
    ends_s = now_ms // 1_000 + LIFE_S
    ufrag = f"{_PREFIX.decode()}{ends_s:0{_MOMENT_DIGITS}d}{secrets.token_hex(8)}"
    return ufrag, _password(key, ufrag.encode()).decode()


class Trials:
    """Which requests are of a trial, and how many of them are still answered in this second."""

    def __init__(self) -> None:
        self._key = new_key()  # nobody knows it: until another is given there is no trial
        self._second = self._looks = 0
        self._answers: Counter[bytes] = Counter()

    def know(self, key: bytes) -> None:
        self._key = key

    def password_of(self, request: BindingRequest, now_ms: int) -> bytes | None:
        """The password to answer with; None where it is no trial, not authentic, over, or one too many."""
        ufrag = request.username.partition(b":")[0]
        moment = ufrag[len(_PREFIX) : len(_PREFIX) + _MOMENT_DIGITS]
        if len(ufrag) != _LENGTH or not ufrag.startswith(_PREFIX) or not moment.isdigit():
            return None
        ends_s, second = int(moment), now_ms // 1_000
        if not second < ends_s <= second + LIFE_S:
            return None
        if second != self._second:
            self._second, self._looks = second, 0
            self._answers.clear()
        if self._looks >= _LOOKS_A_SECOND:
            return None
        self._looks += 1
        password = _password(self._key, ufrag)
        if not request.authentic(password) or not self._may_answer(ufrag):
            return None
        return password

    def _may_answer(self, ufrag: bytes) -> bool:
        """Counted after the password was proved: who made something up takes nothing from those who were given it."""
        if self._answers.total() >= _ANSWERS_A_SECOND or self._answers[ufrag] >= _ANSWERS_OF_ONE:
            return False
        self._answers[ufrag] += 1
        return True


def _password(key: bytes, ufrag: bytes) -> bytes:
    return hmac.digest(key, ufrag, "sha256").hex()[:32].encode()
