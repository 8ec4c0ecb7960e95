"""Searching the log from the host, and its index."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

from audit.event import Actor, ActorKind, EventName, Fact, Outcome
from audit.export.record import record_of
from audit.search.index_file import IndexUnusable
from audit.search.query import Query
from server.actors import is_actor
from server.administration import search_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.log_names import LogNames
from support.identity import is_id

_Word = TypeVar("_Word", bound=StrEnum)
_CUSTOMER_UNKNOWN = "There is no customer with this reference."
_ACTOR_UNKNOWN = "There is nobody with this username, and it is no id as entries have it."
_CASE_UNKNOWN = "There is no case with this reference."


class SearchOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground, self._names = ground, LogNames(ground.stores)

    async def search(self, act: acts.SearchLog, by: Actor) -> acts.LogFound:
        size = self._ground.log.size
        stop = size if act.before is None else min(act.before, size)
        query = await self.query(act, by)
        facts: dict[str, Fact] = {**query.facts(), "to": stop}
        await self._ground.register.look(EventName.OPERATOR_LOG_READ, by, facts)
        await self._check()
        found = await self._ground.log_search.search(query, stop, act.limit)
        # Entries that the index knows as closed are not opened again, so these are others.
        closed = 0 if query.everything else found.closed + self._ground.log_search.standing().closed
        entries = [record_of(entry) for entry in found.entries]
        return acts.LogFound(entries=entries, size=size, read_from=found.start, closed=closed)

    async def rebuild(self, _: acts.RebuildIndex, by: Actor) -> acts.IndexStanding:
        """Where no server runs it is filled before this returns: nobody else would."""
        intent = self._ground.register.intent(EventName.OPERATOR_INDEX_REBUILT, by, {})

        async def begin_anew(_: int) -> None:
            await self._ground.log_search.begin_anew()

        await self._ground.register.carry_out([intent], begin_anew)
        running = (await self._ground.status()).running
        while not running and await self._ground.log_search.catch_up():
            continue
        return self._standing()

    async def show(self, _: acts.ShowIndex, __: Actor) -> acts.IndexStanding:
        await self._check()
        return self._standing()

    async def _check(self) -> None:
        """Without an index everything is found as well, only later."""
        with suppress(IndexUnusable):
            await self._ground.log_search.checked()

    def _standing(self) -> acts.IndexStanding:
        found = self._ground.log_search.standing()
        return acts.IndexStanding(
            upto=found.upto, size=found.size, complete=found.complete, closed=found.closed
        )

    async def query(self, act: acts.SearchLog, by: Actor) -> Query:
        """Names become the ids that entries have. Raises ActRefused; one that is not known is recorded."""
        if act.from_ms is not None and act.until_ms is not None and act.from_ms >= act.until_ms:
            raise ActRefused("The time range ends before it begins. Nothing was read.")
        if act.session is not None and not is_id(act.session, "ses"):
            raise ActRefused(
                "A session is named by its id, ses_ and 22 letters and digits. Nothing was read."
            )
        asked = Query(
            actor=None if act.actor is None else await self._actor(act.actor, by),
            kind=_word(act.kind, ActorKind, "kind"),
            customer=None if act.customer is None else await self.customer(act.customer, by),
            case=None
            if act.case is None
            else await self._known(act.case, "cas", self._names.case, by, _CASE_UNKNOWN),
            session=act.session,
            event=_word(act.event, EventName, "event"),
            outcome=_word(act.outcome, Outcome, "outcome"),
            from_ms=act.from_ms,
            until_ms=act.until_ms,
        )
        return await self._names.with_merged(asked)

    async def customer(self, named: str, by: Actor) -> str:
        """The pseudonym of a customer who is named by it, or by the organisation's reference. Raises as `query`."""
        return await self._known(named, "cus", self._names.customer, by, _CUSTOMER_UNKNOWN)

    async def _actor(self, named: str, by: Actor) -> str:
        """A username's id, or an id itself. Raises as `query`."""
        found = await self._names.actor(named)
        if found is None and is_actor(named):
            return named
        return await self._must_be_known(found, by, _ACTOR_UNKNOWN)

    async def _known(
        self,
        named: str,
        prefix: str,
        find: Callable[[str], Awaitable[str | None]],
        by: Actor,
        unknown: str,
    ) -> str:
        if is_id(named, prefix):
            return named
        return await self._must_be_known(await find(named), by, unknown)

    async def _must_be_known(self, found: str | None, by: Actor, unknown: str) -> str:
        """What was typed is told to nobody: it may be anybody's name."""
        if found is None:
            facts: dict[str, Fact] = {"what": "reference", "found": False}
            await self._ground.register.refused(EventName.OPERATOR_LOG_READ, by, facts)
            raise ActRefused(f"{unknown} Nothing was read.")
        return found


def _word(text: str | None, words: type[_Word], what: str) -> _Word | None:
    try:
        return None if text is None else words(text)
    except ValueError:
        raise ActRefused(f"This {what} is not one that the log knows. Nothing was read.") from None
