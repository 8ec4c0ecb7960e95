"""Keys, and who may read what lies on the disk. Pure."""

from collections.abc import Iterator

from server.checklist.facts import DataFolder, Facts, KeyFiles
from server.checklist.finding import Found


def of_secrets(facts: Facts) -> Iterator[Found]:
    if facts.data.there or not facts.keys.kek_missing:
        yield Found("kek", _kek(facts.keys))
        yield _files(facts.keys)
    yield _folder(facts.data)
    if facts.machine.root is not None:
        yield Found("user", "root" if facts.machine.root else "own")


def _kek(keys: KeyFiles) -> str:
    if keys.kek_missing:
        return "missing"
    if keys.kek_beside_data:
        return "beside_data"
    if keys.kek_given:
        return "given"
    return "same_volume" if keys.kek_on_same_volume else "apart"


def _files(keys: KeyFiles) -> Found:
    if keys.readable:
        return Found("key_files", "readable", {"file": keys.readable[0], "count": len(keys.readable)})
    if keys.missing:
        return Found("key_files", "missing", {"file": keys.missing[0], "count": len(keys.missing)})
    return Found("key_files", "private")


def _folder(data: DataFolder) -> Found:
    if not data.writable:
        return Found("data_folder", "not_writable", {"folder": data.path})
    if not data.there:
        return Found("data_folder", "not_there", {"folder": data.path})
    return Found("data_folder", "private" if data.private else "open", {"folder": data.path})
