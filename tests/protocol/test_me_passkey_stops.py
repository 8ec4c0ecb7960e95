"""The mail about a passkey that was added or removed on a customer's own page holds a link that stops it: all that
came of it is gone, and each part is an entry."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from audit.event import EventName, Outcome
from server.enrolments import EnrolledAlready
from server.storage.factor_caps import cap
from support.factor_request import CAPPED_FOR_MS
from support.identity import CustomerId
from tests.protocol.enrolment_people import OPERATOR, customer_of
from tests.protocol.factor_people import cancel_token, cancels, mails
from tests.protocol.me_people import on_own_page
from tests.protocol.own_passkeys import Scene, proved, scene_in
from tests.protocol.server_people import Browser
from verification.customer_login import Way
from verification.ports import StoreUnavailable

ADDED, REMOVED = "passkey_added", "passkey_removed"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene_in(tmp_path) as made:
        yield made


async def last_link(scene: Scene, about: str) -> str:
    return cancel_token((await mails(scene.stand, about))[-1])


async def test_the_link_removes_the_passkey_and_ends_the_sign_ins_and_says_so_once(scene: Scene) -> None:
    server = scene.stand
    async with proved(scene) as owner, Browser(server) as thief, Browser(server) as anybody:
        assert (await scene.add(owner, "a thief's")).status == 200
        assert (await scene.sign_in(thief)).status == 201, "by the new one"
        thiefs = (await thief.ask("GET", "/me/factors")).body["passkeys"][-1]
        token = await last_link(scene, ADDED)
        page = await anybody.page("/cancel")
        assert (page.status, token in page.body) == (200, False)
        assert await cancels(server, token) == "stopped"
        assert (await thief.ask("GET", "/me")).status == 401
        assert (await owner.ask("GET", "/me")).status == 401, "whoever added it did so in this one"
        assert (await scene.sign_in(thief)).status == 409
        assert await cancels(server, token) == "over"
    scene.keyring.credentials.pop()
    async with proved(scene) as owner:
        left = (await owner.ask("GET", "/me/factors")).body["passkeys"]
        assert [one["label"] for one in left] == ["the blue one"]
    assert len(await mails(server, "passkey_stopped")) == 1
    await each_part_is_an_entry(scene, thiefs["id"])


async def each_part_is_an_entry(scene: Scene, passkey: str) -> None:
    events = await scene.stand.events()
    (stopped,) = [one for one in events if one.name is EventName.CUSTOMER_FACTOR_REQUEST_CANCELLED]
    assert stopped.facts["passkey"] == passkey
    assert (stopped.facts["passkeys_removed"], stopped.facts["logins_ended"]) == (1, 2)
    (gone,) = [one for one in events if one.name is EventName.CUSTOMER_PASSKEY_REMOVED]
    assert gone.facts == {"passkey": passkey, "how": "cancel_link"}
    ended = [one for one in events if one.name is EventName.CUSTOMER_LOGIN_ENDED]
    assert [one.facts["how"] for one in ended] == ["cancel_link"] * 2


async def test_what_was_set_up_after_it_goes_too(scene: Scene) -> None:
    async with proved(scene) as thief:
        assert (await scene.add(thief, "first")).status == 200
        token = await last_link(scene, ADDED)
        scene.stand.clock.shift_ms += 1_000
        assert (await scene.add(thief, "second")).status == 200
    assert await cancels(scene.stand, token) == "stopped"
    del scene.keyring.credentials[1:]
    async with proved(scene) as owner:
        assert len((await owner.ask("GET", "/me/factors")).body["passkeys"]) == 1


async def test_a_sign_in_by_it_that_is_under_way_opens_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = scene.stand.foundation.stores.customer_logins
    add = store.add

    async def stopped_then_added(*arguments: Any) -> bool:
        assert await cancels(scene.stand, token) == "stopped"
        return await add(*arguments)

    async with proved(scene) as owner, Browser(scene.stand) as thief:
        assert (await scene.add(owner, "a thief's")).status == 200
        token = await last_link(scene, ADDED)
        monkeypatch.setattr(store, "add", stopped_then_added)
        late = await scene.sign_in(thief)
        assert (late.status, late.body.get("code")) == (401, "entry_refused")
        assert (await thief.ask("GET", "/me")).status == 401


async def test_a_passkey_that_was_there_before_stays_and_another_customers_too(scene: Scene) -> None:
    async with proved(scene) as thief, on_own_page(scene.stand, "K-30877") as emma:
        first = (await thief.ask("GET", "/me/factors")).body["passkeys"][0]
        assert (await scene.add(thief)).status == 200
        scene.stand.clock.shift_ms += 1_000
        assert (await thief.ask("DELETE", f"/me/passkeys/{first['id']}")).status == 204
        assert await cancels(scene.stand, await last_link(scene, REMOVED)) == "stopped"
        assert (await thief.ask("GET", "/me")).status == 401
        assert (await emma.ask("GET", "/me")).status == 200
    async with proved(scene) as owner:
        assert len((await owner.ask("GET", "/me/factors")).body["passkeys"]) == 1
    assert await cancels(scene.stand, await last_link(scene, REMOVED)) == "over"


async def test_a_link_that_is_too_old_stops_nothing(scene: Scene) -> None:
    async with proved(scene) as owner:
        assert (await scene.add(owner)).status == 200
    token = await last_link(scene, ADDED)
    scene.stand.clock.shift_ms += CAPPED_FOR_MS
    assert await cancels(scene.stand, token) == "over"


async def test_fifty_uses_of_one_link_at_once_stop_it_once(scene: Scene) -> None:
    async with proved(scene) as owner:
        assert (await scene.add(owner)).status == 200
    token = await last_link(scene, ADDED)
    cancelling = scene.stand.composed.services.factors.cancelling
    now = scene.stand.clock.now_ms()
    found = await asyncio.gather(*(cancelling.cancel(token, now) for _ in range(50)))
    assert len([one for one in found if one is not None]) == 1


async def test_a_stop_that_the_database_interrupts_is_finished_by_the_same_link(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scene.stand

    async def no_answer(_: object) -> None:
        raise StoreUnavailable("the database does not answer")

    async def renamed(table: str, to: str) -> None:
        async with server.foundation.database.writing() as connection:
            await connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))

    async def used() -> tuple[int, Any]:
        async with Browser(server) as anybody:
            answer = await anybody.ask("POST", "/cancellations", {"token": token})
            return answer.status, answer.body.get("outcome")

    async with proved(scene) as owner:
        assert (await scene.add(owner)).status == 200
    token = await last_link(scene, ADDED)
    await renamed("passkeys", "elsewhere")
    assert (await used())[0] == 503, "nothing of it is done"
    await renamed("elsewhere", "passkeys")
    with monkeypatch.context() as broken:
        broken.setattr(server.composed.services.actions, "cancel_all", no_answer)
        assert (await used())[0] == 503, (
            "the passkey is gone, and what waits in the customer's name may not be"
        )
    assert len(await server.foundation.stores.passkeys.of_owner(await customer_of(server, "C-2041"))) == 1
    assert await used() == (200, "stopped")
    assert await used() == (200, "over")
    assert len(await server.recorded(EventName.CUSTOMER_FACTOR_REQUEST_CANCELLED)) == 1


async def test_whoever_stopped_their_last_factor_gets_a_new_start_with_its_wait_and_no_first_one(
    scene: Scene,
) -> None:
    server, customer = scene.stand, await customer_of(scene.stand, "C-2041")
    token = cancel_token((await mails(server, ADDED))[0])
    assert await cancels(server, token) == "stopped"
    assert await server.foundation.stores.passkeys.of_owner(customer) == []
    with pytest.raises(EnrolledAlready):
        await server.composed.services.factors.links.issue(
            customer, by=OPERATOR, now=server.clock.now_ms(), first=True
        )
    assert await server.foundation.stores.factor_caps.cap_of(customer.id, server.clock.now_ms()) == "V1"
    server.clock.shift_ms += CAPPED_FOR_MS
    assert not await server.foundation.stores.factor_caps.stopped(customer.id, server.clock.now_ms())


async def test_no_passkey_comes_or_goes_without_its_mail(scene: Scene) -> None:
    async with proved(scene) as owner:
        async with scene.stand.foundation.database.writing() as connection:
            await connection.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))
        assert (await scene.add(owner)).status == 503
        (first,) = (await owner.ask("GET", "/me/factors")).body["passkeys"]
        async with scene.stand.foundation.database.writing() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO outbox"))
        assert (await scene.add(owner)).status == 200
        async with scene.stand.foundation.database.writing() as connection:
            await connection.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))
        assert (await owner.ask("DELETE", f"/me/passkeys/{first['id']}")).status == 503
        assert len((await owner.ask("GET", "/me/factors")).body["passkeys"]) == 2


async def test_two_removals_at_once_leave_one_passkey(scene: Scene) -> None:
    async with proved(scene) as owner:
        assert (await scene.add(owner)).status == 200
        both = (await owner.ask("GET", "/me/factors")).body["passkeys"]
        answers = await asyncio.gather(
            *(owner.ask("DELETE", f"/me/passkeys/{one['id']}") for one in both),
        )
        assert sorted(answer.status for answer in answers) == [204, 409]


async def test_a_cap_that_comes_after_the_proof_holds_in_the_write(scene: Scene) -> None:
    server = scene.stand
    customer = CustomerId((await customer_of(server, "C-2041")).id)
    async with proved(scene) as owner:
        assert (await scene.add(owner)).status == 200
        async with server.foundation.database.writing() as connection:
            await cap(connection, customer, server.clock.now_ms() + CAPPED_FOR_MS, "lost")
        refused = await scene.add(owner)
        assert (refused.status, refused.body["code"]) == (409, "factors_capped")
        one = (await owner.ask("GET", "/me/factors")).body["passkeys"][0]["id"]
        assert (await owner.ask("DELETE", f"/me/passkeys/{one}")).body["code"] == "factors_capped"
    registered = [one for one in await server.events() if one.name is EventName.CUSTOMER_PASSKEY_REGISTERED]
    assert registered[-1].outcome is Outcome.FAILED
    logins, now = server.composed.services.me.logins, server.clock.now_ms()
    high, _ = logins.new(customer, Way.PASSKEY, "V2", now)
    assert not await logins.added(high), "the cap came between its being read and the row"
    low, _ = logins.new(customer, Way.PASSKEY, "V1", now)
    assert await logins.added(low)
    assert await logins.raised(low, "V2", now) is None
