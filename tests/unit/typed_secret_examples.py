"""Codes in every disguise, and what people write every day. The pages' rules are held to the same examples."""

import random
from collections.abc import Callable, Iterator

from mnemonic import Mnemonic

from verification.recovery_code import code_from, shown

DISGUISES = 5_000
ZEROS = "０𝟎𝟘𝟢𝟬𝟶٠۰०๐"  # full-width, mathematical, Arabic, Persian, Devanagari, Thai
SUPERSCRIPTS, SUBSCRIPTS, CIRCLED, KANJI = "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉", "⓪①②③④⑤⑥⑦⑧⑨", "〇一二三四五六七八九"
GAPS = (" ", "-", "  ", " - ", "\u00a0", "\u3000", "\u2009", "‐", "–", "—", "−", "ー", "_", "・", "\n", "~")
UNSEEN = ("\u200b", "\u2060", "\u00ad", "\u200d", "\ufe0f\u20e3", "\u0336")
AROUND = ("{}", "My code is {}.", "code:{}", "コードは{}です", "({})", "it says {}, ok?", "「{}」", "{}!")

# Each is what it is in an ordinary talk, and is let through.
ORDINARY = (
    "I sent 12,500 yen on 3 March.",
    "¥1,250,000 was taken, not 1,250.50.",
    "The fee was 0.00123456 BTC.",
    "The date is 2026-11-26 at 14:03.",
    "26-11-2026, or 26.11.2026, or 11/26/2026.",
    "From 2024-2026 I lived in Osaka.",
    "Call me on 090-1234-5678 or +81 3 1234 5678.",
    "0312345678 is my number at work.",
    "〒150-0001 東京都渋谷区",
    "It is case C-2041, and I pressed button 3 twice.",
    "0x71c7656ec7ab88b098defb751b7401b5f6d8976f",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "Open 9:00-17:00, 7 days a week.",
    "On 192.168.10.24 it does not work.",
    "1, 2, 3, go!",
    "Step 1 works, step 2 does not.",
    "I see the screen with my balance, and a red line under it.",
    "Thank you very much for your help today, it works again now.",
    "振込は12月3日に行いました。金額は125,000円です。",
    "三月二十五日の午後二時ごろです。",
    "画面の左上に「出金」と表示されています。",
    "Is the price 45,000 or 54,000? I paid 99.95.",
    "The version is 12.4.1 on Windows 11.",
    "10000-15000 yen",
)
# What is refused although it is no code: stated, so that nobody is surprised.
REFUSED_ALL_THE_SAME = (
    "I sent 125000 yen.",
    "The order is 4711234.",
    "150-0001",
    "555-1234",
    "500-1000 yen",
    "1 250 000 kr",
    "4111 1111 1111 1111",
)


def codes(seed: int, count: int = DISGUISES) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311  # a seed, so that a failure can be had again
    for _ in range(count):
        length = chance.randint(6, 8)
        digits = "".join(chance.choice("0123456789") for _ in range(length))
        yield chance.choice(AROUND).format(_spread(chance, [_digit(chance)(digit) for digit in digits]))


def recovery_codes(seed: int, count: int = DISGUISES) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311
    while count:
        code = shown(code_from(chance.randrange(10), chance.randbytes(10)))
        written = chance.choice(
            (code, code.replace("-", ""), code.replace("-", " "), " ".join(code.replace("-", "")))
        )
        written = chance.choice((str, str.lower, _look_alike, _full_width))(written)
        if not any(char.isdigit() for char in written):
            continue  # one without a digit is not found: the module says so
        count -= 1
        yield chance.choice(AROUND).format(written)


def phrases(seed: int, count: int = 500) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311
    for number in range(count):
        language = ("english", "japanese")[number % 2]
        words = chance.choices(Mnemonic(language).wordlist, k=chance.choice((8, 12, 24)))
        if language == "english":
            words = [
                chance.choice((str, str.upper, str.title, _first_four, _full_width))(word) for word in words
            ]
        apart = chance.choice((" ", "\n", ", ", "\u3000", "・", " / ", "  ", "-"))
        numbered = (
            [f"{place}. {word}" for place, word in enumerate(words, 1)] if chance.random() < 0.3 else words
        )
        yield apart.join(numbered)


def _digit(chance: random.Random) -> Callable[[str], str]:
    zero = chance.choice(ZEROS)
    line = chance.choice((SUPERSCRIPTS, SUBSCRIPTS, CIRCLED, KANJI))
    return chance.choice((str, str, lambda one: chr(ord(zero) + int(one)), lambda one: line[int(one)]))


def _spread(chance: random.Random, digits: list[str]) -> str:
    gap = chance.choice(GAPS)
    match chance.randrange(5):
        case 0:
            return "".join(digits)
        case 1:
            return gap.join(digits)
        case 2:
            return gap.join(("".join(digits[:3]), "".join(digits[3:])))
        case 3:
            return chance.choice(UNSEEN).join(digits)
        case _:
            return chance.choice((", ", ".", "/", ":", ") (")).join(digits)


def _look_alike(code: str) -> str:
    return code.replace("0", "O").replace("1", "l")


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _first_four(word: str) -> str:
    return word[:4]
