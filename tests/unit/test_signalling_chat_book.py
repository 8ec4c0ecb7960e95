"""What a session's chat keeps is bounded, and so is how fast somebody writes."""

import pytest

from server.signalling.chat_book import KEPT, KEPT_CHARACTERS, TOGETHER_MS, WRITING, ChatBook
from session.chat import LONGEST, Message
from session.errors import ChatRefused
from session.model import Party


def filled(count: int, text: str) -> ChatBook:
    book = ChatBook()
    for number in range(1, count + 1):
        book.add(Message(number, Party.AGENT, number, text), str(number))
    return book


def test_five_at_once_then_one_a_second_and_nobody_pays_for_the_other() -> None:
    book = ChatBook()
    for _ in range(5):
        book.must_pass(Party.AGENT, WRITING, 1_000)
    with pytest.raises(ChatRefused) as refused:
        book.must_pass(Party.AGENT, WRITING, 1_999)
    assert refused.value.code == "chat_too_fast"
    book.must_pass(Party.CUSTOMER, WRITING, 1_999)
    book.must_pass(Party.AGENT, WRITING, 2_000)


def test_the_latest_are_kept_and_older_ones_are_on_record_only() -> None:
    book = filled(KEPT + 7, "short")
    assert [book.after(0)[0].number, book.after(0)[-1].number, len(book.after(0))] == [8, KEPT + 7, KEPT]
    assert [message.number for message in book.after(KEPT + 5)] == [KEPT + 6, KEPT + 7]
    long = filled(100, "x" * LONGEST)
    assert sum(len(message.text) for message in long.after(0)) == KEPT_CHARACTERS
    assert long.accepted(Party.AGENT, "1") is not None, "it is still taken once only"


def test_what_one_person_wrote_just_before_is_judged_with_it() -> None:
    book = ChatBook()
    book.add(Message(1, Party.CUSTOMER, 0, "old"), "1")
    book.add(Message(2, Party.CUSTOMER, TOGETHER_MS, "new"), "2")
    book.add(Message(3, Party.AGENT, TOGETHER_MS, "theirs"), "3")
    assert book.just_before(Party.CUSTOMER, TOGETHER_MS) == ["new"]
