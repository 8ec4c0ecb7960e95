"""Which certificate a customer's page names in its offer, so that another one is noticed. Pure."""

import hashlib
import re
from typing import Final

_LINE: Final = re.compile(r"^a=fingerprint:[ ]*(\S+)[ ]+(\S+)[ ]*\r?$", re.ASCII | re.MULTILINE)


def named_in(sdp: str) -> str:
    """SHA-256 (hex) over every fingerprint line (RFC 8122) in its order; "" where there is none.

    All of them count, and their order: whichever of several the gate believes, it is the same one as before. An SDP
    without any is refused by the gate.
    """
    found = [f"{algorithm.lower()} {value.upper()}" for algorithm, value in _LINE.findall(sdp)]
    return hashlib.sha256("\n".join(found).encode()).hexdigest() if found else ""
