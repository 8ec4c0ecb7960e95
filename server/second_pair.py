"""The second pair of eyes: the one place that says whether it is another's (`support.independence`)."""

from server.settings import Settings
from server.storage.givings import SqlGivings
from server.storage.stores import Stores
from support.identity import StaffId
from support.independence import HOUR_MS, Independence, apart_of


class SecondPair:
    """Raises StoreUnavailable.

    It is asked before the act's entry and not again in its write: what is given in between gives the account to
    somebody else, and ends the sign-in from which the act was asked; the person who asked was still the former one.
    """

    def __init__(self, givings: SqlGivings, apart_ms: int) -> None:
        self._givings, self._apart_ms = givings, apart_of(apart_ms)

    @classmethod
    def of(cls, stores: Stores, settings: Settings) -> "SecondPair":
        return cls(stores.givings, settings.assurance.apart_hours * HOUR_MS)

    async def now(self, now_ms: int) -> Independence:
        """For several pairs."""
        return Independence(await self._givings.since(now_ms - self._apart_ms))

    async def is_another(self, first: StaffId, second: StaffId, now_ms: int) -> bool:
        return (await self.now(now_ms)).holds(first, second)
