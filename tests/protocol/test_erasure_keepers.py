"""Keepers of erasure and expiry beside others: what fails for a while is tried again, and a hold always counts."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.erasure.retention import DAY_MS
from audit.event import Event, EventName, Outcome
from audit.kek import KekSilent
from audit.keystore import PERIOD_MS
from audit.ports import Appended, AuditWriter, OpenedEntry
from server.administration.erasure_acts import HoldCustomer
from server.clock import ClockUnsure
from server.erasing import Erasing, Remembering
from server.erasure_rule import ErasureRule
from server.log_keeping.erasing import ErasureKeeper
from server.log_keeping.expiring import ExpiryKeeper
from server.log_keeping.hot_window import HotWindow
from server.setting_groups import RetentionSettings
from tests.protocol.erasure_people import REFERENCE, Scene, scene
from tests.protocol.test_erasure_expiry import readable


@dataclass(slots=True)
class SilentAtFirst:
    """Implements Forgetting: the key-encryption key's keeper does not answer the first call."""

    asked: int = 0

    async def forget(self, _subject: str, _sessions: Sequence[str]) -> None:
        self.asked += 1
        if self.asked == 1:
            raise KekSilent("Vault does not answer")


async def cut() -> bool:
    return True


async def test_an_erasure_is_finished_though_the_key_encryption_key_was_silent_for_a_while(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        await one.approved()
        one.stand.clock.shift_ms += 8 * DAY_MS
        silent, keystore = SilentAtFirst(), one.stand.log.keystore
        remembering = Remembering(keystore=keystore, forgetting=[silent], cut_wal=cut)
        erasing = Erasing(
            one.stand.foundation.stores, one.stand.log, one.stand.clock, rule_of(one), remembering
        )
        erased = asyncio.Event()

        def heard(entry: OpenedEntry) -> None:
            event = entry.event
            if event and (event.name, event.outcome) == (EventName.SYSTEM_SUBJECT_ERASED, Outcome.DONE):
                erased.set()

        one.stand.log.subscribe(heard)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(ErasureKeeper(erasing, one.stand.clock, every_s=0.01).run())
            await erased.wait()
            keeping.cancel()
        assert silent.asked > 1


def rule_of(one: Scene) -> ErasureRule:
    return one.stand.composed.services.erasures.asking.rule


@dataclass(slots=True)
class Interrupted(AuditWriter):
    """The log; once the intent of an expiry is durable, an operator places a hold."""

    scene: Scene

    @property
    def healthy(self) -> bool:
        return self.scene.stand.log.healthy

    async def append(self, event: Event) -> Appended:
        appended = await self.scene.stand.log.append(event)
        if event.outcome is Outcome.INTENT:
            await self.scene.operator.do(
                HoldCustomer(customer=REFERENCE, kind="legal", reason="A court asks")
            )
        return appended

    async def append_all(self, events: Sequence[Event]) -> list[Appended]:
        return await self.scene.stand.log.append_all(events)

    def append_reducing(self, event: Event) -> None:
        self.scene.stand.log.append_reducing(event)


async def test_a_hold_that_is_placed_while_a_period_expires_keeps_the_customers_sections(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        sections = (await readable(one))[1]
        assert sections > 0
        one.stand.clock.shift_ms += 30 * DAY_MS + PERIOD_MS
        settings = RetentionSettings(destroy_after_days=30)
        log, holds = one.stand.log, one.stand.foundation.stores.holds
        keeper = ExpiryKeeper(Interrupted(one), log.keystore, holds, settings, one.stand.clock)
        await keeper.destroy_what_is_over()
        assert (await readable(one))[1] == sections + 1, "and what the hold itself says of them"


async def test_nothing_whose_day_has_come_is_destroyed_by_a_clock_that_was_wrong_at_the_start(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        before = await readable(one)
        log, clock = one.stand.log, one.stand.clock
        clock.shift_ms += 400 * DAY_MS
        clock.drift = -400 * DAY_MS  # set right by now, as the start's date was not
        settings = RetentionSettings(destroy_after_days=30, destroy_organisation_after_days=30)
        expiry = ExpiryKeeper(log, log.keystore, one.stand.foundation.stores.holds, settings, clock)
        sentence = re.escape(f"set by {-400 * DAY_MS // 1000} s since the start")
        with pytest.raises(ClockUnsure, match=sentence):
            await expiry.destroy_what_is_over()
        with pytest.raises(ClockUnsure, match=sentence):
            await HotWindow(log, log.keystore, 30, clock).seal_what_is_over()
        assert await readable(one) == before
