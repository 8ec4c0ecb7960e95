"""Chromium's virtual authenticator (the WebAuthn domain of its DevTools protocol) for one page."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page


@dataclass
class VirtualAuthenticator:
    """As a phone or laptop would be: discoverable credentials, unlocked by its owner."""

    devtools: CDPSession
    id: str

    async def credentials(self) -> list[dict[str, Any]]:
        found = await self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    async def unlocks(self, willing: bool) -> None:
        """Whether its owner passes the check (PIN, finger, face)."""
        arguments = {"authenticatorId": self.id, "isUserVerified": willing}
        await self.devtools.send("WebAuthn.setUserVerified", arguments)

    async def become_copy(self, credentials: list[dict[str, Any]]) -> None:
        """Of another authenticator as it was once: these credentials, and nothing else."""
        await self.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})
        for one in credentials:
            await self.devtools.send(
                "WebAuthn.addCredential", {"authenticatorId": self.id, "credential": one}
            )


async def authenticator(page: Page, *, user_verification: bool = True) -> VirtualAuthenticator:
    """Good for this page, until it is closed."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": user_verification,
        "isUserVerified": user_verification,
        "automaticPresenceSimulation": True,
    }
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return VirtualAuthenticator(devtools, made["authenticatorId"])
