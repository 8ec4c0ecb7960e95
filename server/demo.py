"""The demo's data: a marked folder, invented people, and what is prepared anew at each start."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.event import EventName
from audit.ports import AuditWriter
from server.demo_accounts import Account, DemoDesk
from server.foundation import system_event
from server.identity import new_id
from server.keys import Keys
from server.places import DEMO_MARK
from server.storage.stores import Stores
from support.case import Case, CaseState, Origin
from support.case_rule import LIVE_FOR_MS
from support.customer import Customer, CustomerField
from support.identity import CaseId, CustomerId, StaffId
from support.masking import FieldKind
from support.reset import OFFICERS
from support.staff import Role, Staff
from verification import totp
from verification.authenticator import Authenticator
from verification.passwords import Passwords
from verification.sealing import SealContext

ORIGIN: Final = "tachiai-demo"
ORGANISATION: Final = "Kaede Exchange"
_WARNING: Final = """This folder holds the data of a Tachiai DEMO.

The people in it are invented, their passwords are public, and the keys lie beside the data that they protect.
Never put real data here. Delete the folder to start over.
"""


class DemoRefused(Exception):
    """The folder is no demo's. The message says what to do."""


@dataclass(frozen=True, slots=True)
class SeedStaff:
    username: str
    password: str
    name: str
    number: str
    team: str
    role: Role


@dataclass(frozen=True, slots=True)
class SeedCustomer:
    """`agent` is the username to whom their case is assigned; `live` False: nobody was active in it today."""

    reference: str
    name: str
    email: str
    phone: str
    last_transfer: str
    payout_account: str
    case_reference: str
    reason: str
    origin: Origin
    agent: str
    live: bool = True


STAFF: Final = (
    SeedStaff("agent", "maple harbour lantern 42", "Aiko Mori", "A-104", "Customer help", Role.AGENT),
    SeedStaff("agent2", "willow copper station 58", "Ben Carter", "A-117", "Customer help", Role.SUPERVISOR),
    SeedStaff("officer", "granite morning ferry 73", "Chie Tanaka", "S-012", "Security", Role.ADMIN),
)
# For what two officers decide. Signed in where the first one is not: a browser holds one officer's cookie.
SECOND_OFFICER: Final = SeedStaff(
    "officer2", "amber quiet orchard 91", "Dana Novak", "S-019", "Security", Role.SECURITY
)
EVERYBODY: Final = (*STAFF, SECOND_OFFICER)
CUSTOMERS: Final = (
    SeedCustomer(
        "K-30518",
        "Haruto Sato",
        "haruto.sato@example.com",
        "+81 3-5555-0142",
        "2026-11-20 · 120,000 JPY",
        "0000-555-0142733",
        "C-2041",
        "A withdrawal has been waiting since yesterday",
        Origin.CUSTOMER,
        "agent",
    ),
    SeedCustomer(
        "K-30877",
        "Emma Wilson",
        "emma.wilson@example.com",
        "+44 20 5555 0187",
        "2026-11-18 · 0.35 ETH",
        "GB00 TEST 5550 1870 0042 19",
        "C-2056",
        "Cannot find the address book for transfers",
        Origin.SYSTEM,
        "agent2",
    ),
    SeedCustomer(
        "K-31204",
        "Lucas Meyer",
        "lucas.meyer@example.com",
        "+49 30 5555 0119",
        "2026-10-02 · 900 EUR",
        "DE00 5550 1190 0000 0073 31",
        "C-1987",
        "Asked for a yearly statement",
        Origin.CUSTOMER,
        "agent",
        live=False,
    ),
)


def mark_folder(folder: Path) -> None:
    """Make or recognise a demo's folder. Raises DemoRefused where anything else is in it or it cannot be used."""
    mark = folder / DEMO_MARK
    try:
        if folder.exists() and not mark.exists() and any(folder.iterdir()):
            raise DemoRefused(
                f"{folder} holds something that is no demo's. Give an empty or new folder with --data."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.write_text(_WARNING, encoding="utf-8")
    except OSError as error:
        raise DemoRefused(
            f"{folder} cannot hold the demo's data: {error.strerror}. Give a folder that this user may write to with "
            "--data."
        ) from error


class DemoData:
    """Invented people and cases. They are known by their names and references; whoever is missing is added at a start:
    everybody at the first one, the rest after one that was killed half way."""

    def __init__(self, stores: Stores, log: AuditWriter, keys: Keys, passwords: Passwords, now: int) -> None:
        self._stores, self._log, self._passwords, self._now = stores, log, passwords, now
        self._keyring = keys.authenticators.keyring()

    async def prepare(self, people: Sequence[SeedStaff] = EVERYBODY) -> DemoDesk:
        """The accounts, whether new or from an earlier start."""
        if (
            await self._stores.case_roll.of_reference(CUSTOMERS[-1].case_reference) is None
        ):  # the last to be added
            await self._log.append(system_event(EventName.SYSTEM_DEMO_PREPARED, self._now))
        staff = [await self._staff(seed) for seed in people]
        customers = [await self._customer(seed) for seed in CUSTOMERS]
        for seed in CUSTOMERS:
            await self._case(seed)
        return DemoDesk((*staff, *customers), self._stores.authenticators, self._keyring)

    async def _staff(self, seed: SeedStaff) -> Account:
        staff = await self._stores.staff.find_by_username(seed.username)
        if staff is None:
            staff = Staff(StaffId(new_id("sta")), seed.username, seed.name, seed.number, seed.team, seed.role)
            await self._stores.staff.add(staff, await self._passwords.hashed(seed.password))
        return Account(
            door="security" if seed.role in OFFICERS else "agent",
            name=seed.name,
            secret=await self._secret(staff.id),
            owner=staff.id,
            username=seed.username,
            password=seed.password,
        )

    async def _customer(self, seed: SeedCustomer) -> Account:
        customer = await self._stores.customer_roll.of_reference(seed.reference)
        if customer is None:
            fields = (
                CustomerField("name", FieldKind.NAME, seed.name),
                CustomerField("email", FieldKind.EMAIL, seed.email),
                CustomerField("phone", FieldKind.PHONE, seed.phone),
                CustomerField("last_transfer", FieldKind.TEXT, seed.last_transfer),
                CustomerField("payout_account", FieldKind.ACCOUNT, seed.payout_account),
            )
            customer = Customer(CustomerId(new_id("cus")), seed.reference, seed.name, fields, self._now)
            await self._stores.customers.add(customer)
        return Account(
            door="customer",
            name=seed.name,
            secret=await self._secret(customer.id),
            owner=customer.id,
            reference=seed.reference,
            case_reference=seed.case_reference,
        )

    async def _case(self, seed: SeedCustomer) -> None:
        """There, and live if it is to be: somebody was active in it just now."""
        case = await self._stores.case_roll.of_reference(seed.case_reference)
        if case is None:
            await self._add_case(seed)
        elif seed.live:
            await self._stores.cases.record_activity(case.id, self._now)

    async def _add_case(self, seed: SeedCustomer) -> None:
        customer = await self._stores.customer_roll.of_reference(seed.reference)
        agent = await self._stores.staff.find_by_username(seed.agent)
        if customer is None or agent is None:
            raise AssertionError("a case of the demo is added after its people")
        case = Case(
            id=CaseId(new_id("cas")),
            reference=seed.case_reference,
            customer=customer.id,
            origin=seed.origin,
            reason=seed.reason,
            assigned_agent=agent.id,
            state=CaseState.OPEN,
            last_activity_ms=self._now if seed.live else self._now - 3 * LIVE_FOR_MS,
        )
        await self._stores.cases.add(case)

    async def _secret(self, owner: str) -> bytes:
        found = await self._stores.authenticators.of_owner(owner)
        if found is None:
            found = self._authenticator(owner)
            await self._stores.authenticators.add(found)
        return self._keyring.open(found.sealed, SealContext(found.owner, found.id, found.version))

    def _authenticator(self, owner: str) -> Authenticator:
        named = new_id("aut")
        sealed = self._keyring.seal(secrets.token_bytes(totp.SECRET_BYTES), SealContext(owner, named, 1))
        return Authenticator(id=named, owner=owner, version=1, sealed=sealed)
