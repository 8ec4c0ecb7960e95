"""Periods whose time is over: their keys are destroyed, and the log says so. Holds keep a customer's.

Not within the first hour: what a wrong date at a start would destroy, nobody can bring back.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from audit.erasure.expiry import first_kept
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.keystore import PERIOD_MS, Keystore, KeystoreFailed
from audit.ports import AuditWriter, LogUnavailable
from server.clock import ClockUnsure, TrueClock, must_be_sure
from server.setting_groups import RetentionSettings
from server.storage.holds import HoldStore
from support.ports import StoreUnavailable

EVERY_S: Final = 3_600.0
_log: Final = structlog.get_logger("retention")


class ExpiryKeeper:
    """Implements Keeper. For each period an intent is durable before its keys go, and an outcome follows."""

    name: Final = "retention"

    def __init__(
        self,
        log: AuditWriter,
        keystore: Keystore,
        holds: HoldStore,
        settings: RetentionSettings,
        clock: TrueClock,
    ) -> None:
        self._log, self._keystore, self._holds = log, keystore, holds
        self._settings, self._clock = settings, clock

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.destroy_what_is_over()
            except (ClockUnsure, LogUnavailable, StoreUnavailable, KeystoreFailed) as error:
                _log.warning("periods could not be destroyed", reason=str(error))

    async def destroy_what_is_over(self) -> None:
        """Raises ClockUnsure, LogUnavailable, StoreUnavailable, KeystoreFailed: the next round goes on."""
        must_be_sure(self._clock)
        if self._settings.destroy_after_days:
            await self._destroy(
                self._settings.destroy_after_days, organisation=False, kept=await self._holds.held()
            )
        if self._settings.destroy_organisation_after_days:
            await self._destroy(self._settings.destroy_organisation_after_days, organisation=True, kept=[])

    async def _destroy(self, days: int, *, organisation: bool, kept: Sequence[str]) -> None:
        before = first_kept(self._clock.now_ms(), days)
        periods = await asyncio.to_thread(
            self._keystore.expiring, before, organisation=organisation, kept=kept
        )
        for period in periods:
            facts: dict[str, Fact] = {
                "period": period,
                "from_ms": period * PERIOD_MS,
                "until_ms": (period + 1) * PERIOD_MS,
                "of": "organisation" if organisation else "customers",
            }
            intent = await self._log.append(self._event(Outcome.INTENT, facts))
            keys = await self._expire(period, organisation=organisation)
            await self._log.append(self._event(Outcome.DONE, {**facts, "keys": keys}, intent.index))

    async def _expire(self, period: int, *, organisation: bool) -> int:
        """How many keys there were. A hold may have come since the round began, and it counts."""
        async with self._holds.unchanged() as held:
            kept = [] if organisation else held
            return await asyncio.to_thread(
                self._keystore.expire, period, organisation=organisation, kept=kept
            )

    def _event(self, outcome: Outcome, facts: dict[str, Fact], intent: int | None = None) -> Event:
        return Event(
            EventName.SYSTEM_PERIOD_EXPIRED,
            outcome,
            self._clock.now_ms(),
            Actor(ActorKind.SYSTEM),
            intent=intent,
            facts=facts,
        )
