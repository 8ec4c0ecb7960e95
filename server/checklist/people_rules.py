"""Who can sign in, and with what. Pure; counts alone."""

from collections.abc import Iterator
from typing import Final

from server.checklist.facts import ApiKeys, Facts
from server.checklist.finding import Found

_OF_PEOPLE: Final = ("officers", "second_factor", "enrolment", "passkeys")


def of_people(facts: Facts) -> Iterator[Found]:
    people = facts.people
    if people is None and facts.data.there:
        yield from (Found(check, "unknown") for check in _OF_PEOPLE)
    elif people is not None:
        yield _officers(people.officers)
        yield _counted("second_factor", "missing", people.without_factor, "all")
        if people.lapsed:
            yield Found("enrolment", "lapsed", {"count": people.lapsed})
        else:
            yield _counted("enrolment", "pending", people.pending, "done")
        yield _counted("passkeys", "demo" if facts.demo else "missing", people.without_passkey, "all")
    if facts.api_keys is not None:
        yield _api_keys(facts.api_keys)


def _officers(count: int) -> Found:
    if count == 0:
        return Found("officers", "none")
    return Found("officers", "one" if count == 1 else "several", {"count": count})


def _counted(check: str, state: str, count: int, none: str) -> Found:
    return Found(check, state, {"count": count}) if count else Found(check, none)


def _api_keys(keys: ApiKeys) -> Found:
    if keys.ending:
        return Found("api_keys", "ending", {"count": keys.ending})
    if keys.unused:
        return Found("api_keys", "unused", {"count": keys.unused})
    return Found("api_keys", "in_use", {"count": keys.live}) if keys.live else Found("api_keys", "none")
