"""Power fails at each step of an erasure: the next start finishes it, once, or it has not begun."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from audit.erasure.retention import DAY_MS
from audit.event import Event, EventName, Outcome
from server.erasing import Erasing, Remembering
from server.storage.erasures import SqlErasureStore
from server.storage.stores import Stores
from tests.protocol.erasure_people import Scene, scene
from tests.protocol.server_stand import Stand, stand


class PowerCut(Exception):
    """Nothing after this happens."""


@dataclass(slots=True)
class DiesAt:
    """Implements Forgetting: the power fails at its n-th call."""

    call: int
    calls: int = 0

    async def forget(self, _subject: str, _sessions: Sequence[str]) -> None:
        self.calls += 1
        if self.calls == self.call:
            raise PowerCut


class DiesBeforeTheEnd(SqlErasureStore):
    """The outcome is in the log, and its row is not written."""

    async def done(self, *_: object) -> None:
        raise PowerCut


class DiesBeforeTheRows(SqlErasureStore):
    """The intent is in the log, and nothing is blanked."""

    async def begin(self, *_: object) -> bool:
        raise PowerCut


async def cut() -> bool:
    return True


async def cut_off() -> bool:
    raise PowerCut


async def somebody_reads() -> bool:
    return False


def erasing(
    server: Stand,
    *,
    stores: Stores | None = None,
    dies_at: int = 0,
    cut_wal: Callable[[], Awaitable[bool]] = cut,
) -> Erasing:
    parts = server.composed.services.erasures
    remembering = Remembering(keystore=server.log.keystore, forgetting=[DiesAt(dies_at)], cut_wal=cut_wal)
    return Erasing(
        stores or server.foundation.stores, server.log, server.clock, parts.asking.rule, remembering
    )


def with_store(server: Stand, kind: type[SqlErasureStore]) -> Stores:
    stores = server.foundation.stores
    return replace(stores, erasures=kind(server.foundation.database, stores.sealing))


WAYS_TO_DIE: dict[str, Callable[[Stand], Erasing]] = {
    "before the rows are blanked": lambda server: erasing(
        server, stores=with_store(server, DiesBeforeTheRows)
    ),
    "before the keys are destroyed": lambda server: erasing(server, dies_at=1),
    "after the keys are destroyed": lambda server: erasing(server, dies_at=2),
    "while the write-ahead log is cut": lambda server: erasing(server, cut_wal=cut_off),
    "before the receipt is written": lambda server: erasing(
        server, stores=with_store(server, DiesBeforeTheEnd)
    ),
}


def told(events: list[Event], outcome: Outcome) -> list[Event]:
    return [
        event for event in events if (event.name, event.outcome) == (EventName.SYSTEM_SUBJECT_ERASED, outcome)
    ]


async def approved_and_due(one: Scene) -> str:
    await one.had_a_session()
    await one.approved()
    customer = (await one.customer()).id
    one.stand.clock.shift_ms += 7 * DAY_MS
    return customer


@pytest.mark.parametrize("way_to_die", WAYS_TO_DIE)
async def test_what_was_begun_is_finished_by_the_next_start_and_told_once(
    tmp_path: Path, way_to_die: str
) -> None:
    async with scene(tmp_path) as one:
        customer = await approved_and_due(one)
        with pytest.raises(PowerCut):
            await WAYS_TO_DIE[way_to_die](one.stand).carry_out_due()
        shift_ms = one.stand.clock.shift_ms
    async with stand(tmp_path, shift_ms=shift_ms) as server:
        await server.composed.services.erasures.erasing.carry_out_due()
        (row,) = await server.foundation.stores.erasures.latest()
        assert row.done_at_ms is not None
        assert (row.keys_destroyed or 0) >= 2
        assert server.log.keystore.erased(customer)
        events = await server.events()
        (done,) = told(events, Outcome.DONE)
        assert done.intent == row.intent_index
        assert done.facts["keys"] == row.keys_destroyed
        entry = (await server.log.read(row.done_index or 0, (row.done_index or 0) + 1))[0].event
        assert entry == done
        await server.composed.services.erasures.erasing.carry_out_due()
        assert len(told(await server.events(), Outcome.DONE)) == 1


async def test_an_intent_that_came_to_nothing_is_closed_as_unknown_and_tried_anew(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await approved_and_due(one)
        with pytest.raises(PowerCut):
            await WAYS_TO_DIE["before the rows are blanked"](one.stand).carry_out_due()
        shift_ms = one.stand.clock.shift_ms
    async with stand(tmp_path, shift_ms=shift_ms) as server:
        unknown = [event for event in await server.events() if event.name is EventName.SYSTEM_OUTCOME_UNKNOWN]
        assert [event.facts["of"] for event in unknown] == ["system:subject:erased"]


async def test_while_somebody_reads_the_database_the_receipt_waits(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        customer = await approved_and_due(one)
        await erasing(one.stand, cut_wal=somebody_reads).carry_out_due()
        assert (await one.listed()).state == "begun"
        assert one.stand.log.keystore.erased(customer), "what matters is done"
        await erasing(one.stand).carry_out_due()
        assert (await one.listed()).state == "done"


async def test_without_the_log_nothing_is_erased(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        customer = await approved_and_due(one)
        one.stand.disk.full = True
        with pytest.raises(Exception, match="audit log"):
            await erasing(one.stand).carry_out_due()
        assert not one.stand.log.keystore.erased(customer)
        assert (await one.customer()).display_name == "Canary Person"


async def test_caches_forget_twice_before_and_after_the_keys_go(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        session = await one.had_a_session()
        labels = one.stand.composed.services.labels
        assert (await labels.of(session)).customer_name == "Canary Person"  # type: ignore[arg-type]  # an id
        await one.approved()
        await one.days_later()
        again = await labels.of(session)  # type: ignore[arg-type]  # an id
        assert (again.customer_name, again.customer_masked) == ("—", "—")
