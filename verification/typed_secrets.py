"""What nobody may write to anybody: finds codes, recovery codes and recovery phrases in a text. Pure.

The same rules are in the pages (`web_client/protocol/typed_secrets.js`); a test holds both to the same answers. The
text is folded first (NFKC, small letters, no marks and no invisible characters), so neither full-width nor superscript
digits, neither accents nor zero-width spaces hide anything. A *gap* is one to three blanks, dashes, line ends or the
like.

CODE
1. 6 to 8 digits side by side. Not: the digits after a decimal point, and those within 24 or more letters and digits
   side by side (an address or the hash of a transaction).
2. Digits with gaps between them, 6 to 8 in all. Not: a date (2026-11-26, 26-11-2026), two years (2024-2026) and a
   postal code with its mark. More than 8 in all are a telephone number, unless rule 1 or 3 says otherwise.
3. Six or more single digits, or English words for them, with anything but letters and digits between them.
RECOVERY_CODE
4. The sixteen characters of `recovery_code`, at least one a digit, in one piece, with dashes anywhere, or in groups of
   one length.
PHRASE
5. Eight words in a row that are in the English or the Japanese list of BIP-39, with anything but letters between them.

A message that is nothing but digits is also read together with those before it that are; one that begins with words of
the lists, with those before it that are nothing else.
"""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from typing import Final

from verification.phrase_hashes import HASHES
from verification.recovery_code import LENGTH as RECOVERY_LENGTH
from verification.recovery_code import is_recovery_code

FEWEST, MOST = 6, 8
PHRASE_WORDS: Final = 8
ADDRESS_LENGTH: Final = 24
HASH_BITS: Final = 24


class TypedSecret(StrEnum):
    """Recorded, so append only."""

    CODE = "code"
    RECOVERY_CODE = "recovery_code"
    PHRASE = "phrase"


_GAP: Final = r"[\s\-_~|*・·•‧∙⋅ー−‐-―゠〜〰⸺⸻]{1,3}"
_RUN: Final = re.compile(rf"[0-9]+(?:{_GAP}[0-9]+)*")
_BLOCK: Final = re.compile(r"[0-9]+")
_NUMBERS: Final = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
_ONE: Final = rf"(?<![a-z0-9])(?:[0-9]|{_NUMBERS})(?![a-z0-9])"
_SINGLES: Final = re.compile(rf"{_ONE}(?:[\W_]{{0,3}}{_ONE}){{{FEWEST - 1},}}")
_TIME: Final = re.compile(
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])-(?:0[1-9]|1[0-2])-(?:19|20)\d\d"
    r"|(?:19|20)\d\d ?[-‐-―−〜~] ?(?:19|20)\d\d",
    re.ASCII,
)
_POSTAL_MARK: Final = re.compile(r"〒 ?$")
_DECIMAL: Final = re.compile(r"[0-9][.,]$")
_ADDRESS: Final = re.compile(rf"(?=[0-9]*[a-z])[a-z0-9]{{{ADDRESS_LENGTH},}}")
_PIECES: Final = re.compile(rf"[a-z0-9]+(?:{_GAP}[a-z0-9]+)*")
_PIECE: Final = re.compile(r"[a-z0-9]+")
_GAPS: Final = re.compile(_GAP)
_DASHES: Final = re.compile(r"[^\s|*・·•‧∙⋅]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ONLY_DIGITS: Final = re.compile(r"[\W_]*[0-9][0-9\W_]*")
_KANJI: Final = dict.fromkeys(map(ord, "零一二三四五六七八九壱弐参"), "0")
_KATAKANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_LOOKALIKE: Final = str.maketrans("oil", "011")
_UNSEEN: Final = frozenset({"Mn", "Me", "Cf"})


def secret_in(text: str, before: Sequence[str] = ()) -> TypedSecret | None:
    """What the text has in it, the first in the order above. `before`: what the same person wrote just before it, the
    latest last."""
    whole = _with_digits(folded(text))
    joined = _with_digits(folded("\n".join([*_pieces(before), text])))
    if _has_code(whole) or (joined != whole and _ONLY_DIGITS.fullmatch(joined) and _has_code(joined)):
        return TypedSecret.CODE
    if _has_recovery_code(whole):
        return TypedSecret.RECOVERY_CODE
    return TypedSecret.PHRASE if _has_phrase(folded("\n".join([*_phrase_pieces(before), text]))) else None


def folded(text: str) -> str:
    """Compatibility forms made one, in small letters and hiragana, without marks and what cannot be seen."""
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(char for char in plain if unicodedata.category(char) not in _UNSEEN)
    return unicodedata.normalize("NFKC", seen).lower().translate(_KATAKANA)


def hashed(word: str) -> int:
    """The upper 24 of the 32 bits of FNV-1a over the UTF-8 of a folded word."""
    number = 0x811C9DC5
    for octet in word.encode():
        number = (number ^ octet) * 0x01000193 & 0xFFFFFFFF
    return number >> 32 - HASH_BITS


def _with_digits(text: str) -> str:
    """Every digit of any script as one of ASCII's. Which one does not matter but for dates, and those are ASCII."""
    return "".join(_digit(char) for char in text.translate(_KANJI))


def _digit(char: str) -> str:
    return "0" if not char.isascii() and unicodedata.category(char).startswith("N") else char


def _has_code(text: str) -> bool:
    covered = [match.span() for match in _ADDRESS.finditer(text)]
    if _SINGLES.search(text):
        return True
    return any(_is_code(text, run, covered) for run in _RUN.finditer(text))


def _is_code(text: str, run: re.Match[str], covered: Iterable[tuple[int, int]]) -> bool:
    if any(start <= run.start() and run.end() <= stop for start, stop in covered):
        return False
    blocks = [(run.start() + block.start(), block.group()) for block in _BLOCK.finditer(run.group())]
    if any(_alone(text, start, block, covered) for start, block in blocks):
        return True
    total = sum(len(block) for _, block in blocks)
    if len(blocks) == 1 or not FEWEST <= total <= MOST or _TIME.fullmatch(run.group()):
        return False
    return not _POSTAL_MARK.search(text, max(0, run.start() - 2), run.start())


def _alone(text: str, start: int, block: str, covered: Iterable[tuple[int, int]]) -> bool:
    if not FEWEST <= len(block) <= MOST or _DECIMAL.search(text, max(0, start - 2), start):
        return False
    return not any(first <= start and start + len(block) <= stop for first, stop in covered)


def _has_recovery_code(text: str) -> bool:
    return any(
        _is_recovery(run.group()) for run in _PIECES.finditer(text) if len(run.group()) >= RECOVERY_LENGTH
    )


def _is_recovery(run: str) -> bool:
    pieces, gaps = _PIECE.findall(run), _GAPS.findall(run)
    by_dashes = all(_DASHES.fullmatch(gap) for gap in gaps)
    if by_dashes and _canonical("".join(pieces)):
        return True
    for start, piece in enumerate(pieces):
        count, rest = divmod(RECOVERY_LENGTH, len(piece))
        group = pieces[start : start + count]
        same = rest == 0 and len(group) == count and {len(one) for one in group} == {len(piece)}
        if same and _canonical("".join(group)):
            return True
    return False


def _canonical(characters: str) -> bool:
    if characters.isalpha():
        return False  # four words of four letters are far likelier than a code without a digit (3 in 1,000, at worst)
    return is_recovery_code(characters.translate(_LOOKALIKE).upper())


def _has_phrase(text: str) -> bool:
    count = 0
    for word in _WORD.findall(text):
        count = count + 1 if hashed(word) in _known() else 0
        if count == PHRASE_WORDS:
            return True
    return False


def _pieces(before: Sequence[str]) -> list[str]:
    """The last messages that are nothing but digits."""
    return _last(before, [bool(_ONLY_DIGITS.fullmatch(_with_digits(folded(text)))) for text in before])


def _phrase_pieces(before: Sequence[str]) -> list[str]:
    """The last messages that are nothing but words of the lists."""
    return _last(before, [_all_known(folded(text)) for text in before])


def _last(texts: Sequence[str], fits: Sequence[bool]) -> list[str]:
    start = len(texts)
    while start > 0 and fits[start - 1]:
        start -= 1
    return list(texts[start:])


def _all_known(text: str) -> bool:
    words = _WORD.findall(text)
    return bool(words) and all(hashed(word) in _known() for word in words)


@cache
def _known() -> frozenset[int]:
    octets = b64decode(HASHES)
    return frozenset(int.from_bytes(octets[at : at + 3], "big") for at in range(0, len(octets), 3))
