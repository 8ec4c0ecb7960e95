"""How the log names those who act, for whoever searches it: what has another form names nobody in it.

A search is recorded with what it asked for, and an entry cannot be taken back. So a name or an address that somebody
types where an id belongs goes no further.
"""

import re
from typing import Final

from server.administration.host_user import PREFIX
from support.identity import is_id

LONGEST: Final = 64
_PEOPLE: Final = ("sta", "sys", "cus")
_KEY: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_HOST_USER: Final = re.compile(re.escape(PREFIX) + r"\S+")


def is_actor(text: str) -> bool:
    """Whether `text` could be an id of an actor in an entry: staff, a customer, a key, or a user of the host."""
    return len(text) <= LONGEST and (
        any(is_id(text, prefix) for prefix in _PEOPLE)
        or _KEY.fullmatch(text) is not None
        or _HOST_USER.fullmatch(text) is not None
    )
