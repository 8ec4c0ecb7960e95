"""What can be set of flags and what follows them: the group [flags]."""

from typing import Annotated

import msgspec


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class FlagSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What follows when a detector suspects something."""

    lift_by_two: Annotated[
        bool,
        _says(
            "Whether it always takes two officers to lift a block: one asks with a reason, another approves. It does "
            "anyway where the one who asks is of the same team as the blocked person."
        ),
    ] = False
