"""Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 seconds. Pure; the time comes in as milliseconds.

1. Only ASCII `^[0-9]{6}$` is looked at. (pyotp normalises what it compares: full-width digits would pass.)
2. Time is integer UTC milliseconds from the server; no local time, no float.
3. Candidates are the current step, moved by the device's stored offset, and up to `window` steps before it, none after.
   The offset is found at enrolment (`confirmed`), or later by two codes that follow each other (`resynchronised`).
4. All candidates are computed and compared in constant time; a match does not end the work.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from typing import Final

import pyotp

STEP_MS: Final = 30_000
SECRET_BYTES: Final = 20
WIDEST_WINDOW: Final = 1
# Five minutes: a clock that is farther away is set wrong, and two codes of a wider range are guessed too easily.
FARTHEST_OFFSET: Final = 10

_CODE: Final = re.compile(r"[0-9]{6}")


def is_code(text: str) -> bool:
    """Six ASCII digits, nothing else."""
    return len(text) == 6 and _CODE.fullmatch(text) is not None


def step_at(now_ms: int) -> int:
    """RFC 6238 section 4.2's T for Unix time; 0 <= now_ms."""
    if now_ms < 0:
        raise ValueError("codes began in 1970")
    return now_ms // STEP_MS


def code_at(secret: bytes, step: int) -> str:
    """The code of one step. `secret` has at least 14 bytes (ours have 20)."""
    return _generator(secret).generate_otp(step)


def matched_step(
    secret: bytes, code: str, now_ms: int, *, offset: int = 0, window: int = WIDEST_WINDOW
) -> int | None:
    """The step whose code this is, or None.

    `offset`: the device's clock against ours in steps, -10 to 10. `window`: how many earlier steps pass too, 0 or 1.
    Takes the same time whether and wherever it matches.
    """
    if not 0 <= window <= WIDEST_WINDOW or abs(offset) > FARTHEST_OFFSET:
        raise ValueError(f"the window is 0 or 1 step, the offset at most {FARTHEST_OFFSET}")
    if not is_code(code):
        return None
    generator, centre, typed, found = _generator(secret), step_at(now_ms) + offset, code.encode("ascii"), -1
    for step in range(centre - window, centre + 1):
        # A step before 1970 has no code; -1 is compared all the same, with step 0's.
        same = hmac.compare_digest(generator.generate_otp(max(step, 0)).encode("ascii"), typed)
        found = (found, step)[same and step >= 0]
    return found if found >= 0 else None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a first code tells of a new device: the step that it was of, and the device's clock against ours."""

    step: int
    offset: int


def confirmed(secret: bytes, code: str, now_ms: int) -> Confirmed | None:
    """At enrolment a code within one step either way confirms the secret; None for any other.

    Only a clock that is ahead sets the offset: a code of the step before was, far more often, typed a moment late, and
    the window lets a slow clock pass all the same.
    """
    if not is_code(code):
        return None
    generator, centre, typed, found = _generator(secret), step_at(now_ms), code.encode("ascii"), -1
    for step in range(centre - 1, centre + 2):
        same = hmac.compare_digest(generator.generate_otp(max(step, 0)).encode("ascii"), typed)
        found = (found, step)[same and step >= 0]
    return Confirmed(found, max(0, found - centre)) if found >= 0 else None


def resynchronised(secret: bytes, first: str, second: str, now_ms: int) -> Confirmed | None:
    """Two codes that follow each other tell where the device's clock is, within five minutes either way; None for any
    others. `second` is the one that the device shows now. All pairs are compared; a match does not end the work.

    Only for somebody who is authenticated by another way at this moment: of a pair chosen at random, one in fifty
    thousand million passes.
    """
    if not (is_code(first) and is_code(second)):
        return None
    generator, centre, typed, found = (
        _generator(secret),
        step_at(now_ms),
        (first + second).encode("ascii"),
        -1,
    )
    earlier = generator.generate_otp(max(centre - FARTHEST_OFFSET - 1, 0))
    for step in range(centre - FARTHEST_OFFSET, centre + FARTHEST_OFFSET + 1):
        later = generator.generate_otp(max(step, 0))
        same = hmac.compare_digest((earlier + later).encode("ascii"), typed)
        found, earlier = (found, step)[same and step >= 1], later
    return Confirmed(found, found - centre) if found >= 0 else None


def key_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """The `otpauth://` address that authenticator apps take (Key Uri Format). It holds the secret."""
    plain_issuer, plain_account = (" ".join(text.replace(":", " ").split()) for text in (issuer, account))
    return _generator(secret).provisioning_uri(name=plain_account, issuer_name=plain_issuer)


def in_base32(secret: bytes) -> str:
    """As authenticator apps take it."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def _generator(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(secret).decode("ascii"), interval=STEP_MS // 1000)
