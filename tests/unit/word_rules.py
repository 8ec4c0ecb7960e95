"""What a list of words must hold, as rules of text alone: verification/words/DECISIONS.md."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LARGE = dict(zip("ぁぃぅぇぉゃゅょゎ", "あいうえおやゆよわ", strict=True))
UNVOICED = str.maketrans(
    "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽゔ",
    "かきくけこさしすせそたちつてとはひふへほはひふへほう",
)
VOWELS = {
    "あ": "あかさたなはまやらわがざだばぱぁゃゎ",
    "い": "いきしちにひみりぎじぢびぴぃ",
    "う": "うくすつぬふむゆるぐずづぶぷぅゅ",
    "え": "えけせてねへめれげぜでべぺぇ",
    "お": "おこそとのほもよろをごぞどぼぽぉょ",
}
VOWEL_OF = {kana: vowel for vowel, row in VOWELS.items() for kana in row}


def listed(language: str) -> list[str]:
    text = (ROOT / "web_client" / "words" / f"{language}.js").read_text("utf-8")
    found = re.search(r"const LIST = `\n(.*?)\n`;", text, re.DOTALL)
    assert found is not None
    return found[1].split()


def folded(word: str) -> str:
    """As pages fold what is typed."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).lower())
    bare = unicodedata.normalize("NFC", "".join(one for one in text if not "\u0300" <= one <= "\u036f"))
    return "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in bare)


def morae(word: str) -> list[str]:
    return re.findall(r".[ぁぃぅぇぉゃゅょゎ]?", folded(word))


def heard(word: str) -> str:
    """A Japanese word without what the ear may miss: length, the small tsu, voicing."""
    kept: list[str] = []
    for kana in folded(word):
        vowel = VOWEL_OF.get(kept[-1]) if kept else None
        long = vowel is not None and (kana == vowel or (vowel, kana) in {("お", "う"), ("え", "い")})
        if kana not in {"っ", "ー"} and not long:
            kept.append(kana)
    text = "".join(LARGE.get(kana, kana) for kana in kept).translate(UNVOICED)
    return text.replace("を", "お")


def near(words: Iterable[list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs that are one change apart: a part replaced, left out, or exchanged with its neighbour."""
    seen: dict[tuple[str, ...], str] = {}
    for parts in words:
        name = "".join(parts)
        shadows = {tuple(parts), *(_without(parts, at) for at in range(len(parts)))}
        swapped = {_swapped(parts, at) for at in range(len(parts) - 1)}
        for shadow in shadows | swapped:
            if shadow in seen and seen[shadow] != name and _one_apart(parts, _parts(seen[shadow], parts)):
                yield seen[shadow], name
        for shadow in shadows:
            seen.setdefault(shadow, name)


def _parts(name: str, like: list[str]) -> list[str]:
    return list(name) if all(len(part) == 1 for part in like) and name.isascii() else morae(name)


def _without(parts: list[str], at: int) -> tuple[str, ...]:
    return (*parts[:at], *parts[at + 1 :])


def _swapped(parts: list[str], at: int) -> tuple[str, ...]:
    return (*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :])


def _one_apart(one: list[str], other: list[str]) -> bool:
    if len(one) == len(other):
        differ = [at for at in range(len(one)) if one[at] != other[at]]
        exchanged = (
            len(differ) == 2 and one[differ[0]] == other[differ[1]] and one[differ[1]] == other[differ[0]]
        )
        return len(differ) <= 1 or (exchanged and differ[1] == differ[0] + 1)
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and any(list(_without(long, at)) == short for at in range(len(long)))
