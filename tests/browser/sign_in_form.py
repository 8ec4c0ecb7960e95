"""Staff sign in by the form, at a server that runs in the test itself."""

from playwright.async_api import Page

from tests.protocol.server_stand import PASSWORDS, Stand


async def signed_in(page: Page, server: Stand, door: str, account: str) -> None:
    """Until their own first page is there. `door` is "agent" or "security"."""
    await page.goto(f"{server.url}/{door}/sign-in")
    await page.fill("input[name=username]", account)
    await page.fill("input[name=password]", PASSWORDS[account])
    await page.click("button[type=submit]")
    await page.fill("input[name=code]", server.fresh_code(account))
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{server.url}/{door}")
