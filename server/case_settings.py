"""What can be set of cases: the group [cases]."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from support.overriding import LONGEST_MINUTES, SHORTEST_MINUTES


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class CaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What agents may do without a case that somebody else stands for."""

    override_minutes: Annotated[
        int,
        _says(
            "For how many minutes an agent may open a record without a live case, with a reason: 5 to 60; 0 for never. "
            "Each time is flagged to the officers, written to the customer and shown on their own page."
        ),
    ] = 0


def cases_broken(cases: CaseSettings) -> Iterator[str]:
    if cases.override_minutes != 0 and not SHORTEST_MINUTES <= cases.override_minutes <= LONGEST_MINUTES:
        yield (
            f"cases.override_minutes is 0 for never, or lies between {SHORTEST_MINUTES} and {LONGEST_MINUTES}."
        )
