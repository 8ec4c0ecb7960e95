"""Codes on a customer's own page: ten new recovery codes, and an app whose clock went off. Both ask for a passkey."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.storage.factor_caps import cap
from support.factor_request import CAPPED_FOR_MS
from support.identity import CustomerId
from tests.protocol.enrolment_people import customer_of, link_for
from tests.protocol.factor_people import cancel_token, cancels, mails
from tests.protocol.me_people import on_own_page
from tests.protocol.own_passkeys import Scene, proved
from tests.protocol.passkey_people import PasskeyNewcomer
from tests.protocol.server_people import Browser, in_verifying
from tests.protocol.server_stand import stand
from verification import totp

CODES, CLOCK = "/me/recovery-codes", "/me/app/resynchronisation"
AHEAD = 7


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """With an app and a passkey beside it."""
    async with stand(tmp_path) as server:
        found = Scene(server)
        async with PasskeyNewcomer(server, found.keyring) as newcomer:
            await newcomer.claim(await link_for(server, await customer_of(server)))
            await newcomer.scan()
            assert (await newcomer.confirm()).status == 200
            assert (await newcomer.add_passkey()).status == 200
            found.secret = newcomer.secret
        yield found


def pair_at(scene: Scene, step: int) -> dict[str, str]:
    return {
        "first_code": totp.code_at(scene.secret, step - 1),
        "second_code": totp.code_at(scene.secret, step),
    }


async def test_ten_new_codes_are_shown_once_void_the_former_and_are_told_by_mail(scene: Scene) -> None:
    async with proved(scene) as owner:
        assert (await owner.ask("GET", "/me/factors")).body["recovery_codes_left"] == 0
        former = (await owner.ask("POST", CODES)).body["recovery_codes"]
        made = await owner.ask("POST", CODES)
        codes = made.body["recovery_codes"]
        assert (made.status, made.headers["Cache-Control"]) == (200, "no-store")
        assert len(set(codes)) == 10
        assert not set(codes) & set(former)
        factors = (await owner.ask("GET", "/me/factors")).body
        assert factors["recovery_codes_left"] == 10
        assert not any(code in json.dumps(factors) for code in codes)
    async with in_verifying(scene.stand) as share:
        body = {"code": former[0].replace("-", ""), "method": "recovery_code"}
        refused = await share.customer.ask("POST", "/customer/session/verification", body)
        assert refused.body["outcome"] == "refused"
        body["code"] = codes[0].replace("-", "")
        good = await share.customer.ask("POST", "/customer/session/verification", body)
        assert (good.body["outcome"], good.body["recovery_codes_left"]) == ("verified", 9)
    assert len(await mails(scene.stand, "recovery_codes_made")) == 2
    events = [one for one in await scene.stand.events() if one.name is EventName.CUSTOMER_RECOVERY_CODES_MADE]
    assert [one.outcome for one in events] == [Outcome.INTENT, Outcome.DONE] * 2
    assert str(events[0].facts["login"]).startswith("clg_")


async def test_the_mail_about_new_codes_holds_a_link_that_stops_them(scene: Scene) -> None:
    server, customer = scene.stand, CustomerId((await customer_of(scene.stand)).id)
    async with proved(scene) as thief:
        assert (await thief.ask("POST", CODES)).status == 200
        assert (
            await cancels(server, cancel_token((await mails(server, "recovery_codes_made"))[-1])) == "stopped"
        )
        assert (await thief.ask("GET", "/me")).status == 401
    assert await server.foundation.stores.recovery_codes.remaining(customer) == 0
    assert len(await mails(server, "recovery_codes_stopped")) == 1
    async with proved(scene) as owner:
        factors = (await owner.ask("GET", "/me/factors")).body
        assert (factors["app"]["state"], len(factors["passkeys"])) == ("good", 1), (
            "what was there before stays"
        )


async def test_a_code_does_not_lower_what_a_passkey_proved(scene: Scene) -> None:
    async with proved(scene) as owner:
        scene.stand.clock.shift_ms += 2 * totp.STEP_MS
        code = totp.code_at(scene.secret, totp.step_at(scene.stand.clock.now_ms()))
        typed = await owner.ask("POST", "/me/logins/current/code", {"code": code})
        assert (typed.status, typed.body["level"]) == (200, "V2")
        assert (await owner.ask("POST", CODES)).status == 200


async def test_a_hand_off_alone_gets_no_codes_and_moves_no_clock(scene: Scene) -> None:
    pair = pair_at(scene, totp.step_at(scene.stand.clock.now_ms()) + AHEAD)
    async with on_own_page(scene.stand) as handed:
        assert (await handed.ask("POST", CODES)).body["code"] == "passkey_needed"
        assert (await handed.ask("POST", CLOCK, pair)).body["code"] == "passkey_needed"
    async with Browser(scene.stand) as stranger:
        assert (await stranger.ask("POST", CODES)).status == 401


async def test_nothing_is_shown_or_typed_while_an_agent_may_be_looking(scene: Scene) -> None:
    pair = pair_at(scene, totp.step_at(scene.stand.clock.now_ms()) + AHEAD)
    async with proved(scene) as owner, in_verifying(scene.stand):
        assert (await owner.ask("POST", CODES)).body["code"] == "codes_in_session"
        assert (await owner.ask("POST", CLOCK, pair)).body["code"] == "codes_in_session"


async def test_codes_are_made_five_times_a_day_and_no_more_under_a_cap(scene: Scene) -> None:
    server = scene.stand
    customer = CustomerId((await customer_of(server)).id)
    async with proved(scene) as owner:
        for _ in range(4):
            assert (await owner.ask("POST", CODES)).status == 200
        async with server.foundation.database.writing() as connection:
            await cap(connection, customer, server.clock.now_ms() + CAPPED_FOR_MS, "lost")
        assert (await owner.ask("POST", CODES)).body["code"] == "factors_capped"
        used_up = await owner.ask("POST", CODES)
        assert (used_up.status, used_up.body["code"]) == (429, "recovery_codes_used_up")
        pair = pair_at(scene, totp.step_at(server.clock.now_ms()) + AHEAD)
        assert (await owner.ask("POST", CLOCK, pair)).body["code"] == "factors_capped"
    assert await server.foundation.stores.recovery_codes.remaining(customer) == 10
    made = [one for one in await server.events() if one.name is EventName.CUSTOMER_RECOVERY_CODES_MADE]
    assert made[-1].outcome is Outcome.FAILED


async def test_the_demo_shows_the_code_that_counts_after_an_app_was_set_up_anew(scene: Scene) -> None:
    async with Browser(scene.stand) as anybody:
        accounts = (await anybody.ask("GET", "/demo")).body
    (shown,) = [one["totp_code"] for one in accounts if one["reference"] == "K-30518"]
    step = totp.step_at(scene.stand.clock.now_ms())
    assert shown in {totp.code_at(scene.secret, step), totp.code_at(scene.secret, step - 1)}


async def test_two_codes_in_a_row_find_the_clock_and_are_used(scene: Scene) -> None:
    server = scene.stand
    async with proved(scene) as owner:
        pair = pair_at(scene, totp.step_at(server.clock.now_ms()) + AHEAD)
        swapped = {"first_code": pair["second_code"], "second_code": pair["first_code"]}
        assert (await owner.ask("POST", CLOCK, swapped)).body == {"outcome": "refused"}
        full_width = {"first_code": "１２３４５６", "second_code": "１２３４５７"}
        assert (await owner.ask("POST", CLOCK, full_width)).body == {"outcome": "refused"}
        assert (await owner.ask("POST", CLOCK, pair)).body == {"outcome": "found"}
        assert (await owner.ask("POST", CLOCK, pair)).body == {"outcome": "refused"}, "each works once"
        server.clock.shift_ms += totp.STEP_MS
        code = totp.code_at(scene.secret, totp.step_at(server.clock.now_ms()) + AHEAD)
        answer = await owner.ask("POST", "/me/logins/current/code", {"code": code})
        assert answer.status == 200, answer.body
    name = EventName.CUSTOMER_AUTHENTICATOR_RESYNCHRONISED
    outcomes = [one.outcome for one in await server.events() if one.name is name]
    assert outcomes == [Outcome.REFUSED] * 2 + [Outcome.INTENT, Outcome.DONE, Outcome.INTENT, Outcome.FAILED]
