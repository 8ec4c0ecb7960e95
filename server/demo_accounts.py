"""The demo's accounts, and the codes that their apps would show at a given moment."""

from dataclasses import dataclass
from typing import Literal

from server.http.shapes import DemoAccount
from verification import totp
from verification.customer_code import opened_secret
from verification.ports import AuthenticatorStore
from verification.sealing import Keyring


@dataclass(frozen=True, slots=True)
class Account:
    """`secret` is the plain TOTP secret at the start: in a demo only, where everybody may play everybody. `owner`:
    whose authenticator it is."""

    door: Literal["agent", "security", "customer"]
    name: str
    secret: bytes
    owner: str = ""
    username: str | None = None
    password: str | None = None
    reference: str | None = None
    case_reference: str | None = None


class DemoDesk:
    """`known`: as they were at the start."""

    def __init__(
        self, accounts: tuple[Account, ...], authenticators: AuthenticatorStore, keyring: Keyring
    ) -> None:
        self.known, self._authenticators, self._keyring = accounts, authenticators, keyring

    async def accounts(self, now: int) -> list[DemoAccount]:
        """With the codes that count now: whoever set something up has another app since, or none. Raises
        StoreUnavailable."""
        return [_shown(account, await self._secret(account), now) for account in self.known]

    async def _secret(self, account: Account) -> bytes | None:
        found = await self._authenticators.of_owner(account.owner)
        return None if found is None else opened_secret(self._keyring, found)


def _shown(account: Account, secret: bytes | None, now: int) -> DemoAccount:
    return DemoAccount(
        door=account.door,
        name=account.name,
        username=account.username,
        password=account.password,
        reference=account.reference,
        case_reference=account.case_reference,
        totp_code=None if secret is None else totp.code_at(secret, totp.step_at(now)),
        seconds_left=(totp.STEP_MS - now % totp.STEP_MS + 999) // 1000,
    )
