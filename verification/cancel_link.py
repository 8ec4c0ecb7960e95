"""The link by which a customer stops what somebody began in their name. Pure; chance comes in.

Its token is 128 random bits in base64url (22 characters), carried in a URL's fragment and posted. Only its SHA-256 is
kept. Whoever has it can take away and nothing else, so it works without signing in.
"""

import hashlib
from typing import Final

from verification import enrolment

_DOMAIN: Final = b"tachiai cancel link v1\0"

token_from = enrolment.token_from
is_token = enrolment.is_token


def token_hash(token: str) -> str:
    """What the database knows of a token, hexadecimal; never equal to another kind of link's."""
    return hashlib.sha256(_DOMAIN + token.encode("ascii")).hexdigest()
