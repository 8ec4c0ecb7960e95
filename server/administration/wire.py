"""What goes over the control socket, for both of its ends."""

from typing import Final, Literal

import msgspec

PATH: Final = "/acts"
LARGEST_ACT_BYTES: Final = 16 * 1024 * 1024  # a list of customers, with room for JSON's own signs


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Any answer but 200. `kind` says which of our two errors it is."""

    kind: Literal["refused", "cannot"]
    sentence: str
