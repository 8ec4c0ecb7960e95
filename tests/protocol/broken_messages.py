"""Messages that are almost some of the live protocol's: of every kind there is one that fits, and mutants of it."""

import json
import random
from typing import Any, Final

A: Final = "A" * 43
SEEDS: Final[tuple[dict[str, Any], ...]] = (
    {"type": "hello", "ticket": "t", "page": "A" * 22},
    {"type": "badge.shown"},
    {"type": "badge.accept"},
    {"type": "help.prolong"},
    {"type": "verification.ask", "level": "V2"},
    {"type": "verification.decline"},
    {"type": "consent.decline"},
    {"type": "consent.extend"},
    {"type": "consent.reopen"},
    {"type": "media.offer", "sdp": "v=0"},
    {"type": "media.answer", "sdp": "v=0"},
    {"type": "share.start", "surface": "tab"},
    {"type": "share.pause", "by": "muted"},
    {"type": "share.resume"},
    {"type": "share.stop", "by": "browser"},
    {"type": "session.leave"},
    {"type": "exchange.start", "run": 1},
    {"type": "exchange.commit", "run": 1, "commitment": A},
    {"type": "exchange.answer", "run": 1, "nonce": A, "key": A, "fingerprint": A, "language": "ja"},
    {"type": "exchange.reveal", "run": 1, "nonce": A, "key": A, "fingerprint": A, "signature": A},
    {"type": "exchange.confirm", "run": 1, "signature": A},
    {"type": "exchange.drop", "run": 1},
    {"type": "words.match", "run": 1},
    {"type": "introduction.refuse", "reason": "words_differ"},
    {"type": "chat.join", "after": 0},
    {"type": "chat.send", "id": "A" * 22, "text": "Hello \ud83d\ude42"},
    {"type": "chat.withheld", "kind": "code"},
    {"type": "guide.send", "id": "A" * 22, "text": "Press Settings"},
    {"type": "pointer.move", "x": 0.5, "y": 1},
    {"type": "pointer.draw", "points": [[0, 0], [0.25, 1]]},
    {"type": "pointer.hide"},
)
_ODD: Final = (0, 9, 34, 92, 123, 125, 0x7F, 0x2028, 0xFFFD, 0x1F600)
_VALUES: Final[tuple[object, ...]] = (None, True, -1, 2**53, 1e308, "", "\u202e", [], {}, [[]], "x" * 3_000)


def mutant(chance: random.Random) -> str:
    """Of one of the seeds, changed in its members or in its letters; now and then left whole."""
    seed = dict(chance.choice(SEEDS))
    if chance.random() < 0.4:
        seed[chance.choice([*seed, "extra"])] = chance.choice(_VALUES)
    text = list(json.dumps(seed))
    for _ in range(chance.choice((0, 1, 1, 2, 6))):
        _change(text, chance)
    return "".join(text)


def _change(text: list[str], chance: random.Random) -> None:
    place = chance.randrange(len(text))
    match chance.randrange(4):
        case 0:
            text[place] = chr(chance.choice(_ODD))
        case 1:
            text[place : place + 1] = [] if len(text) > 1 else ["{"]
        case 2:
            text[place:place] = text[: chance.randint(1, 20)]
        case _:
            text[place] = chance.choice('[]{},:0-9eE"\\ntf')
