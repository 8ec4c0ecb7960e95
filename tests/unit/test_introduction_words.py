"""The words that are said and typed: enough of them, told apart by eye and ear, and none of a recovery phrase."""

import re
from itertools import combinations
from pathlib import Path

import mnemonic
import pytest

from tests.unit.word_rules import folded, heard, listed, morae, near

LANGUAGES = ["en", "ja"]
OURS = {
    "password",
    "username",
    "passcode",
    "account",
    "code",
    "secret",
    "token",
    "session",
    "agent",
    "customer",
    "consent",
    "receipt",
    "recovery",
    "mnemonic",
    "wallet",
    "money",
    "dollar",
    "euro",
    "salary",
    "payroll",
    "creditor",
    "debtor",
    "escrow",
    "パスワード",
    "アカウント",
    "コード",
    "あんごう",
    "ざんだか",
    "そうきん",
}
BIP_39 = Path(mnemonic.__file__).parent / "wordlist"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_has_eleven_bits_of_words_each_once_whatever_keyboard_types_it(language: str) -> None:
    words = listed(language)
    assert len(words) == len({folded(word) for word in words}) == 2_048


def test_english_words_are_short_and_japanese_ones_kana() -> None:
    assert [word for word in listed("en") if not re.fullmatch("[a-z]{4,8}", word)] == []
    assert [word for word in listed("ja") if not re.fullmatch("[ぁ-ん]+|[ァ-ヶー]+", word)] == []
    assert [word for word in listed("ja") if not 3 <= len(morae(word)) <= 5] == []


def test_nobody_is_asked_to_say_a_word_of_a_secret_or_of_money() -> None:
    """Who has once said "wallet" or "recovery" to a voice on the telephone has practised the theft of one."""
    assert set(listed("en")) & OURS == set()
    assert set(listed("ja")) & OURS == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_in_a_bip_39_list_of_any_language(language: str) -> None:
    lists = sorted(BIP_39.glob("*.txt"))
    assert len(lists) >= 10
    theirs = {folded(word) for file in lists for word in file.read_text("utf-8").split()}
    assert {folded(word) for word in listed(language)} & theirs == set()


def test_no_two_words_are_one_slip_apart() -> None:
    assert list(near([list(word) for word in listed("en")])) == []
    assert list(near([morae(word) for word in listed("ja")])) == []


def test_the_search_for_slips_finds_them() -> None:
    pairs = ["candle", "cradle", "handle", "candles", "cnadle"]
    found = set(near([list(word) for word in pairs]))
    assert {("candle", "handle"), ("candle", "candles"), ("candle", "cnadle")} <= found
    assert ("candle", "cradle") not in found


def test_no_english_word_begins_another() -> None:
    words = listed("en")
    assert [(one, two) for one, two in combinations(words, 2) if two.startswith(one)] == []


def test_no_two_japanese_words_differ_only_in_what_the_ear_may_miss() -> None:
    words = listed("ja")
    assert heard("がっこう") == heard("かこ") == "かこ"
    by_ear: dict[str, str] = {}
    alike = [
        (by_ear[key], word) for word in words if (key := heard(word)) in by_ear or by_ear.update({key: word})
    ]
    assert alike == []
