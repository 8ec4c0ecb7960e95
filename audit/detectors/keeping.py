"""A detector's state as bytes, and back."""

from typing import TypeVar

import msgspec

from audit.detectors.flag import StateInvalid


class Kept(msgspec.Struct, forbid_unknown_fields=True):
    """`last` is the index of the newest entry that counted; a detector adds what else it remembers."""

    version: int
    last: int


K = TypeVar("K", bound=Kept)


def kept(state: bytes, kind: type[K], version: int = 1) -> K:
    """Raises StateInvalid for what is not a state of this kind and version."""
    try:
        found = msgspec.json.decode(state, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateInvalid("not a state of this detector") from error
    if found.version != version:
        raise StateInvalid("a state of another version of this detector")
    return found
