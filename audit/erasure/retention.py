"""How long must be kept what is known about somebody, by the law of where they live. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

DAY_MS: Final = 86_400_000
LONGEST_DAYS: Final = 36_500
_REGION: Final = re.compile(
    r"([A-Z]{2}(?:-[A-Z0-9]{1,3})?)=([0-9]{1,5})", re.ASCII
)  # ISO 3166-1 alpha-2, ISO 3166-2


class RetentionInvalid(ValueError):
    """A sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days from the last contact on. `JP-13` without days of its own has those of `JP`, then the default."""

    default_days: int = 0
    regions: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, default_days: int, regions: Iterable[str]) -> "Retention":
        """`regions` are texts like `JP=2555`. Raises RetentionInvalid."""
        found: dict[str, int] = {}
        for text in regions:
            match = _REGION.fullmatch(text)
            if match is None or int(match[2]) > LONGEST_DAYS:
                raise RetentionInvalid(
                    f"{text!r} is no region with its days, 0 to {LONGEST_DAYS}, for instance JP=2555."
                )
            if match[1] in found:
                raise RetentionInvalid(f"{match[1]} stands twice.")
            found[match[1]] = int(match[2])
        if not 0 <= default_days <= LONGEST_DAYS:
            raise RetentionInvalid(f"the days lie between 0 and {LONGEST_DAYS}.")
        return cls(default_days, found)

    def days(self, region: str) -> int:
        country = region.partition("-")[0]
        return self.regions.get(region, self.regions.get(country, self.default_days))

    def ends_ms(self, region: str, last_contact_ms: int) -> int:
        """UTC milliseconds, exclusive: from then on nothing must be kept any more."""
        return last_contact_ms + self.days(region) * DAY_MS
