"""Which settings of [assurance] can be: raised freely, lowered only as far as the policy lets them."""

from collections.abc import Iterator
from typing import Final

from server.setting_groups import AssuranceSettings
from support.factor_request import HOUR_MS, LONGEST_HOLD_MS, SHORTEST_HOLD_MS
from support.independence import LONGEST_MS, SHORTEST_MS
from support.masking import FieldKind
from verification.assurance import CHOICES

LONGEST_MINUTES: Final = 10
LONGEST_ACTION_MINUTES: Final = 5
LONGEST_HOLD_HOURS: Final = 720


def assurance_broken(assurance: AssuranceSettings) -> Iterator[str]:
    for thing, choices in CHOICES.items():
        if getattr(assurance, thing.value) not in choices:
            yield f"assurance.{thing.value} is one of {', '.join(choices)}."
    kinds = assurance.sensitive_kinds
    if len(set(kinds)) != len(kinds) or not set(kinds) <= set(FieldKind):
        yield f"assurance.sensitive_kinds lists each kind once, of {', '.join(FieldKind)}."
    if not 1 <= assurance.minutes <= LONGEST_MINUTES:
        yield f"assurance.minutes lies between 1 and {LONGEST_MINUTES}."
    if not 1 <= assurance.action_minutes <= LONGEST_ACTION_MINUTES:
        yield f"assurance.action_minutes lies between 1 and {LONGEST_ACTION_MINUTES}."
    if not SHORTEST_HOLD_MS <= assurance.loss_hold_hours * HOUR_MS <= LONGEST_HOLD_MS:
        yield "assurance.loss_hold_hours lies between 72 and 720: it can only be made longer."
    if not SHORTEST_MS <= assurance.apart_hours * HOUR_MS <= LONGEST_MS:
        yield "assurance.apart_hours lies between 72 and 720."
    if not 1 <= assurance.hold_hours <= LONGEST_HOLD_HOURS:
        yield f"assurance.hold_hours lies between 1 and {LONGEST_HOLD_HOURS}."
