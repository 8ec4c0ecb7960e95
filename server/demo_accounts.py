"""The demo's accounts, and the codes that their apps would show at a given moment."""

from dataclasses import dataclass
from typing import Literal

from server.http.shapes import DemoAccount
from verification import totp


@dataclass(frozen=True, slots=True)
class Account:
    """`secret` is the plain TOTP secret: in a demo only, where everybody may play everybody."""

    door: Literal["agent", "security", "customer"]
    name: str
    secret: bytes
    username: str | None = None
    password: str | None = None
    reference: str | None = None
    case_reference: str | None = None


class DemoDesk:
    def __init__(self, accounts: tuple[Account, ...]) -> None:
        self.known = accounts

    def accounts(self, now: int) -> list[DemoAccount]:
        return [_shown(account, now) for account in self.known]


def _shown(account: Account, now: int) -> DemoAccount:
    return DemoAccount(
        door=account.door,
        name=account.name,
        username=account.username,
        password=account.password,
        reference=account.reference,
        case_reference=account.case_reference,
        totp_code=totp.code_at(account.secret, totp.step_at(now)),
        seconds_left=(totp.STEP_MS - now % totp.STEP_MS + 999) // 1000,
    )
