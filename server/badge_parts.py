"""Everything that badges and introductions need in a running server, put together."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from server.badges.asserting import Asserting, OwnPasskeys
from server.badges.desk import BadgeDesk
from server.badges.homes import LocalIssuer, RemoteIssuer
from server.badges.issuer import Issuer, IssuerRules, KeyedIssuer
from server.badges.key_file import BadgeKeyFile
from server.clock import TrueClock
from server.foundation import Records
from server.introductions import Introductions
from server.labels import LabelBook
from server.passkey_parts import relying_party
from server.places import Places
from server.plan import Plan
from server.settings import Settings
from session.conductor import Conductor
from verification.login import LoginRegistry
from verification.passkey import RelyingParty

HOUR_MS: Final = 3_600_000
KEY_FILE: Final = "badge-keys.json"


@dataclass(frozen=True, slots=True)
class BadgeParts:
    desk: BadgeDesk
    introductions: Introductions
    organisation: str


class Live(Protocol):
    """The parts of a running server that badges need."""

    @property
    def conductor(self) -> Conductor: ...
    @property
    def labels(self) -> LabelBook: ...
    @property
    def logins(self) -> LoginRegistry: ...


def badge_parts(
    records: Records, plan: Plan, live: Live, passkeys: OwnPasskeys, clock: TrueClock
) -> BadgeParts:
    settings = plan.settings
    issuer = issuer_of(settings, plan.places, relying_party(plan.site, settings.organisation), clock)
    desk = BadgeDesk(
        issuer,
        Asserting(live.logins, passkeys, issuer),
        records.stores.badges,
        live.conductor,
        live.labels,
        records.log,
        clock,
    )
    return BadgeParts(desk, Introductions(settings.introduction.words), settings.organisation)


def issuer_of(settings: Settings, places: Places, party: RelyingParty, clock: TrueClock) -> Issuer:
    """Another process, if the settings name its socket; else this one, with a key that is made now if there is none.

    Raises BadgeKeyRefused."""
    if settings.introduction.issuer:
        return RemoteIssuer(Path(settings.introduction.issuer))
    file = key_file_of(places)
    file.make(clock.now_ms())
    return LocalIssuer(keyed_issuer(settings, file, party, clock))


def keyed_issuer(
    settings: Settings, file: BadgeKeyFile, party: RelyingParty, clock: TrueClock
) -> KeyedIssuer:
    introduction = settings.introduction
    rules = IssuerRules(party, introduction.badge_hours * HOUR_MS, introduction.agents_by_passkey)
    return KeyedIssuer(file, rules, clock)


def key_file_of(places: Places) -> BadgeKeyFile:
    """With its journal beside it, or in the data folder where a key lies that its user cannot write beside."""
    place = places.keys.badges or places.data / KEY_FILE
    beside = os.access(place.parent, os.W_OK) or not place.parent.exists()
    return BadgeKeyFile(place, None if beside else places.data / f"{KEY_FILE}.journal")
