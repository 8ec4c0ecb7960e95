"""The enrolment's page in a real browser: against a real server from the link to the first sign-in, and, scripted,
every way in which a link opens nothing."""

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from server.enrolments import IssuedLink
from server.keys import open_or_create
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import PagesStage, set_up
from tests.protocol.enrolment_people import NEW_AGENT, PASSWORD, customer_of, hire, link_for
from tests.protocol.server_stand import Stand, stand
from verification import totp
from verification.customer_code import CodeVerified, CustomerCodeVerifier
from verification.guesses import Guesses

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
SECRET = {
    "key": "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT",
    "uri": "otpauth://totp/Hinode:r.abe?secret=AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT&issuer=Hinode",
    "qr_svg": '<svg width="29" height="29"><path stroke="#000" d="M4 4.5h7m1 0h2"/></svg>',
}
ENROLMENT: dict[str, Any] = {
    "stage": "password",
    "kind": "staff",
    "name": "Rin Abe",
    "username": "r.abe",
    "door": "agent",
    "expires_at_ms": 1_800_000_000_000,
}
PHONE: dict[str, Any] = {
    "locale": "ja-JP",
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}
CLOSED = {
    "enrolment_unknown": "does not open anything",
    "enrolment_used": "has been used",
    "enrolment_withdrawn": "was taken back",
    "enrolment_expired": "too old",
    "enrolment_other_browser": "open in another browser",
    "enrolment_staff_browser": "for a customer",
}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers["POST /enrolment/secret"] = SECRET
        yield stage


async def heading(page: Page, words: str) -> None:
    await page.wait_for_selector(f"#screen h1:has-text('{words}')")


async def key_of(page: Page) -> bytes:
    """The key as somebody would copy it by hand."""
    await page.click("summary")
    return base64.b32decode(re.sub(r"\s", "", await page.inner_text("#enrol-key")))


def code_now(server: Stand, secret: bytes) -> str:
    return totp.code_at(secret, totp.step_at(server.clock.now_ms()))


async def reach_the_app(page: Page, link: IssuedLink) -> bytes:
    """Staff: from the link to the key."""
    await page.goto(link.url)
    await page.click("#screen .button-main")
    await heading(page, "Choose a password")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await heading(page, "Add us to your authenticator app")
    return await key_of(page)


async def confirm(page: Page, code: str) -> None:
    await page.fill("#enrol-code", code)
    await page.keyboard.press("Enter")


async def test_a_new_agent_goes_from_the_link_to_their_desk_and_a_reload_changes_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    async with stand(tmp_path) as server, await browser.new_context(locale="en-GB") as context:
        page = await context.new_page()
        secret = await reach_the_app(page, await link_for(server, await hire(server)))
        await page.reload()
        await heading(page, "Type the code from your app")
        assert await page.locator("#enrol-key, .qr").count() == 0
        await confirm(page, code_now(server, secret))
        await heading(page, "Done")
        await page.click("#screen .button-main")
        server.clock.shift_ms += totp.STEP_MS
        fields = {"username": NEW_AGENT.username, "password": PASSWORD, "code": code_now(server, secret)}
        for name, value in fields.items():
            await page.fill(f"#{name}", value)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{server.url}/agent")


async def test_a_second_browser_is_refused_and_a_weak_password_too(browser: Browser, tmp_path: Path) -> None:
    async with (
        stand(tmp_path) as server,
        await browser.new_context(locale="en-GB") as one,
        await browser.new_context(locale="en-GB") as two,
    ):
        page, other = await one.new_page(), await two.new_page()
        link = await link_for(server, await hire(server))
        for opened in (page, other):
            await opened.goto(link.url)
            assert opened.url == f"{server.url}/enrol"
            await opened.click("#screen .button-main")
            await opened.wait_for_selector("#screen h1:not(:has-text('Set up'))")
        await heading(other, "open in another browser")
        await page.fill("#password", "password1234")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#password-error:has-text('easily guessed')")
        await page.click("text=Show the password")
        assert await page.get_attribute("#password", "type") == "text"
        assert await page.input_value("#password") == "password1234"


async def test_a_customer_on_a_phone_confirms_an_app_whose_next_code_verifies_them(
    browser: Browser, tmp_path: Path
) -> None:
    async with stand(tmp_path) as server, await browser.new_context(**PHONE) as context:
        subject = await customer_of(server)
        page = await context.new_page()
        await page.goto((await link_for(server, subject)).url)
        await page.tap("#screen .button-main")
        await heading(page, "認証アプリに追加")
        address = await page.get_attribute(".enrol-on-phone a", "href")
        secret = await key_of(page)
        assert address is not None
        assert f"secret={totp.in_base32(secret)}" in address
        await confirm(page, "０００ ０００")
        await page.wait_for_selector("[role=alert]:has-text('一致しません')")
        await confirm(page, code_now(server, secret))
        await heading(page, "最後の手順：リカバリーコード")
        await page.reload()
        await heading(page, "最後の手順：リカバリーコード")
        await page.tap("text=リカバリーコードを表示する")
        await heading(page, "お客さまのリカバリーコード")
        shown = await page.locator("#recovery-codes li").all_inner_texts()
        assert [len(code.strip()) for code in shown] == [19] * 10
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        await page.tap("text=保管しました")
        await heading(page, "設定が完了しました")
        assert await page.locator("a[href*='sign-in']").count() == 0
        assert await verified(server, tmp_path, subject.id, secret)


async def verified(server: Stand, folder: Path, customer: str, secret: bytes) -> bool:
    """By the app's next code, as in a session."""
    server.clock.shift_ms += totp.STEP_MS
    stores = server.foundation.stores
    keyring = open_or_create(folder / "keys").authenticators.keyring()
    verifier = CustomerCodeVerifier(
        stores.authenticators, Guesses(stores.attempts, stores.known_devices), keyring
    )
    now, code = server.clock.now_ms(), code_now(server, secret)
    judged = await verifier.verify(customer=customer, session="ses_x", device="d", code=code, now_ms=now)
    return isinstance(judged, CodeVerified)


async def test_the_link_is_claimed_only_by_the_click_and_survives_a_change_of_language(
    stage: PagesStage,
) -> None:
    stage.script.answers["POST /enrolment/claim"] = (201, ENROLMENT)
    await stage.page.goto(f"{stage.url}/enrol#{TOKEN}")
    await stage.page.click("a[data-language][lang=ja]")
    await stage.page.wait_for_selector("html[lang=ja] #screen .button-main")
    assert "#" not in stage.page.url
    assert stage.script.posted == []
    await stage.page.click("#screen .button-main")
    await heading(stage.page, "パスワードを決めてください")
    assert stage.script.posted == [("/enrolment/claim", {"token": TOKEN})]
    await stage.page.click("a[data-language][lang=en]")
    await stage.page.wait_for_selector("html[lang=en]")
    assert len(stage.script.posted) == 1


@pytest.mark.parametrize(("code", "words"), CLOSED.items())
async def test_a_link_that_opens_nothing_says_why_and_what_to_do(
    stage: PagesStage, code: str, words: str
) -> None:
    stage.script.answers["POST /enrolment/claim"] = (410, {"code": code, "detail": "", "status": 410})
    await stage.page.goto(f"{stage.url}/enrol#{TOKEN}")
    await stage.page.click("#screen .button-main")
    await heading(stage.page, words)
    assert await stage.page.evaluate("() => document.activeElement.matches('#screen h1')")
    assert "Nothing was changed" in await stage.page.inner_text("#screen")
    assert await stage.page.locator("#screen .button-main").count() == 0
    assert words in await stage.page.inner_text("#live-region")


async def test_without_a_link_the_page_says_what_to_open(stage: PagesStage) -> None:
    answer = (404, {"code": "enrolment_not_open", "detail": "", "status": 404})
    stage.script.answers["GET /enrolment"] = answer
    await stage.page.goto(f"{stage.url}/enrol#mangled")
    await heading(stage.page, "No link is open here")
    assert "#" not in stage.page.url


async def test_a_server_out_of_reach_leaves_what_is_there_and_is_tried_again(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/enrol#{TOKEN}")
    await stage.page.wait_for_selector("#screen .button-main")
    await stage.context.set_offline(True)
    await stage.page.click("#screen .button-main")
    await stage.page.wait_for_selector("#screen [role=alert]:not([hidden])")
    await stage.context.set_offline(False)
    stage.script.answers["POST /enrolment/claim"] = (201, ENROLMENT)
    await stage.page.click("#screen .button-main")
    await heading(stage.page, "Choose a password")


async def test_a_short_password_is_found_in_the_page_and_a_new_key_replaces_a_lost_one(
    stage: PagesStage,
) -> None:
    stage.script.answers["GET /enrolment"] = ENROLMENT
    await stage.page.goto(f"{stage.url}/enrol")
    await stage.page.fill("#password", "too short")
    await stage.page.keyboard.press("Enter")
    await stage.page.wait_for_selector("#password-error:has-text('12 characters')")
    assert stage.script.posted == []
    stage.script.answers["GET /enrolment"] = {**ENROLMENT, "stage": "code"}
    await stage.page.reload()
    await stage.page.click("text=Show a new key")
    await heading(stage.page, "Add us to your authenticator app")
    assert await key_of(stage.page) == bytes(range(20))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen_can_be_read_and_pressed_on_a_small_phone(browser: Browser, scheme: str) -> None:
    async with set_up(browser, color_scheme=scheme, **PHONE) as stage:
        stage.script.answers["POST /enrolment/secret"] = SECRET
        await stage.page.goto(f"{stage.url}/enrol#{TOKEN}")
        await stage.page.wait_for_selector("#screen h1")
        await judge(stage.page, "continue")
        for kind in ("staff", "customer"):
            for step in ("password", "authenticator", "code", "done"):
                stage.script.answers["GET /enrolment"] = {**ENROLMENT, "stage": step, "kind": kind}
                await stage.page.goto(f"{stage.url}/enrol")
                await stage.page.wait_for_selector("#screen h1")
                for summary in await stage.page.query_selector_all("summary"):
                    await summary.click()
                await judge(stage.page, f"{kind} {step}")


async def judge(page: Page, screen: str) -> None:
    found = await page.evaluate(MEASURE)
    assert not found["wide"], screen
    assert found["mains"] <= 1, screen
    assert [text for text in found["texts"] if text["size"] < 18] == [], screen
    assert [text for text in found["texts"] if text["contrast"] < 4.5] == [], screen
    assert [one for one in found["targets"] if one["height"] < 44 or one["width"] < 44] == [], screen
