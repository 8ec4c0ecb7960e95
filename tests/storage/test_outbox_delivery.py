"""Delivery over a database and real peers: once where all is well, again where it is not, never twice at a time."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select
from standardwebhooks import Webhook

from audit.event import EventName
from audit.memory import MemoryLog
from server.clock import SystemClock
from server.outbox import signing
from server.outbox.delivery import Delivery
from server.outbox.message import DAY_MS, Standing
from server.outbox.retrying import LONGEST_MS
from server.storage.database import Database
from server.storage.outbox_tables import outbox
from server.storage.stores import Stores
from server.tasks import Tasks
from tests.manual_clock import ManualClock
from tests.protocol.outbox_stand import KEY, delivery_on, endpoint_at, hook_message, mail_message
from tests.protocol.outside_peers import HookPeer, MailPeer, answer, listening
from tests.storage.desk_rows import CUSTOMER


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # the peers tell nobody
            await asyncio.sleep(0.01)


async def standings(database: Database) -> list[tuple[str, int, str | None, bool]]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.created_at_ms, outbox.c.id))).all()
    return [(row.state, row.tries, row.failure, row.content is None) for row in rows]


async def names(log: MemoryLog) -> list[tuple[EventName, dict[str, object]]]:
    opened = [entry.event for entry in await log.read(0, 100)]
    return [(event.name, dict(event.facts)) for event in opened if event is not None]


async def test_what_is_due_arrives_once_is_blanked_and_told_to_the_log(
    stores: Stores, database: Database
) -> None:
    clock, log = ManualClock(), MemoryLog()
    await stores.customers.add(CUSTOMER)
    async with listening(MailPeer()) as peer:
        delivery = delivery_on(stores, clock, mail=peer, log=log)
        messages = [mail_message(clock.now_ms(), subject=CUSTOMER.id) for _ in range(3)]
        for message in messages:
            await stores.outbox.queue([message])
        for _ in range(3):
            await delivery.send_due()
    assert sorted(mail["Message-ID"] for mail in peer.taken) == sorted(
        f"<{message.id}@kawa.example>" for message in messages
    )
    assert await standings(database) == [(Standing.SENT.value, 1, None, True)] * 3
    told = await names(log)
    assert [name for name, _ in told] == [EventName.SYSTEM_MESSAGE_SENT] * 3
    assert told[0][1].keys() == {"message", "channel", "about", "tries"}
    assert delivery.tries["mail", "sent"] == 3


async def test_what_fails_waits_longer_each_time_and_is_dead_after_its_last_day(
    stores: Stores, database: Database
) -> None:
    clock, log, waits = ManualClock(), MemoryLog(), []
    async with listening(HookPeer([answer(503)])) as peer:
        endpoint = await endpoint_at(stores, peer.port, clock.now_ms())
        message = hook_message(clock.now_ms(), endpoint.id)
        await stores.outbox.queue([message])
        delivery = delivery_on(stores, clock, log=log)
        while (await standings(database))[0][0] == Standing.WAITING.value:
            await delivery.send_due()
            (kept,) = await stores.outbox.latest(readable=False)
            waits.append(kept.due_at_ms - clock.now_ms())
            clock.advance(max(1, waits[-1]))
    assert waits[0] <= 10_000
    assert max(waits) <= LONGEST_MS
    assert 12 <= len(waits) <= 40
    assert clock.now_ms() <= message.last_at_ms + LONGEST_MS
    assert (await standings(database))[0] == (Standing.DEAD.value, len(peer.calls), "refused", True)
    assert len({call.headers["webhook-id"] for call in peer.calls}) == 1
    ((name, facts),) = await names(log)
    assert (name, facts["cause"]) == (EventName.SYSTEM_MESSAGE_FAILED, "refused")
    assert (await stores.outbox.counted(clock.now_ms())).dead == 1


async def test_a_webhook_is_signed_anew_at_every_try_and_by_the_endpoints_own_secret(stores: Stores) -> None:
    clock = SystemClock()
    async with listening(HookPeer([answer(500), answer(204)])) as peer:
        endpoint = await endpoint_at(stores, peer.port, clock.now_ms())
        await stores.outbox.queue([hook_message(clock.now_ms(), endpoint.id)])
        delivery = delivery_on(stores, clock)
        await delivery.send_due()
        later = ManualClock(clock.now_ms() + 20_000)
        await delivery_on(stores, later, lease_life_s=0.1).send_due()
        await delivery._lease.leave()
        await delivery_on(stores, later).send_due()
    receiver = Webhook(signing.shown(signing.secret_of(KEY, endpoint.id)))
    assert len(peer.calls) == 2
    for call in peer.calls:
        receiver.verify(call.body, call.headers)
    assert peer.calls[0].headers["webhook-timestamp"] != peer.calls[1].headers["webhook-timestamp"]


async def test_without_a_mail_server_mails_wait_and_webhooks_do_not(
    stores: Stores, database: Database
) -> None:
    clock = ManualClock()
    async with listening(HookPeer()) as peer:
        endpoint = await endpoint_at(stores, peer.port, clock.now_ms())
        await stores.outbox.queue([mail_message(clock.now_ms())])
        await stores.outbox.queue([hook_message(clock.now_ms() + 1, endpoint.id)])
        delivery = delivery_on(stores, clock)
        clock.advance(1)
        await delivery.send_due()
    assert await standings(database) == [
        (Standing.WAITING.value, 1, "no_server", False),
        (Standing.SENT.value, 1, None, True),
    ]


async def test_an_endpoint_that_is_gone_or_removed_is_called_no_more(
    stores: Stores, database: Database
) -> None:
    clock = ManualClock()
    async with listening(HookPeer([answer(410)])) as peer:
        endpoint = await endpoint_at(stores, peer.port, clock.now_ms())
        await stores.outbox.queue([hook_message(clock.now_ms(), endpoint.id)])
        await delivery_on(stores, clock).send_due()
        await stores.outbox.queue([hook_message(clock.now_ms(), endpoint.id)])
        await stores.webhooks.remove(endpoint.id, clock.now_ms())
        clock.advance(120_000)
        await delivery_on(stores, clock).send_due()
    assert len(peer.calls) == 1
    assert sorted(state for state, *_ in await standings(database)) == ["dead", "void"]


async def test_of_two_servers_one_sends_and_the_other_takes_over_when_it_leaves(
    stores: Stores, second_stores: Stores
) -> None:
    clock = SystemClock()
    async with listening(MailPeer()) as peer:
        first, second = (delivery_on(one, clock, mail=peer) for one in (stores, second_stores))
        tasks = Tasks()
        running = [tasks.start(one.run(), name="outbox") for one in (first, second)]
        for number in range(20):
            await (stores if number % 2 else second_stores).outbox.queue([mail_message(clock.now_ms())])
        await until(lambda: sum(one.tries["mail", "sent"] for one in (first, second)) == 20)
        assert len(peer.taken) == 20
        counts = [one.tries["mail", "sent"] for one in (first, second)]
        assert sorted(counts) == [0, 20]
        leader = running[counts.index(20)]
        leader.cancel()
        await asyncio.gather(leader, return_exceptions=True)
        await stores.outbox.queue([mail_message(clock.now_ms())])
        await until(lambda: len(peer.taken) == 21)
        await tasks.close()
    assert len({mail["Message-ID"] for mail in peer.taken}) == 21


async def test_even_two_that_both_think_they_lead_never_make_the_same_try(
    stores: Stores, second_stores: Stores, database: Database
) -> None:
    clock = ManualClock()
    async with listening(MailPeer()) as peer:
        first, second = (delivery_on(one, clock, mail=peer) for one in (stores, second_stores))
        assert await first._lease.held(1)
        await stores.leaders.leave("outbox", first._lease._holder)  # and it does not know
        for _ in range(8):
            await stores.outbox.queue([mail_message(clock.now_ms())])
        await asyncio.gather(first.send_due(), second.send_due())
    assert len(peer.taken) == len({mail["Message-ID"] for mail in peer.taken}) == 8
    assert [tries for _, tries, *_ in await standings(database)] == [1] * 8


async def test_a_stop_lets_what_is_under_way_finish_and_begins_nothing_new(
    stores: Stores, database: Database
) -> None:
    clock = SystemClock()
    stopping: list[asyncio.Task[None]] = []

    def stop() -> None:
        stopping[0].cancel()

    async with listening(HookPeer(heard=stop)) as peer:
        endpoint = await endpoint_at(stores, peer.port, clock.now_ms())
        await stores.outbox.queue([hook_message(clock.now_ms(), endpoint.id)])
        delivery = delivery_on(stores, clock)
        stopping.append(Tasks().start(delivery.run(), name="outbox"))
        await asyncio.wait(stopping, timeout=60)
        await stores.outbox.queue([hook_message(clock.now_ms(), endpoint.id)])
    assert stopping[0].cancelled()
    assert [state for state, *_ in await standings(database)] == ["sent", "waiting"]
    assert await delivery_on(stores, clock)._lease.held(1), "the lease was left to another"


async def test_rows_that_were_done_with_long_ago_are_forgotten(stores: Stores, database: Database) -> None:
    clock = ManualClock()
    async with listening(MailPeer()) as peer:
        await stores.outbox.queue([mail_message(clock.now_ms())])
        await delivery_on(stores, clock, mail=peer).send_due()
        clock.advance(91 * DAY_MS)
        later: Delivery = delivery_on(stores, clock, mail=peer)
        await later.send_due()
    assert await standings(database) == []
