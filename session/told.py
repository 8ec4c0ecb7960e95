"""What one event of a session has the log say, before it is an entry. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.event import EventName, Fact, Outcome

Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Told:
    """`personal` stands in the customer's own section. `outcome`: of what takes something away, or was refused."""

    name: EventName
    facts: Facts
    personal: Facts = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE
