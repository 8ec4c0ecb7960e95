"""What a customer who asks for help tells us, and the case that is opened with it. Pure.

The case is live as soon as somebody accepts it, since the customer asked; until then it is nobody's.
"""

from typing import Final

from support.case import Case, CaseState, Origin
from support.identity import CaseId, CustomerId
from support.intake import plain_text

LONGEST_WORDS: Final = 200
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_BYTES: Final = 5  # 40 bits, of which 35 are used
OWN_PREFIX: Final = "H-"  # of the references of cases that are opened so
_REFERENCE_LENGTH: Final = 7


def own_words(text: str) -> str:
    """What somebody typed about their trouble, "" for nothing. Raises IntakeRefused."""
    return plain_text(text, what="text", longest=LONGEST_WORDS, needed=False)


def opened_case(name: CaseId, random: bytes, customer: CustomerId, reason: str, now_ms: int) -> Case:
    """`random`: five bytes, for the reference that people say."""
    return Case(
        id=name,
        reference=spoken_reference(OWN_PREFIX, random),
        customer=customer,
        origin=Origin.CUSTOMER,
        reason=reason,
        assigned_agent=None,
        state=CaseState.OPEN,
        last_activity_ms=now_ms,
    )


def spoken_reference(prefix: str, random: bytes) -> str:
    """A case's reference that people can say, from five random bytes."""
    if len(random) != REFERENCE_BYTES:
        raise ValueError(f"a reference is made from {REFERENCE_BYTES} random bytes, not {len(random)}")
    number = int.from_bytes(random, "big")
    return prefix + "".join(ALPHABET[number >> 5 * place & 31] for place in range(_REFERENCE_LENGTH))
