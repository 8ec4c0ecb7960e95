"""The demo's data: a marked folder, invented people, and what is prepared anew at each start."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from audit.event import EventName
from server.demo_accounts import Account, DemoDesk
from server.foundation import Foundation, system_event
from server.identity import new_id
from server.keys import Keys
from server.places import DEMO_MARK
from support.case import Case, CaseState, Origin
from support.case_rule import LIVE_FOR_MS
from support.customer import Customer, CustomerField
from support.identity import CaseId, CustomerId, StaffId
from support.masking import FieldKind
from support.staff import Role, Staff
from verification import totp
from verification.authenticator import Authenticator
from verification.passwords import Passwords
from verification.sealing import Keyring, SealContext

PEOPLE: Final = "demo-people.json"
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
    case_reference: str
    reason: str
    origin: Origin
    agent: str
    live: bool = True


STAFF: Final = (
    SeedStaff("agent", "maple harbour lantern 42", "Aiko Mori", "A-104", "Customer help", Role.AGENT),
    SeedStaff("agent2", "willow copper station 58", "Ben Carter", "A-117", "Customer help", Role.AGENT),
    SeedStaff("officer", "granite morning ferry 73", "Chie Tanaka", "S-012", "Security", Role.SECURITY),
)
CUSTOMERS: Final = (
    SeedCustomer(
        "K-30518",
        "Haruto Sato",
        "haruto.sato@example.com",
        "+81 3-5555-0142",
        "2026-11-20 · 120,000 JPY",
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
        "C-1987",
        "Asked for a yearly statement",
        Origin.CUSTOMER,
        "agent",
        live=False,
    ),
)


class _People(msgspec.Struct, forbid_unknown_fields=True):
    """Which ids the demo's people and cases got, kept beside the data."""

    staff: dict[str, str] = {}
    customers: dict[str, str] = {}
    cases: dict[str, str] = {}


def mark_folder(folder: Path) -> None:
    """Make or recognise a demo's folder. Raises DemoRefused for a folder with anything else in it."""
    mark = folder / DEMO_MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise DemoRefused(
            f"{folder} holds something that is no demo's. Give an empty or new folder with --data."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.write_text(_WARNING, encoding="utf-8")


class DemoData:
    """Invented people and cases, prepared once and refreshed at each start."""

    def __init__(
        self, folder: Path, foundation: Foundation, keys: Keys, passwords: Passwords, now: int
    ) -> None:
        self._passwords = passwords
        self._file = folder / PEOPLE
        self._stores, self._log, self._now = foundation.stores, foundation.log, now
        self._keyring = Keyring({1: keys.authenticators}, 1)

    async def prepare(self) -> DemoDesk:
        """The accounts, whether new or from an earlier start."""
        if not self._file.exists():
            await self._log.append(system_event(EventName.SYSTEM_DEMO_PREPARED, self._now))
            self._file.write_bytes(msgspec.json.encode(await self._seed()))
        people = msgspec.json.decode(self._file.read_bytes(), type=_People)
        for customer in CUSTOMERS:
            if customer.live:
                await self._stores.cases.record_activity(
                    CaseId(people.cases[customer.case_reference]), self._now
                )
        return DemoDesk(await self._accounts(people))

    async def _seed(self) -> _People:
        people = _People()
        for staff in STAFF:
            people.staff[staff.username] = await self._add_staff(staff)
        for customer in CUSTOMERS:
            people.customers[customer.reference] = await self._add_customer(customer)
            agent = people.staff[customer.agent]
            people.cases[customer.case_reference] = await self._add_case(
                customer, people.customers[customer.reference], agent
            )
        return people

    async def _add_staff(self, seed: SeedStaff) -> str:
        staff = Staff(StaffId(new_id("sta")), seed.username, seed.name, seed.number, seed.team, seed.role)
        await self._stores.staff.add(staff, await self._passwords.hashed(seed.password))
        await self._add_authenticator(staff.id)
        return staff.id

    async def _add_customer(self, seed: SeedCustomer) -> str:
        fields = (
            CustomerField("name", FieldKind.NAME, seed.name),
            CustomerField("email", FieldKind.EMAIL, seed.email),
            CustomerField("phone", FieldKind.PHONE, seed.phone),
            CustomerField("last_transfer", FieldKind.TEXT, seed.last_transfer),
        )
        customer = Customer(CustomerId(new_id("cus")), seed.reference, seed.name, fields)
        await self._stores.customers.add(customer)
        await self._add_authenticator(customer.id)
        return customer.id

    async def _add_case(self, seed: SeedCustomer, customer: str, agent: str) -> str:
        case = Case(
            id=CaseId(new_id("cas")),
            reference=seed.case_reference,
            customer=CustomerId(customer),
            origin=seed.origin,
            reason=seed.reason,
            assigned_agent=StaffId(agent),
            state=CaseState.OPEN,
            last_activity_ms=self._now if seed.live else self._now - 3 * LIVE_FOR_MS,
        )
        await self._stores.cases.add(case)
        return case.id

    async def _add_authenticator(self, owner: str) -> None:
        named = new_id("aut")
        sealed = self._keyring.seal(secrets.token_bytes(totp.SECRET_BYTES), SealContext(owner, named, 1))
        await self._stores.authenticators.add(Authenticator(id=named, owner=owner, version=1, sealed=sealed))

    async def _accounts(self, people: _People) -> tuple[Account, ...]:
        staff = [
            Account(
                door="security" if seed.role is Role.SECURITY else "agent",
                name=seed.name,
                secret=await self._secret(people.staff[seed.username]),
                username=seed.username,
                password=seed.password,
            )
            for seed in STAFF
        ]
        customers = [
            Account(
                door="customer",
                name=seed.name,
                secret=await self._secret(people.customers[seed.reference]),
                reference=seed.reference,
                case_reference=seed.case_reference,
            )
            for seed in CUSTOMERS
        ]
        return (*staff, *customers)

    async def _secret(self, owner: str) -> bytes:
        found = await self._stores.authenticators.of_owner(owner)
        if found is None:
            raise DemoRefused(
                "The demo's people are gone from its database. Delete the folder to start over."
            )
        return self._keyring.open(found.sealed, SealContext(found.owner, found.id, found.version))
