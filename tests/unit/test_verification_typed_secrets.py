"""No code, recovery code or recovery phrase passes, in whatever dress; what people write every day does."""

import base64
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.typed_secret_examples import (
    ORDINARY,
    REFUSED_ALL_THE_SAME,
    codes,
    phrases,
    recovery_codes,
)
from verification import phrase_hashes
from verification.asking import asks_for_secret
from verification.typed_secrets import TypedSecret, secret_in

ROOT = Path(__file__).resolve().parents[2]


def test_a_code_is_found_in_every_disguise() -> None:
    passed = [ascii(text) for text in codes(20261126) if secret_in(text) is not TypedSecret.CODE]
    assert passed == []


def test_a_recovery_code_is_found_in_every_disguise() -> None:
    passed = [ascii(text) for text in recovery_codes(20261127) if secret_in(text) is None]
    assert passed == []


def test_eight_words_of_a_phrase_are_found_in_both_languages() -> None:
    passed = [ascii(text) for text in phrases(20261128) if secret_in(text) is None]
    assert passed == []


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_write_every_day_is_let_through(text: str) -> None:
    assert secret_in(text) is None


@pytest.mark.parametrize("text", REFUSED_ALL_THE_SAME)
def test_what_is_refused_although_it_is_no_code_is_known(text: str) -> None:
    assert secret_in(text) is not None


def test_seven_words_of_a_phrase_are_no_phrase() -> None:
    words = ["legal", "winner", "thank", "year", "wave", "sausage", "worth", "useful"]
    assert secret_in(" ".join(words)) is TypedSecret.PHRASE
    assert secret_in(" ".join(words[:7])) is None
    assert secret_in(" ".join([*words[:4], "the", *words[4:]])) is None


def test_a_code_or_a_phrase_in_pieces_is_put_together() -> None:
    assert secret_in("456", ["Hello", "123"]) is TypedSecret.CODE
    assert secret_in("56", ["12", "34"]) is TypedSecret.CODE
    assert secret_in("wave sausage worth useful", ["legal winner", "thank year"]) is TypedSecret.PHRASE
    assert secret_in("456 people were there", ["123"]) is None
    assert secret_in("456", ["123", "and then"]) is None


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert secret_in(text, [text]) in {None, *TypedSecret}


@given(st.text(st.characters(blacklist_categories=["N"]), max_size=60), st.from_regex(r"\A[0-9]{6,8}\Z"))
def test_a_bare_code_is_found_wherever_it_stands(text: str, code: str) -> None:
    assert secret_in(f"{text} {code}") is not None


def test_both_files_of_hashes_are_what_the_script_makes() -> None:
    made = runpy.run_path(str(ROOT / ".ci" / "phrase_words.py"))["hashes"]()
    assert base64.b64decode(phrase_hashes.HASHES) == made
    script = (ROOT / "web_client" / "protocol" / "phrase_hashes.js").read_text("utf-8")
    assert base64.b64decode(script.partition("`")[2].partition("`")[0]) == made


@pytest.mark.parametrize(
    "text",
    [
        "Please tell me the code.",
        "Read me your 6-digit code",
        "What's your one-time password?",
        "What’s your code?",
        "Type the code here please",
        "Can I have your recovery phrase?",
        "認証コードを教えてください。",
        "ここに確認コードを入力してください",
        "パスワードは何ですか",
    ],
)
def test_who_asks_for_a_code_is_heard(text: str) -> None:
    assert asks_for_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "Never tell me your code.",
        "Type the code on your own page.",
        "You will be asked for a code. Please don't send it here.",
        "What is the error code?",
        "Please send me the form.",
        "コードは誰にも教えないでください。",
        "コードはご自身の画面に入力してください。",
        "エラーコードを教えてください。",
    ],
)
def test_who_warns_or_speaks_of_something_else_is_not(text: str) -> None:
    assert not asks_for_secret(text)
