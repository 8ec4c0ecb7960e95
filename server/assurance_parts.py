"""Everything that assurance needs in a running server, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.actions import Actions
from server.assured import Assured, assured_from
from server.clock import TrueClock
from server.foundation import Records
from server.log_keeping.acting import ActionKeeper
from server.log_keeping.keeper import Keeper
from server.notices import Notices
from server.plan import Plan
from server.second_pair import SecondPair
from server.verifications import Confirming, Verifications, Verifier
from session.conductor import Conductor
from session.ports import Circumstances
from verification.assurance import Method

HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class AssuranceParts:
    assured: Assured
    verifications: Verifications
    actions: Actions
    keepers: Sequence[Keeper]


def assurance_parts(
    foundation: Records,
    plan: Plan,
    conductor: Conductor,
    circumstances: Circumstances,
    verifiers: Mapping[Method, Verifier],
    notices: Notices,
    confirming: Confirming,
    clock: TrueClock,
) -> AssuranceParts:
    assured = assured_from(plan.settings.assurance, circumstances, clock)
    actions = Actions(
        foundation.stores,
        foundation.log,
        conductor,
        assured,
        notices,
        clock,
        SecondPair.of(foundation.stores, plan.settings),
        hold_ms=plan.settings.assurance.hold_hours * HOUR_MS,
        base_url=plan.site.base_url,
    )
    return AssuranceParts(
        actions=actions,
        keepers=[ActionKeeper(actions, clock)],
        assured=assured,
        verifications=Verifications(
            conductor,
            verifiers,
            confirming,
            clock,
            assured.policy,
            foundation.stores.factor_caps,
        ),
    )
