"""Weeks whose time is over: nobody opens them any more, the log says so, holds keep what they hold."""

from pathlib import Path

from audit.erasure.retention import DAY_MS
from audit.event import EventName, Outcome
from audit.keystore import PERIOD_MS
from server.administration.erasure_acts import HoldCustomer
from server.log_keeping.expiring import ExpiryKeeper
from server.setting_groups import RetentionSettings
from tests.protocol.erasure_people import REFERENCE, Scene, scene


def keeper(one: Scene, settings: RetentionSettings) -> ExpiryKeeper:
    log = one.stand.log
    return ExpiryKeeper(log, log.keystore, one.stand.foundation.stores.holds, settings, one.stand.clock)


async def readable(one: Scene) -> tuple[int, int]:
    """How many entries open for the organisation, and how many sections of customers."""
    entries = [entry for entry in await one.stand.log.read(0, one.stand.log.size) if entry.event is not None]
    return len(entries), sum(len(entry.event.personal) for entry in entries if entry.event is not None)


async def test_customers_sections_expire_and_the_organisations_stay(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        entries, sections = await readable(one)
        assert sections > 0
        keeping = keeper(one, RetentionSettings(destroy_after_days=30))
        await keeping.destroy_what_is_over()
        assert await readable(one) == (entries, sections)
        period = one.stand.clock.now_ms() // PERIOD_MS
        one.stand.clock.shift_ms += 30 * DAY_MS + PERIOD_MS
        await keeping.destroy_what_is_over()
        assert (await readable(one))[1] == 0
        assert (await one.customer()).display_name == "Canary Person", "rows do not expire"
        events = [
            event for event in await one.stand.events() if event.name is EventName.SYSTEM_PERIOD_EXPIRED
        ]
        assert [event.outcome for event in events] == [Outcome.INTENT, Outcome.DONE]
        assert (events[1].facts["period"], events[1].facts["of"]) == (period, "customers")
        assert events[1].facts["keys"] == 1
        await keeping.destroy_what_is_over()
        assert one.stand.log.size == (await one.stand.log.read(0, 10_000))[-1].index + 1
        later = [event for event in await one.stand.events() if event.name is EventName.SYSTEM_PERIOD_EXPIRED]
        assert later == events, "what is gone is not told again"


async def test_a_hold_keeps_a_customers_sections(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        await one.operator.do(HoldCustomer(customer=REFERENCE, kind="legal", reason="A court asks"))
        sections = (await readable(one))[1]
        one.stand.clock.shift_ms += 400 * DAY_MS
        await keeper(one, RetentionSettings(destroy_after_days=30)).destroy_what_is_over()
        assert (await readable(one))[1] == sections


async def test_the_organisations_own_sections_expire_only_where_that_is_set(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        before = one.stand.log.size
        one.stand.clock.shift_ms += 400 * DAY_MS
        settings = RetentionSettings(destroy_after_days=30, destroy_organisation_after_days=60)
        await keeper(one, settings).destroy_what_is_over()
        entries = await one.stand.log.read(0, one.stand.log.size)
        assert [entry.index for entry in entries if entry.event is None] == list(range(before))
