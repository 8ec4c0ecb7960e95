"""From asking for an erasure to its receipt: who may, what hinders it, and what is on record of each step."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from audit.erasure.retention import DAY_MS
from audit.event import EventName, Outcome
from server.administration.acts import DisableStaff, ImportCustomers, ListCustomers, OpenCase
from server.administration.erasure_acts import (
    HoldCustomer,
    ListErasures,
    ReleaseCustomer,
    RequestErasure,
    WithdrawErasure,
)
from server.administration.errors import ActRefused
from server.setting_groups import RetentionSettings, Settings
from server.storage.flags import StoredFlag
from tests.protocol.administration_ways import WAYS, way
from tests.protocol.erasure_people import REFERENCE, Scene, scene
from tests.protocol.server_people import in_ready

RETAINED = Settings(retention=RetentionSettings(default_days=1, regions=["JP=30"], wait_days=2))


async def facts_of(one: Scene, name: EventName, outcome: Outcome) -> list[dict[str, Any]]:
    found = [event for event in await one.stand.events() if (event.name, event.outcome) == (name, outcome)]
    return [dict(event.facts) for event in found]


async def test_two_officers_and_a_week_erase_a_customer_and_leave_a_receipt(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        customer = await one.customer()
        asked = await one.approved()
        assert (await one.shown())["waiting"][0]["proof"] == "canary proof"
        await one.days_later(6)
        assert (await one.customer()).display_name == "Canary Person", "not before its day"
        await one.days_later(1)
        assert await one.stand.foundation.stores.customer_roll.of_reference(REFERENCE) is None
        erased = await one.stand.foundation.stores.customers.find(customer.id)
        assert erased is not None
        assert (erased.display_name, erased.fields, erased.label) == ("", (), "—")
        assert erased.reference.startswith("erased-")
        done = await one.listed()
        assert (done.state, done.erasure, done.reference) == ("done", asked.erasure, erased.reference)
        receipt = (await one.shown())["done"][0]
        assert (receipt["entry"], receipt["keys_destroyed"]) == (done.entry, done.keys)
        assert done.keys is not None
        assert done.keys >= 2, "one of a period and one of the records"
        (entry,) = await one.stand.log.read(done.entry or 0, (done.entry or 0) + 1)
        assert entry.event is not None
        assert (entry.event.name, entry.event.outcome) == (EventName.SYSTEM_SUBJECT_ERASED, Outcome.DONE)
        assert entry.event.customer == customer.id
        assert one.stand.foundation.log.keystore.erased(customer.id)


async def test_a_new_customer_may_have_the_reference_of_one_who_was_erased(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        before = await one.customer()
        await one.approved()
        await one.days_later()
        content = f"reference,name,email,phone\n{REFERENCE},Somebody New,,\n".encode()
        assert (await one.operator.do(ImportCustomers(content=content))).added == 1
        assert (await one.customer()).id != before.id
        labels = {line.label for line in (await one.operator.do(ListCustomers())).customers}
        assert {"—", "S••• N•••"} <= labels


@pytest.mark.parametrize("level", ["V0", "V1"])
async def test_who_asks_must_be_known_well_enough(tmp_path: Path, level: str) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        with pytest.raises(ActRefused, match="V2 or V3"):
            await one.request(level)
        refused = await facts_of(one, EventName.OPERATOR_ERASURE_REQUESTED, Outcome.REFUSED)
        assert refused == [{"reason": "level"}]


async def test_one_officer_is_not_two_and_one_who_was_disabled_is_none(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        asked = await one.request()
        assert (await one.approve(0, asked)).status == 200
        assert (await one.approve(0, asked)).body["code"] == "approval_twice"
        assert (await one.approve(1, asked)).body == {"step": "second"}
        await one.operator.do(DisableStaff(username="officer", desk="officer"))
        await one.days_later()
        assert (await one.listed()).state == "waiting"
        assert (await one.customer()).display_name == "Canary Person"
        assert (await one.approve(1, asked)).body["code"] == "approval_twice", "theirs is the first one now"


async def test_what_was_refused_or_withdrawn_is_never_carried_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        asked = await one.approved()
        answer = await one.ask(0, "POST", f"/security/erasures/{asked.erasure}/refuse")
        assert answer.status == 204
        again = await one.approved()
        await one.operator.do(WithdrawErasure(erasure=again.erasure))
        with pytest.raises(ActRefused, match="already"):
            await one.operator.do(WithdrawErasure(erasure=again.erasure))
        await one.days_later(30)
        assert (await one.customer()).display_name == "Canary Person"
        assert await one.stand.recorded(EventName.OFFICER_ERASURE_REFUSED)
        assert await one.stand.recorded(EventName.OPERATOR_ERASURE_WITHDRAWN)
        assert (await one.shown())["waiting"] == []


async def test_a_second_request_does_not_start_the_wait_anew(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        await one.request()
        with pytest.raises(ActRefused, match="already"):
            await one.request()


async def test_an_open_case_and_a_live_session_hinder_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        async with in_ready(one.stand) as share:
            with pytest.raises(ActRefused, match="in a session"):
                await one.request()
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.agent_socket.view("ended")
        async with asyncio.timeout(10):  # what takes access away is stored after it was done
            while await one.stand.foundation.stores.sessions.unfinished():  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)
        with pytest.raises(ActRefused, match="open case"):
            await one.request()


async def test_a_hold_stops_even_an_approved_one_until_it_is_released(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        asked = await one.request()
        assert (await one.approve(0, asked)).status == 200
        hold = HoldCustomer(customer=REFERENCE, kind="legal", reason="canary hold")
        held = await one.operator.do(hold)
        assert [(line.kind, line.reason) for line in held.holds] == [("legal", "canary hold")]
        answer = await one.approve(1, asked)
        assert (answer.status, answer.body["code"]) == (409, "erasure_hold")
        await one.operator.do(ReleaseCustomer(customer=REFERENCE, kind="legal", reason="over"))
        assert (await one.approve(1, asked)).status == 200
        await one.operator.do(HoldCustomer(customer=REFERENCE, kind="investigation", reason="canary hold"))
        await one.days_later()
        await one.days_later(1)
        assert (await one.listed()).reason == "investigation"
        hindered = await facts_of(one, EventName.SYSTEM_ERASURE_HINDERED, Outcome.REFUSED)
        assert hindered == [{"erasure": asked.erasure, "reason": "investigation"}], "told once"
        done = ReleaseCustomer(customer=REFERENCE, kind="investigation", reason="canary hold")
        assert (await one.operator.do(done)).holds == []
        await one.days_later(0)
        assert (await one.listed()).state == "done"


async def test_why_and_how_stand_only_in_the_customers_own_sections(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        await one.operator.do(HoldCustomer(customer=REFERENCE, kind="legal", reason="canary hold"))
        await one.operator.do(ReleaseCustomer(customer=REFERENCE, kind="legal", reason="canary hold"))
        await one.request()
        customer = await one.customer()
        events = await one.stand.events()
        assert "canary" not in str([(event.name, event.facts) for event in events])
        personal = [event.personal[customer.id] for event in events if customer.id in event.personal]
        assert {"proof": "canary proof"} in personal
        assert personal.count({"reason": "canary hold"}) == 2


async def test_a_flag_of_their_session_hinders_it_for_a_while(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        session = await one.had_a_session()
        flag = StoredFlag(
            1, one.stand.clock.now_ms(), "replayed_code", session, 1.0, "k", "flag", session=session
        )
        await one.stand.foundation.stores.flags.add(flag)
        with pytest.raises(ActRefused, match="flagged"):
            await one.request()
        one.stand.clock.shift_ms += 30 * DAY_MS
        assert (await one.request()).state == "waiting"


async def test_the_retention_of_a_region_counts_from_the_last_contact(tmp_path: Path) -> None:
    async with scene(tmp_path, settings=RETAINED) as one:
        await one.had_a_session()
        with pytest.raises(ActRefused, match=r"retention period .*: it ends on 20\d\d-\d\d-\d\d at "):
            await one.request()
        one.stand.clock.shift_ms += 2 * DAY_MS
        await one.operator.do(ImportCustomers(content=REGION, update=True))
        with pytest.raises(ActRefused, match="retention period"):
            await one.request()
        one.stand.clock.shift_ms += 29 * DAY_MS
        assert (await one.request()).due_at_ms >= one.stand.clock.now_ms() + DAY_MS


REGION = f"reference,name,email,phone,region:text\n{REFERENCE},Canary Person,canary.person@example.com,,jp\n".encode()


async def test_a_readable_copy_from_before_a_migration_hinders_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        copy = tmp_path / "tachiai.db.0003"
        copy.touch()
        with pytest.raises(ActRefused, match=r"tachiai\.db\."):
            await one.request()
        copy.unlink()
        assert (await one.request()).state == "waiting"


async def test_a_case_opened_meanwhile_hinders_it_in_the_last_moment(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        await one.approved()
        await one.operator.do(
            OpenCase(reference="C-9", customer=REFERENCE, reason="A question", agent="agent")
        )
        await one.days_later()
        assert (await one.listed()).reason == "case"


@pytest.mark.parametrize("name", WAYS)
async def test_the_host_asks_and_withdraws_with_a_server_and_without(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        with pytest.raises(ActRefused, match="open case"):
            await one.do(RequestErasure(customer=REFERENCE, level="V2", proof="Passport shown"))
        assert (await one.do(ListErasures())).erasures == []
        with pytest.raises(ActRefused, match="no customer"):
            await one.do(RequestErasure(customer="K-none", level="V2", proof="Passport shown"))
        with pytest.raises(ActRefused, match="no such request"):
            await one.do(WithdrawErasure(erasure="era_none"))
        held = await one.do(HoldCustomer(customer=REFERENCE, kind="legal", reason="A court asks"))
        assert len(held.holds) == 1
        released = await one.do(ReleaseCustomer(customer=REFERENCE, kind="legal", reason="Decided"))
        assert released.holds == []
        with pytest.raises(ActRefused, match="no such hold"):
            await one.do(ReleaseCustomer(customer=REFERENCE, kind="legal", reason="Decided"))
