"""The filters of the log's page out of an address: each is measured and parsed strictly, and a refusal says which."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from audit.event import ActorKind, EventName, Outcome
from audit.search.query import Query
from server.actors import is_actor
from server.problems import Problem
from support.identity import is_id

LARGEST_INDEX: Final = 2**53 - 1
FILTERS: Final = (
    ("actor", "string"),
    ("kind", "string"),
    ("customer", "string"),
    ("case", "string"),
    ("session", "string"),
    ("event", "string"),
    ("outcome", "string"),
    ("from", "integer"),
    ("to", "integer"),
)
PAGING: Final = (("before", "integer"), ("limit", "integer"))
_KNOWN: Final = frozenset(name for name, _ in (*FILTERS, *PAGING))
_Word = TypeVar("_Word", bound=StrEnum)


def given_once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What stands behind the "?". Raises Problem for a name that is not known, and for one that stands twice."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in _KNOWN:
            raise _refused(f"One filter is not known here. These are: {', '.join(sorted(_KNOWN))}.")
        if name in given:
            raise _refused(f"{name} stands twice. Give each filter once.")
        given[name] = value
    return given


def query_of(given: Mapping[str, str]) -> Query:
    """Raises Problem."""
    from_ms, until_ms = number(given, "from", LARGEST_INDEX), number(given, "to", LARGEST_INDEX)
    if from_ms is not None and until_ms is not None and from_ms >= until_ms:
        raise _refused("The time range ends before it begins. Let from be earlier than to.")
    return Query(
        actor=_actor(given),
        kind=_word(given, "kind", ActorKind),
        customer=_id(given, "customer", "cus"),
        case=_id(given, "case", "cas"),
        session=_id(given, "session", "ses"),
        event=_word(given, "event", EventName),
        outcome=_word(given, "outcome", Outcome),
        from_ms=from_ms,
        until_ms=until_ms,
    )


def number(given: Mapping[str, str], name: str, largest: int) -> int | None:
    """None if it is not given. Raises Problem."""
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and int(text) <= largest):
        raise _refused(f"{name} is a number of at most {largest}.")
    return int(text)


def _actor(given: Mapping[str, str]) -> str | None:
    text = given.get("actor")
    if text is not None and not is_actor(text):
        raise _refused(
            "actor is an id as entries have it: of staff, a customer, a key, or host: and a user's name."
        )
    return text


def _id(given: Mapping[str, str], name: str, prefix: str) -> str | None:
    text = given.get(name)
    if text is not None and not is_id(text, prefix):
        raise _refused(f"{name} is an id as entries have it: {prefix}_ and 22 letters and digits.")
    return text


def _word(given: Mapping[str, str], name: str, words: type[_Word]) -> _Word | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return words(text)
    except ValueError:
        raise _refused(
            f"{name} is not one that the log knows. /api/v1/security/log/choices lists them."
        ) from None


def _refused(sentence: str) -> Problem:
    return Problem(422, "does_not_fit", sentence)
