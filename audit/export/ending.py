"""A file's last line: what the file should hold, so that one that was cut, or lost a line, shows. Pure."""

from typing import Final, Literal

import msgspec

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """`count` records stand before this line; `sha256` is that of all bytes before it. They are those of the entries
    `start` <= index < `stop` that matched `wanted` (all, if that is empty); `unreadable` entries in that range no key
    opens, so that nobody knows whether they match. `intent` is the entry in which the log says that this was taken
    out at `made_at_ms`. `checkpoint` is the log's signed tree head over at least those entries; null if none was
    published in time."""

    ending: Literal["tachiai-export/v1"]
    format: str
    origin: str
    start: int
    stop: int
    wanted: dict[str, str | int | bool]
    count: int
    unreadable: int
    sha256: str
    intent: int
    made_at_ms: int
    checkpoint: str | None


def encode_ending(ending: Ending) -> bytes:
    return _ENCODER.encode(ending)
