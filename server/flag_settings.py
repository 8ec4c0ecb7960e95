"""What can be set of flags and what follows them: the group [flags]."""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from audit.detectors.registry import CERTAIN, all_detectors
from server.outbox.endpoint import is_name
from server.outbox.mailing import plain_address

MOST_TOLD: Final = 8


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
    mail_to: Annotated[
        list[str],
        _says(
            "Addresses of the security office that get a mail about each flag, at most 8. It goes through [mail], in "
            "the pages' first language, and names people by pseudonym."
        ),
    ] = []
    webhooks: Annotated[
        list[str],
        _says(
            "Names of registered webhooks that are told each flag as an OCSF detection finding, at most 8. See "
            "docs/webhooks.md."
        ),
    ] = []
    places_file: Annotated[
        str,
        _says(
            "A file of places by address in MaxMind's format (GeoLite2 City, DB-IP City Lite), as an absolute path. "
            "With it, sign-ins of one member of staff too far apart for the time between are flagged; their places are "
            "recorded in whole degrees. A new file is taken up by itself. Empty: places are not looked at."
        ),
    ] = ""


def flags_broken(flags: FlagSettings) -> Iterator[str]:
    known = {one.name for one in all_detectors()}
    for name in flags.shadow:
        if name not in known:
            triable = ", ".join(sorted(known - CERTAIN))
            yield f"flags.shadow names {name!r}, and there is no detector of this name: {triable}."
        elif name in CERTAIN:
            yield f"flags.shadow names {name}, whose flags are certain: they always count."
    if len(flags.mail_to) > MOST_TOLD or len(flags.webhooks) > MOST_TOLD:
        yield f"flags.mail_to and flags.webhooks name at most {MOST_TOLD} each."
    for address in flags.mail_to:
        if plain_address(address) != address:
            yield f"flags.mail_to has {address!r}; an address is written as security@example.com."
    for name in flags.webhooks:
        if not is_name(name):
            yield f"flags.webhooks has {name!r}, which is no webhook's name; `tachiai webhook list` shows them."
    if flags.places_file and not flags.places_file.startswith("/"):
        yield "flags.places_file is an absolute path, or empty."
