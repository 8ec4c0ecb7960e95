"""Waiting for the signature over an entry, and receipts out of a log on disk: running, restarted, keys erased."""

import asyncio
from pathlib import Path

import pytest

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.log import AuditLog
from audit.note import Verifier
from audit.ports import LogUnavailable
from audit.receipts.checking import check_receipt
from audit.receipts.receipt import Kind
from audit.receipts.source import NoReceipt
from audit.receipts.trust import LogKeys
from audit.signed import Signed
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event
from tests.unit.receipt_examples import end_facts

CUSTOMER, OTHER = "cus_A", "cus_B"


def an_end() -> Event:
    """It speaks of two persons, who may each hold their own section only."""
    return Event(
        EventName.CUSTOMER_SESSION_ENDED,
        Outcome.DONE,
        NOW_MS,
        Actor(ActorKind.CUSTOMER, CUSTOMER),
        customer=CUSTOMER,
        personal={CUSTOMER: end_facts(), OTHER: end_facts(cause="blocked")},
    )


async def holds(log: AuditLog, index: int, subject: str = CUSTOMER) -> str:
    """The subject that the receipt speaks of."""
    await log.await_signed(index)
    data = await log.receipt(index, subject, Kind.END, None)
    found = check_receipt(data, LogKeys((Verifier.parse(log.verifier_key),)))
    assert found.index == index
    return found.subject


async def test_a_receipt_can_be_had_as_soon_as_the_entry_is_signed(tmp_path: Path) -> None:
    log = await LogOnDisk(tmp_path).open()
    for number in range(3):
        await log.append(an_event(number))
    index = (await log.append(an_end())).index
    assert await holds(log, index) == CUSTOMER
    assert await holds(log, index, OTHER) == OTHER
    await log.close()


async def test_it_can_be_had_again_from_full_bundles_after_a_restart(tmp_path: Path) -> None:
    site = LogOnDisk(tmp_path)
    log = await site.open()
    index = (await log.append(an_end())).index
    await log.append_all([an_event(number) for number in range(700)])
    await log.close()
    log = await site.open()
    assert await holds(log, index, OTHER) == OTHER
    await log.close()


async def test_there_is_none_for_strangers_nor_for_what_is_not_there_nor_without_the_key(
    tmp_path: Path,
) -> None:
    log = await LogOnDisk(tmp_path).open()
    index = (await log.append(an_end())).index
    await log.await_signed(index)
    log._parts.keystore.erase(OTHER)
    for place, subject in ((index, "cus_C"), (index, ""), (index + 1, CUSTOMER), (index, OTHER)):
        with pytest.raises(NoReceipt):
            await log.receipt(place, subject, Kind.END, None)
    assert await holds(log, index) == CUSTOMER
    await log.close()


async def test_a_checkpoint_that_witnesses_signed_comes_first_while_it_holds_the_entry(
    tmp_path: Path,
) -> None:
    site = LogOnDisk(tmp_path)
    log = await site.open()
    index = (await log.append(an_end())).index
    await log.await_signed(index)
    earlier = (site.folder / "public" / "checkpoint").read_bytes()
    (site.folder / "public" / "witnessed").write_bytes(earlier)
    later = (await log.append(an_end())).index
    await log.await_signed(later)
    trust = LogKeys((Verifier.parse(log.verifier_key),))
    sizes = [
        check_receipt(await log.receipt(at, CUSTOMER, Kind.END, None), trust).trusted.checkpoint.size
        for at in (index, later)
    ]
    assert sizes == [index + 1, later + 1]
    await log.close()


async def test_many_wait_at_once_and_each_only_for_its_own() -> None:
    signed = Signed(3)
    await signed.holds(2)
    async with asyncio.TaskGroup() as group:
        early = [group.create_task(signed.holds(index)) for index in (3, 4)]
        late = group.create_task(signed.holds(9))
        await asyncio.sleep(0)
        signed.reached(5)
        signed.reached(4)
        await asyncio.gather(*early)
        assert not late.done()
        signed.reached(10)


async def test_who_waits_too_long_is_told_that_the_log_is_in_trouble() -> None:
    with pytest.raises(LogUnavailable):
        await Signed(0).holds(0, within_s=0.01)
