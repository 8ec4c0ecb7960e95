"""Who is told by webhook. Pure."""

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`name` is the operator's word for it, by which requests name it."""

    id: str
    name: str
    url: str
    created_at_ms: int
    removed_at_ms: int | None = None


def is_name(text: str) -> bool:
    """1 to 64 small letters, digits, dots, dashes."""
    return _NAME.fullmatch(text) is not None
