"""Passkeys on a customer's own page: in by one, more proved by one, one more added; what only a fresh proof opens."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from audit.event import EventName, Outcome
from server.administration.acts import CloseCase
from server.me.settings import MeSettings
from server.storage.factor_caps import cap
from support.factor_request import CAPPED_FOR_MS
from support.identity import CustomerId
from tests.protocol.administration_ways import Way
from tests.protocol.enrolment_people import customer_of
from tests.protocol.me_people import OTHER, REFERENCE, on_own_page
from tests.protocol.own_passkeys import Scene, proved, scene_in
from tests.protocol.passkey_people import PARTY
from tests.protocol.server_people import Answered, Browser, in_verifying
from tests.protocol.server_stand import USUAL_SETTINGS, stand
from tests.soft_passkey import Credential, bytes_of
from verification.customer_login import FRESH_MS


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene_in(tmp_path) as made:
        yield made


async def test_a_passkey_alone_opens_the_page_at_v2(scene: Scene) -> None:
    async with Browser(scene.stand) as browser:
        answer = await scene.sign_in(browser)
        assert (answer.status, answer.body["reference"]) == (201, REFERENCE)
        assert (answer.body["way"], answer.body["level"]) == ("passkey", "V2")
        assert (await browser.ask("GET", "/me")).status == 200


async def test_an_answer_counts_once_in_the_browser_that_was_asked(scene: Scene) -> None:
    async with Browser(scene.stand) as browser, Browser(scene.stand) as thief:
        options = (await browser.ask("POST", "/me/passkey/options")).body
        passkey = scene.keyring.latest.assertion(bytes_of(options["challenge"]), scene.stand.url)
        await thief.ask("POST", "/me/passkey/options")
        assert (await thief.ask("POST", "/me/passkey/logins", passkey)).status == 409
        assert (await browser.ask("POST", "/me/passkey/logins", passkey)).status == 409, "it was used up"
        assert (await browser.ask("GET", "/me")).status == 401
        stranger = Credential(PARTY, b"h" * 32)
        options = (await browser.ask("POST", "/me/passkey/options")).body
        unknown = stranger.assertion(bytes_of(options["challenge"]), scene.stand.url)
        assert (await browser.ask("POST", "/me/passkey/logins", unknown)).status == 409
    reasons = [
        event.facts["reason"]
        for event in await scene.stand.events()
        if event.name is EventName.CUSTOMER_LOGIN_REFUSED
    ]
    assert len(reasons) == 3
    assert all(str(reason).startswith("passkey_") for reason in reasons)


async def test_a_proof_raises_a_sign_in_changes_its_cookie_and_is_fresh_for_ten_minutes(scene: Scene) -> None:
    async with on_own_page(scene.stand) as browser, Browser(scene.stand) as thief:
        former = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
        answer = await scene.prove(browser)
        assert (answer.status, answer.body["level"], answer.body["way"]) == (200, "V2", "handoff")
        thief.session.cookie_jar.update_cookies(former)
        assert (await thief.ask("GET", "/me")).status == 401
        assert (await browser.ask("POST", "/me/passkeys/options")).status == 200
        scene.stand.clock.shift_ms += FRESH_MS
        stale = await browser.ask("POST", "/me/passkeys/options")
        assert (stale.status, stale.body["code"]) == (409, "passkey_needed")


async def test_another_customers_passkey_proves_nothing_here(scene: Scene) -> None:
    async with on_own_page(scene.stand, OTHER) as emma:
        assert (await scene.prove(emma)).status == 409
        assert (await emma.ask("GET", "/me")).body["level"] == "V0"


async def test_a_passkey_is_added_by_a_passkey_and_never_by_less(scene: Scene) -> None:
    async with on_own_page(scene.stand) as handed, proved(scene) as browser:
        assert (await scene.add(handed)).body["code"] == "passkey_needed"
        answer = await scene.add(browser)
        assert [one["label"] for one in answer.body["passkeys"]] == ["the blue one", "the second one"]
    async with proved(scene) as browser:
        first, second = (await browser.ask("GET", "/me/factors")).body["passkeys"]
        assert (await browser.ask("DELETE", f"/me/passkeys/{first['id']}")).status == 204
        last = await browser.ask("DELETE", f"/me/passkeys/{second['id']}")
        assert (last.status, last.body["code"]) == (409, "passkey_last")
        assert (await browser.ask("DELETE", f"/me/passkeys/{first['id']}")).status == 404


async def test_factors_and_devices_are_told_to_their_owner_alone(scene: Scene) -> None:
    async with on_own_page(scene.stand) as haruto, on_own_page(scene.stand, OTHER) as emma:
        own = (await haruto.ask("GET", "/me/factors")).body
        assert [one["label"] for one in own["passkeys"]] == ["the blue one"]
        assert (own["app"], own["devices"]) == (None, [])
        app = {"state": "good", "last_used_ms": None}
        others = (await emma.ask("GET", "/me/factors")).body
        assert others == {"passkeys": [], "app": app, "devices": [], "recovery_codes_left": 0}
        assert (await emma.ask("DELETE", "/me/devices/dev_AAAAAAAAAAAAAAAAAAAAAA")).status == 404


async def test_the_demo_shows_no_code_that_does_not_count(scene: Scene) -> None:
    """The passkey took the app's place, as it would for somebody who has lost it."""
    async with Browser(scene.stand) as anybody:
        accounts = (await anybody.ask("GET", "/demo")).body
    codes = {one["reference"]: one["totp_code"] for one in accounts if one["door"] == "customer"}
    assert codes[REFERENCE] is None
    assert all(codes[other] for other in codes if other != REFERENCE)


async def test_a_copy_is_made_on_a_fresh_proof_and_put_on_record(scene: Scene) -> None:
    async with on_own_page(scene.stand) as handed, proved(scene) as browser:
        refused = await handed.ask("POST", "/me/copies", {"form": "json"})
        assert refused.body["code"] == "passkey_needed"
        copy = await downloaded(browser, "json")
        assert (copy["name"], copy["reference"]) == ("Haruto Sato", REFERENCE)
        assert {"name": "email", "value": "haruto.sato@example.com"} in copy["fields"]
        assert [case["reference"] for case in copy["cases"]] == ["C-2041"]
        assert copy["cases"][0]["reason"] == "A withdrawal has been waiting since yesterday"
        assert "customer:login:started" in {entry["name"] for entry in copy["entries"]}
        assert "Emma" not in json.dumps(copy)
        page = await text_of(browser, "html")
        assert "Haruto Sato" in page
        assert "<script" not in page
        for _ in range(2):
            await browser.ask("POST", "/me/copies", {"form": "json"})
        assert (await browser.ask("POST", "/me/copies", {"form": "json"})).body["code"] == "copies_used_up"
    issued = [event for event in await scene.stand.events() if event.name is EventName.CUSTOMER_COPY_ISSUED]
    assert [event.outcome for event in issued] == [Outcome.INTENT, Outcome.DONE] * 4


async def test_where_it_cannot_be_recorded_no_copy_leaves(scene: Scene) -> None:
    async with proved(scene) as browser:
        scene.stand.disk.full = True
        assert (await browser.ask("POST", "/me/copies", {"form": "json"})).status == 503


async def test_an_erasure_is_asked_for_on_a_fresh_proof_and_taken_back(scene: Scene) -> None:
    async with on_own_page(scene.stand) as handed, proved(scene) as browser:
        assert (await handed.ask("POST", "/me/erasure")).body["code"] == "passkey_needed"
        assert (await browser.ask("POST", "/me/erasure")).body["code"] == "erasure_in_contact"
        await Way(scene.stand.foundation.log_folder.parent, scene.stand).do(CloseCase(reference="C-2041"))
        answer = await browser.ask("POST", "/me/erasure")
        assert answer.status == 200, answer.body
        assert answer.body["asked"]["approved"] is False
        assert (await browser.ask("POST", "/me/erasure")).body["code"] == "erasure_asked"
        assert (await handed.ask("GET", "/me/erasure")).body == answer.body
        assert (await handed.ask("DELETE", "/me/erasure")).status == 204
        assert (await handed.ask("GET", "/me/erasure")).body == {"asked": None}
        assert (await handed.ask("DELETE", "/me/erasure")).status == 404
    names = [event.name for event in await scene.stand.events()]
    assert EventName.CUSTOMER_ERASURE_REQUESTED in names
    assert EventName.CUSTOMER_ERASURE_WITHDRAWN in names


async def downloaded(browser: Browser, form: str) -> dict[str, Any]:
    return dict(json.loads(await text_of(browser, form)))


async def text_of(browser: Browser, form: str) -> str:
    async with browser.session.post(
        f"{browser.stand.url}/api/v1/me/copies", json={"form": form}, headers={"Origin": browser.stand.url}
    ) as response:
        assert response.status == 200, await response.text()
        assert f'filename="my-data.{form}"' in response.headers["Content-Disposition"]
        return await response.text()


async def test_where_the_settings_ask_for_it_a_code_follows_the_hand_off(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(USUAL_SETTINGS, me=MeSettings(ask_code=True))
    async with stand(tmp_path, settings=settings) as server, on_own_page(server) as browser:
        refused = await browser.ask("GET", "/me/history")
        assert (refused.status, refused.body["code"]) == (409, "proof_needed")
        assert (await browser.ask("GET", "/me/receipts/0")).body["code"] == "proof_needed"
        assert (await browser.ask("GET", "/me/contact")).status == 200
        async with in_verifying(server) as share:
            seen = await type_code(browser, server.fresh_code(REFERENCE))
            assert seen.body["code"] == "in_session", "the agent may be looking"
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.customer_socket.view("ended")
        code = server.fresh_code(REFERENCE)
        assert (await type_code(browser, code)).body["level"] == "V1"
        assert (await browser.ask("GET", "/me/history")).status == 200
        assert (await browser.ask("POST", "/me/passkeys/options")).body["code"] == "passkey_needed"
        again = [await type_code(browser, code) for _ in range(5)]
        assert [answer.status for answer in again] == [409] * 4 + [401], "the sixth try ends the sign-in"
        assert (await browser.ask("GET", "/me")).status == 401


async def type_code(browser: Browser, code: str) -> Answered:
    return await browser.ask("POST", "/me/logins/current/code", {"code": code})


async def test_for_a_week_after_a_loss_a_passkey_opens_the_page_and_changes_nothing(scene: Scene) -> None:
    server = scene.stand
    owner = await customer_of(server, "C-2041")
    async with server.foundation.database.writing() as connection:
        await cap(connection, CustomerId(owner.id), server.clock.now_ms() + CAPPED_FOR_MS, "lost")
    async with Browser(server) as browser:
        assert (await scene.sign_in(browser)).status == 201
        assert (await browser.ask("GET", "/me")).body["level"] == "V1"
        refused = await scene.prove(browser)
        assert (refused.status, refused.body["code"]) == (409, "factors_capped")
        assert (await scene.add(browser)).body["code"] == "passkey_needed"
        server.clock.shift_ms += CAPPED_FOR_MS
        assert (await scene.sign_in(browser)).status == 201
        assert (await scene.add(browser)).status == 200
