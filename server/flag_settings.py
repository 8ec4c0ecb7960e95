"""What can be set of flags and what follows them: the group [flags]."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from audit.detectors.registry import CERTAIN, all_detectors


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
    shadow: Annotated[
        list[str],
        _says(
            "Names of detectors on trial: their flags are recorded and shown as such, and nothing follows them. Only "
            "detectors that weigh likelihoods; what is certain always counts."
        ),
    ] = []


def flags_broken(flags: FlagSettings) -> Iterator[str]:
    known = {one.name for one in all_detectors()}
    for name in flags.shadow:
        if name not in known:
            triable = ", ".join(sorted(known - CERTAIN))
            yield f"flags.shadow names {name!r}, and there is no detector of this name: {triable}."
        elif name in CERTAIN:
            yield f"flags.shadow names {name}, whose flags are certain: they always count."
