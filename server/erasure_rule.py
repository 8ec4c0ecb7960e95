"""What the settings say of erasing, put to a customer: what hinders it now, and until when."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.erasure.retention import DAY_MS, Retention
from server.places import DATABASE_FILE, Places
from server.settings import Settings
from support.customer import Customer
from support.erasure import Bonds, Hindrance, hindrance

SEALED_SINCE: Final = "0004"  # the schema from which on rows are sealed
_COPY: Final = re.compile(re.escape(DATABASE_FILE) + r"\.([0-9]{4})")


@dataclass(frozen=True, slots=True)
class ErasureRule:
    """`data`: the folder of the database, in which `tachiai migrate` leaves a copy of the schema before."""

    retention: Retention
    wait_ms: int
    flags_open_ms: int
    data: Path

    @classmethod
    def of(cls, settings: Settings, places: Places) -> "ErasureRule":
        said = settings.retention
        return cls(
            Retention.parse(said.default_days, said.regions),
            said.wait_days * DAY_MS,
            said.flags_days * DAY_MS,
            places.data,
        )

    def kept_until_ms(self, customer: Customer, bonds: Bonds) -> int:
        return self.retention.ends_ms(customer.region, bonds.last_contact_ms)

    def hindrance(self, customer: Customer, bonds: Bonds, now_ms: int) -> Hindrance | None:
        """The first of all that is in the way; None if nothing is."""
        found = hindrance(
            bonds,
            kept_until_ms=self.kept_until_ms(customer, bonds),
            flags_open_ms=self.flags_open_ms,
            now_ms=now_ms,
        )
        return found or (Hindrance.COPY if self.readable_copies() else None)

    def judge(self, customer: Customer, now_ms: int) -> Callable[[Bonds], Hindrance | None]:
        return lambda bonds: self.hindrance(customer, bonds, now_ms)

    def readable_copies(self) -> list[str]:
        """Names of copies of the database in which customers stand readable."""
        matches = (_COPY.fullmatch(path.name) for path in self.data.glob(f"{DATABASE_FILE}.*"))
        return sorted(match[0] for match in matches if match is not None and match[1] < SEALED_SINCE)
