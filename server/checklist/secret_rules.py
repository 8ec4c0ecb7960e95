"""Keys, and who may read what lies on the disk. Pure."""

from collections.abc import Iterator
from typing import Final

from server.checklist.facts import DataFolder, Facts, KeyFiles
from server.checklist.finding import Found

OLD_AFTER_DAYS: Final = 365


def of_secrets(facts: Facts) -> Iterator[Found]:
    if facts.data.there or not facts.keys.kek_missing:
        yield Found("kek", _kek(facts.keys))
        yield from _life(facts)
        yield _files(facts.keys)
        if facts.keys.ring is not None:
            yield Found("ring", "one" if facts.keys.ring == 1 else "several", {"count": facts.keys.ring})
    yield _folder(facts.data)
    if facts.machine.root is not None:
        yield Found("user", "root" if facts.machine.root else "own")


def _kek(keys: KeyFiles) -> str:
    if keys.kek_missing:
        return "missing"
    if keys.kek_beside_data:
        return "beside_data"
    if keys.kek_in_vault:
        return "vault"
    if keys.kek_given:
        return "given"
    return "same_volume" if keys.kek_on_same_volume else "apart"


def _life(facts: Facts) -> Iterator[Found]:
    life = facts.key_life
    if facts.record.there:
        days = life.kek_days
        state = "unknown" if days is None else "old" if days > OLD_AFTER_DAYS else "young"
        yield Found("kek_age", state, {"days": days or 0})
    if life.badge_days is not None:
        state = "old" if life.badge_days > OLD_AFTER_DAYS else "young"
        yield Found("badge_key", state, {"days": life.badge_days})
    if not life.recipients:
        yield Found("sealed", "off")
    elif life.overdue:
        yield Found("sealed", "late", {"count": life.overdue})
    else:
        yield Found("sealed", "on", {"count": life.recipients})


def _files(keys: KeyFiles) -> Found:
    if keys.readable:
        return Found("key_files", "readable", {"file": keys.readable[0], "count": len(keys.readable)})
    if keys.missing:
        return Found("key_files", "missing", {"file": keys.missing[0], "count": len(keys.missing)})
    return Found("key_files", "private")


def _folder(data: DataFolder) -> Found:
    if data.used and not data.there:
        return Found("data_folder", "gone", {"folder": data.path})
    if not data.writable:
        return Found("data_folder", "not_writable", {"folder": data.path})
    if not data.there:
        return Found("data_folder", "not_there", {"folder": data.path})
    return Found("data_folder", "private" if data.private else "open", {"folder": data.path})
