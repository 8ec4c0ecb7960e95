"""Somebody signs in so far from their sign-in before that nobody could have travelled there in the time between.

Places are whole degrees, as the server puts them into a sign-in's entry where it was given a file of places; without
them this detector says nothing. The way is that along the earth's surface (haversine, radius 6,371 km), less 500 km:
two roundings, and how far such files put a telephone's network from where it is. Faster than 900 km/h, an airliner's
speed, is a flag, after which they prove again who they are; once in five days. A place from which the same person
signed in on three days before is theirs, however they got there: whoever works through a company's line seems to jump
every day. The first jump was told then.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

FASTEST_KMH: Final = 900
BLURRED_KM: Final = 500.0
EARTH_KM: Final = 6_371.0
OWN_AFTER_DAYS: Final = 3
REFRACTORY_MS: Final = 5 * 24 * 3_600_000

_HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * _HOUR_MS
_MOST_PEOPLE: Final = 10_000
_MOST_PLACES: Final = 8  # of a person, those not seen for longest forgotten first
_SIGN_INS: Final = frozenset({EventName.AGENT_LOGIN_STARTED, EventName.OFFICER_LOGIN_STARTED})


class _Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """In degrees; `days`: on how many they signed in from there, `day` the last of them (UTC, since 1970)."""

    latitude: int
    longitude: int
    days: int = 0
    day: int = -1


class _Person(msgspec.Struct, forbid_unknown_fields=True):
    at_ms: int
    index: int
    latest: _Place
    places: list[_Place]
    flagged_ms: int | None = None


class _State(Kept):
    people: list[tuple[str, _Person]]


class ImpossibleTravel:
    """Implements Detector. The score is the speed over the fastest possible. Memory: eight places of each of at most
    10,000 people, those seen longest ago forgotten first."""

    name: Final = "impossible_travel"

    def __init__(self) -> None:
        self._last = -1
        self._people: OrderedDict[str, _Person] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name not in _SIGN_INS or event.outcome is not Outcome.DONE:
            return ()
        place = _place(event)
        if entry.index <= self._last or not event.actor.id or place is None:
            return ()
        self._last = entry.index
        before = self._people.pop(event.actor.id, None)
        places, flagged_ms = ([], None) if before is None else (before.places, before.flagged_ms)
        own = _is_own(places, place)
        now = _Person(
            event.at_ms, entry.index, place, _noted(places, place, event.at_ms // _DAY_MS), flagged_ms
        )
        self._people[event.actor.id] = now
        if len(self._people) > _MOST_PEOPLE:
            self._people.popitem(last=False)
        return () if own or before is None else self._judged(event.actor.id, before, now)

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, list(self._people.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last, self._people = found.last, OrderedDict(found.people)

    def _judged(self, name: str, before: _Person, now: _Person) -> Iterable[Flag]:
        kilometres = max(0.0, distance_km(before.latest, now.latest) - BLURRED_KM)
        lasted = max(_MINUTE_MS, now.at_ms - before.at_ms)  # also where a clock was set back
        speed = kilometres * _HOUR_MS / lasted
        resting = now.flagged_ms is not None and now.at_ms - now.flagged_ms < REFRACTORY_MS
        if speed <= FASTEST_KMH or resting:
            return ()
        now.flagged_ms = now.at_ms
        facts = {"kilometres": round(kilometres), "minutes": lasted // _MINUTE_MS, "cap": FASTEST_KMH}
        entries = (before.index, now.index)
        key, agent = "flag.impossible_travel", TargetKind.AGENT
        return [Flag(self.name, name, speed / FASTEST_KMH, key, Action.STEP_UP, facts, entries, agent)]


def distance_km(one: _Place, other: _Place) -> float:
    """Along a great circle, by the haversine formula: exact enough for near and for opposite places."""
    here, there = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    half = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def _place(event: Event) -> _Place | None:
    """None where the entry tells none, or one that is not on the earth."""
    latitude, longitude = event.facts.get("latitude"), event.facts.get("longitude")
    if type(latitude) is not int or type(longitude) is not int:
        return None
    return _Place(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _is_own(places: list[_Place], place: _Place) -> bool:
    return any(one.days >= OWN_AFTER_DAYS and distance_km(one, place) <= BLURRED_KM for one in places)


def _noted(places: list[_Place], place: _Place, day: int) -> list[_Place]:
    """With the sign-in of that day; the place seen last stands last."""
    known = next(
        (one for one in places if (one.latitude, one.longitude) == (place.latitude, place.longitude)), None
    )
    days = (0 if known is None else known.days) + (known is None or day > known.day)
    noted = _Place(place.latitude, place.longitude, days, day)
    return [*(one for one in places if one is not known), noted][-_MOST_PLACES:]
