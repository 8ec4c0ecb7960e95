"""Which keepers a server has: told from its settings, started with its other tasks."""

from audit.log import AuditLog
from audit.note import Verifier
from audit.search.log_search import LogSearch
from server.clock import TrueClock
from server.log_keeping.collector import forwarding_for
from server.log_keeping.hot_window import HotWindow
from server.log_keeping.indexing import IndexKeeper
from server.log_keeping.keeper import Keeper
from server.log_keeping.policy_file import policy_for
from server.log_keeping.witnessing import Witnessing
from server.places import Places
from server.settings import Settings


def keepers_of(
    log: AuditLog, places: Places, settings: Settings, clock: TrueClock, search: LogSearch
) -> list[Keeper]:
    """Raises SettingsRefused if what a keeper needs cannot be used."""
    keepers: list[Keeper] = [IndexKeeper(log, search)]
    policy = policy_for(settings, Verifier.parse(log.verifier_key))
    if policy is not None:
        keepers.append(Witnessing(log, places, policy, clock))
    forwarding = forwarding_for(log, places, settings, clock)
    if forwarding is not None:
        keepers.append(forwarding)
    if log.keystore.sealing is not None:
        keepers.append(HotWindow(log, log.keystore, settings.sealed.hot_days, clock))
    return keepers
