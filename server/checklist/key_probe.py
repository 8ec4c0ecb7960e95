"""Looks at the log's key store without any key: how old what wraps is, and whether sealed mode does its work."""

from typing import Final

from audit.keys.sealing_away import over
from audit.keys.tables import KeystoreFailed, Look, look
from audit.keys.wrapping import version_of
from server.badge_parts import key_file_of
from server.badges.key_file import BadgeKeyRefused
from server.checklist.facts import KeyLife
from server.places import Places
from server.settings import Settings

_DAY_MS: Final = 86_400_000


def look_at_key_life(settings: Settings, places: Places, *, now_ms: int) -> KeyLife:
    try:
        seen = look(places.log / "keys.db")
    except (KeystoreFailed, OSError):
        seen = None
    recipients = len(settings.sealed.recipients)
    hot = over(now_ms - _DAY_MS, settings.sealed.hot_days)
    overdue = 0 if seen is None or not recipients else sum(period < hot for period in seen.open_periods)
    badge_days = None if settings.introduction.issuer else _badge_days(places, now_ms)
    return KeyLife(
        kek_days=_days(seen, now_ms), badge_days=badge_days, recipients=recipients, overdue=overdue
    )


def _badge_days(places: Places, now_ms: int) -> int | None:
    try:
        since = key_file_of(places).signing().key.from_ms
    except BadgeKeyRefused:
        return None
    return max(0, (now_ms - since) // _DAY_MS)


def _days(seen: Look | None, now_ms: int) -> int | None:
    version = None if seen is None or seen.locator is None else version_of(seen.locator)
    since = None if seen is None or version is None else seen.since.get(version)
    return None if since is None else max(0, (now_ms - since) // _DAY_MS)
