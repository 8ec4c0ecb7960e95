"""Names for what the log knows by ids alone: staff by theirs, customers and cases by the organisation's references."""

from collections.abc import Iterable
from dataclasses import replace

from audit.ports import OpenedEntry
from audit.search.query import Query
from server.storage.stores import Stores
from support.case import Case
from support.identity import CaseId, CustomerId, StaffId, is_id
from support.staff import Staff


class LogNames:
    """Raises StoreUnavailable."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def staff(self) -> list[Staff]:
        """Everybody, by username."""
        return [one.staff for one in await self._stores.staff_roll.everybody()]

    async def acting(self, entries: Iterable[OpenedEntry]) -> dict[StaffId, Staff]:
        """The staff among those who did what these entries tell."""
        ids = {entry.event.actor.id for entry in entries if entry.event is not None}
        return await self._stores.staff.find_all(
            frozenset(StaffId(one) for one in ids if is_id(one, "sta") or is_id(one, "sys"))
        )

    async def cases(self, entries: Iterable[OpenedEntry]) -> list[Case]:
        """Those that these entries are about."""
        ids = {entry.event.case for entry in entries if entry.event is not None and entry.event.case}
        found = await self._stores.cases.find_all(frozenset(CaseId(one) for one in ids if is_id(one, "cas")))
        return list(found.values())

    async def actor(self, username: str) -> str | None:
        found = await self._stores.staff_roll.of_username(username)
        return None if found is None else found.staff.id

    async def customer(self, reference: str) -> str | None:
        """The pseudonym of the customer that the organisation knows by this reference."""
        found = await self._stores.customer_roll.of_reference(reference)
        return None if found is None else found.id

    async def with_merged(self, query: Query) -> Query:
        """And what is about the records that were merged into the one asked for."""
        if query.customer is None:
            return query
        _, *others = await self._stores.merged.ids_of(CustomerId(query.customer))
        return replace(query, others=frozenset(others))

    async def case(self, reference: str) -> str | None:
        found = await self._stores.case_roll.of_reference(reference)
        return None if found is None else found.id
