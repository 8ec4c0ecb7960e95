"""The people of a session, each at a real page in a real browser. They do what a person would and see what one sees."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import pyotp
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

WITHIN_MS = 30_000
NEXT_CODE_WITHIN_S = 40
PATTERN_TITLE = "Tachiai test pattern"
PATTERN = (255, 0, 160)  # the customer's tab, as red, green, blue
NEAR = 60
NOT_OURS = (
    "Unrecognized feature: 'bluetooth'",  # this Chromium is built without Web Bluetooth; others are not
    "camera is not allowed",  # the browser asks itself whether a connection may tell local addresses: it may not
)
DARK = 40
SMALL: ViewportSize = {"width": 800, "height": 600}  # what is captured is encoded on this machine too

# Samples what the agent can see, 25 times a second: the middle of the video, and whether the page covers it.
EYE = """() => {
  const video = document.querySelector('#picture');
  const curtain = document.querySelector('#curtain');
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 4;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  window.tachiaiEye = [];
  setInterval(() => {
    let pixel = [0, 0, 0];
    if (video.srcObject && video.videoWidth > 0) {
      context.drawImage(video, video.videoWidth / 2 - 2, video.videoHeight / 2 - 2, 4, 4, 0, 0, 4, 4);
      pixel = [...context.getImageData(1, 1, 1, 1).data].slice(0, 3);
    }
    const covered = curtain.getClientRects().length > 0;
    const shown = video.getClientRects().length > 0;
    window.tachiaiEye.push({ at: Date.now(), video: pixel, seen: covered || !shown ? [0, 0, 0] : pixel });
    if (window.tachiaiEye.length > 5000) window.tachiaiEye.shift();
  }, 40);
}"""


CLICK_WATCH = """() => document.addEventListener('click', () => { window.tachiaiClickedAt = Date.now(); },
  { capture: true, once: true })"""

P = TypeVar("P", bound="Person")


class Server(Protocol):
    """`ready` has the accounts of a demo, by role; elsewhere a test brings what its people know."""

    @property
    def url(self) -> str: ...

    @property
    def ready(self) -> dict[str, Any]: ...


class Person:
    def __init__(self, server: Server, context: BrowserContext, page: Page) -> None:
        self.server = server
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self._heard("error", str(error)))
        page.set_default_timeout(WITHIN_MS)

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(known in text for known in NOT_OURS):
            self.complaints.append(text)

    async def sign_in(self, door: str, account: dict[str, str]) -> None:
        """Without the form, for whoever tests what comes after it."""
        await signed_in(self.server, self.context, door, account)
        await self.page.goto(f"{self.server.url}/{door}")

    async def sign_in_by_form(self, door: str, account: dict[str, str]) -> None:
        await self.page.goto(f"{self.server.url}/{door}/sign-in")
        await self.page.fill("input[name=username]", account["username"])
        await self.page.fill("input[name=password]", account["password"])
        await self.page.fill("input[name=code]", code_of(account["totp_secret"]))
        await self.page.click("form button[type=submit]:has-text('Sign in')")
        await self.page.wait_for_url(f"{self.server.url}/{door}")

    async def press(self, selector: str) -> float:
        """Click, and say when the page got the click (Date.now): finding the button is not the product's time."""
        await self.page.wait_for_selector(selector)
        await self.page.evaluate(CLICK_WATCH)
        await self.page.click(selector)
        pressed_at: float = await self.page.evaluate("() => window.tachiaiClickedAt")
        return pressed_at

    async def api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """What this person's page can ask of the server, with its cookies, as the page itself would."""
        script = """async ([method, path, body]) => {
          const answer = await fetch('/api/v1' + path, { method, headers: { 'Content-Type': 'application/json' },
            body: body === null ? undefined : JSON.stringify(body) });
          const text = await answer.text();
          return { status: answer.status, body: text ? JSON.parse(text) : null };
        }"""
        answer: dict[str, Any] = await self.page.evaluate(script, [method, path, body])
        return answer


class Agent(Person):
    async def arrive(self) -> None:
        await self.sign_in("agent", self.server.ready["agent"])

    async def open_session(self, reference: str) -> tuple[str, str]:
        """The invitation's link and spoken code."""
        await self.page.click(f"tr:has-text('{reference}') button, li:has-text('{reference}') button")
        await self.page.wait_for_selector("#invite-link")
        link = await self.page.input_value("#invite-link")
        code = await self.page.inner_text(".spoken-code")
        return link, "".join(code.split())

    @property
    def session(self) -> str:
        return self.page.url.rsplit("/", 1)[-1]

    async def watch(self) -> None:
        await self.page.wait_for_selector("#picture", state="visible")
        await self.page.evaluate(EYE)

    async def sees_pattern(self) -> None:
        """The customer's tab is on the agent's screen."""
        await self._until(lambda seen: near(seen, PATTERN), "the agent never saw the customer's tab")

    async def sees(self, colour: tuple[int, int, int]) -> None:
        """Something of this colour is in the middle of the picture."""
        await self._until(lambda seen: near(seen, colour), f"the agent never saw {colour}")

    async def sees_dark(self) -> None:
        await self._until(dark, "the agent's screen did not go dark")

    async def ended_with(self, sentence: str) -> None:
        await self.page.wait_for_selector(f".ended-card:has-text('{sentence}')")

    async def samples(self) -> list[dict[str, Any]]:
        samples: list[dict[str, Any]] = await self.page.evaluate("() => window.tachiaiEye")
        return samples

    async def dark_after(self, since_ms: float) -> float:
        """Milliseconds from `since_ms` (Date.now) to the last moment the tab could be seen, plus one sample."""
        await asyncio.sleep(1.5)  # what is asserted is the absence of a picture during this time
        samples = [s for s in await self.samples() if s["at"] >= since_ms]
        assert len(samples) > 10, "nobody was looking"
        lit = [s["at"] for s in samples if not dark(s["seen"])]
        return max(lit) + 40 - since_ms if lit else 0.0

    async def _until(self, holds: Callable[[list[int]], bool], complaint: str) -> None:
        deadline = time.monotonic() + WITHIN_MS / 1000
        last: list[int] = []
        while time.monotonic() < deadline:
            samples = await self.samples()
            if samples and holds(last := samples[-1]["seen"]):
                return
            await asyncio.sleep(0.04)
        raise AssertionError(f"{complaint}; last pixel {last}; page said {self.complaints}")


class Customer(Person):
    typed = ""  # the code typed last: it works once

    async def main_action(self) -> None:
        await self.page.click("#screen .button-main")

    async def open_link(self, link: str) -> None:
        await self.page.goto(link)
        await self.main_action()
        await self.page.wait_for_selector(".badge")

    async def type_join_code(self, code: str) -> None:
        await self.page.goto(f"{self.server.url}/join")
        await self.page.fill("#join-code", code)
        await self.main_action()
        await self.page.wait_for_selector(".badge")

    async def accept_badge(self) -> None:
        await self.main_action()
        await self.page.wait_for_selector("#code")

    async def type_code(self, code: str | None = None) -> None:
        self.typed = code or code_of(self.server.ready["customer"]["totp_secret"])
        await self.page.fill("#code", self.typed)
        await self.main_action()

    async def type_fresh_code(self) -> None:
        """The app's next one."""
        secret = self.server.ready["customer"]["totp_secret"]
        async with asyncio.timeout(NEXT_CODE_WITHIN_S):
            while (code := code_of(secret)) == self.typed:  # noqa: ASYNC110  (a clock is no event)
                await asyncio.sleep(0.2)
        await self.type_code(code)

    async def consent(self, *, surface: str = "tab", seconds: int = 300, extras: Sequence[str] = ()) -> None:
        await self.page.check(f"#surface-{surface}")
        for extra in extras:
            await self.page.check(f"#extra-{extra}")
        await self.page.check(f"#duration-{seconds * 1_000}")
        await self.main_action()
        await self.page.wait_for_selector("#screen h1:has-text('show')")

    async def share(self) -> None:
        """The browser's picker chooses by itself, as the test's browser was told to."""
        await self.main_action()
        await self.page.wait_for_selector(".share-bar-live")

    async def reach_sharing(self, link: str, *, seconds: int = 300, extras: Sequence[str] = ()) -> None:
        await self.open_link(link)
        await self.accept_badge()
        await self.type_code()
        await self.page.wait_for_selector("#consent-wording")
        await self.consent(seconds=seconds, extras=extras)
        await self.share()

    async def heading(self) -> str:
        return await self.page.inner_text("#screen h1")


class Officer(Person):
    async def arrive(self) -> None:
        await self.sign_in("security", self.server.ready["officer"])


async def signed_in(server: Server, context: BrowserContext, door: str, account: dict[str, str]) -> None:
    """All pages of this context are this account's from now on."""
    given = {name: account[name] for name in ("username", "password")}
    given |= {"door": door, "code": code_of(account["totp_secret"])}
    answer = await context.request.post(
        f"{server.url}/api/v1/logins", data=given, headers={"Origin": server.url}
    )
    assert answer.status == 201, await answer.text()


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).now()


def now_ms() -> float:
    return time.time() * 1000  # noqa: TID251  (compared with the page's own wall clock)


def near(pixel: list[int], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= NEAR for a, b in zip(pixel, colour, strict=True))


def dark(pixel: list[int]) -> bool:
    return max(pixel) <= DARK


async def pattern_tab(context: BrowserContext) -> Page:
    """A tab worth sharing: one colour, and something that moves, so that there are frames."""
    page = await context.new_page()
    await page.set_content(
        f"<title>{PATTERN_TITLE}</title><style>body{{margin:0;background:rgb{PATTERN};height:100vh}}"
        "div{width:40px;height:40px;background:#fff;animation:a 1s steps(10) infinite}"
        "@keyframes a{to{transform:translateX(400px)}}</style><div></div>"
    )
    return page


async def person(kind: type[P], server: Server, browser: Browser, **options: Any) -> P:
    context = await browser.new_context(locale="en-GB", viewport=SMALL, **options)
    return kind(server, context, await context.new_page())
