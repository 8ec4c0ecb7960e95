"""Which passwords staff may choose (NIST SP 800-63B-4, 3.1.1): long enough, not easily guessed, no rule on composition.

1. 12 to 128 characters after NFKC, which is also what is hashed.
2. Not with one's own user name or the organisation's name in it, however it is spelt with capitals and signs.
3. Not guessable: score 3 or 4 of zxcvbn (Wheeler, USENIX Security 2016), whose lists hold the common passwords. Only
   the first 72 characters are scored: its work grows faster than the length.
"""

import unicodedata
from enum import StrEnum
from typing import Final

from zxcvbn import zxcvbn

SHORTEST: Final = 12
LONGEST: Final = 128
SCORED: Final = 72
LOWEST_SCORE: Final = 3
SHORTEST_USERNAME: Final = 3  # shorter ones occur in words by chance
SHORTEST_WORD: Final = 5  # of an organisation's name


class Weakness(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NAMED = "named"
    GUESSABLE = "guessable"


def weakness(password: str, *, username: str, organisation: str) -> Weakness | None:
    """What is wrong with it, None if nothing. Takes up to a tenth of a second: not for an event loop."""
    if len(password) > 4 * LONGEST:  # normalising may shorten, but not what nobody types
        return Weakness.TOO_LONG
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(normal) > LONGEST:
        return Weakness.TOO_LONG
    if any(name in _letters(normal) for name in _names(username, organisation)):
        return Weakness.NAMED
    return Weakness.GUESSABLE if _score(normal[:SCORED]) < LOWEST_SCORE else None


def _score(text: str) -> int:
    # Without its `user_inputs`: they are kept in a table of the module, where threads would change each other's.
    return int(zxcvbn(text, max_length=SCORED)["score"])


def _names(username: str, organisation: str) -> set[str]:
    words = {_letters(word) for word in organisation.split()}
    named = {word for word in words if len(word) >= SHORTEST_WORD} | {_letters(organisation)}
    own = _letters(username)
    return {name for name in named | ({own} if len(own) >= SHORTEST_USERNAME else set()) if name}


def _letters(text: str) -> str:
    """Letters and digits alone, without case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
