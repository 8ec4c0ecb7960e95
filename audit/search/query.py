"""Which entries are wanted. Pure."""

from dataclasses import dataclass, fields

from audit.event import ActorKind, Event, EventName, Fact, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """All that is given must hold. `actor` is an id; `kind` any actor of that kind. `customer` is a pseudonym: entries
    about that person, by them, or with a section of theirs; `others` are more pseudonyms of the same person, whose
    entries are wanted as well. Times are UTC milliseconds, `until_ms` exclusive."""

    actor: str | None = None
    kind: ActorKind | None = None
    customer: str | None = None
    others: frozenset[str] = frozenset()
    case: str | None = None
    session: str | None = None
    event: EventName | None = None
    outcome: Outcome | None = None
    from_ms: int | None = None
    until_ms: int | None = None

    @property
    def everything(self) -> bool:
        return all(getattr(self, field.name) in {None, frozenset()} for field in fields(self))

    @property
    def timed(self) -> bool:
        return self.from_ms is not None or self.until_ms is not None

    def matches(self, event: Event | None) -> bool:
        """An entry that no key opens matches nothing but the question for everything."""
        if event is None:
            return self.everything
        return (
            self._named(event)
            and (self.customer is None or not subjects_of(event).isdisjoint({self.customer, *self.others}))
            and (self.from_ms is None or event.at_ms >= self.from_ms)
            and (self.until_ms is None or event.at_ms < self.until_ms)
        )

    def facts(self) -> dict[str, Fact]:
        """What the record of a reading says was asked for."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "others"}
        return {name: _fact(value) for name, value in given.items() if value is not None}

    def _named(self, event: Event) -> bool:
        pairs = (
            (self.actor, event.actor.id),
            (self.kind, event.actor.kind),
            (self.case, event.case),
            (self.session, event.session),
            (self.event, event.name),
            (self.outcome, event.outcome),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)


def subjects_of(event: Event) -> set[str]:
    """Whose person an entry concerns: those for whom the index must forget it with them."""
    found = set(event.personal)
    if event.customer is not None:
        found.add(event.customer)
    if event.actor.kind is ActorKind.CUSTOMER and event.actor.id:
        found.add(event.actor.id)
    return found


def _fact(value: object) -> Fact:
    return value if isinstance(value, int) else str(value)
