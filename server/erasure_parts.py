"""Everything that erasing needs in a running server, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from audit.erasure.forgetting import Forgetting
from server.clock import TrueClock
from server.erasing import Erasing, Remembering
from server.erasure_approvals import ErasureApprovals
from server.erasure_rule import ErasureRule
from server.erasures import Erasures
from server.foundation import Records
from server.log_keeping.erasing import ErasureKeeper
from server.log_keeping.expiring import ExpiryKeeper
from server.log_keeping.keeper import Keeper
from server.places import Places
from server.second_pair import SecondPair
from server.settings import Settings
from server.storage.scrubbing import cut_wal


@dataclass(frozen=True, slots=True)
class ErasureParts:
    asking: Erasures
    approvals: ErasureApprovals
    erasing: Erasing
    keepers: Sequence[Keeper]


def erasure_parts(
    records: Records, settings: Settings, places: Places, clock: TrueClock, forgetting: Sequence[Forgetting]
) -> ErasureParts:
    """`forgetting`: whatever keeps something of customers beside the database."""
    log, stores = records.log, records.stores
    rule = ErasureRule.of(settings, places)
    remembering = Remembering(
        keystore=log.keystore, forgetting=forgetting, cut_wal=partial(cut_wal, records.database)
    )
    erasing = Erasing(stores, log, clock, rule, remembering)
    expiry = ExpiryKeeper(log, log.keystore, stores.holds, settings.retention, clock)
    return ErasureParts(
        Erasures(stores, log, clock, rule),
        ErasureApprovals(stores, log, clock, rule, SecondPair.of(stores, settings)),
        erasing,
        [ErasureKeeper(erasing, clock), expiry],
    )
