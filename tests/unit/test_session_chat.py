"""When there is a chat, and what the log says of it."""

from dataclasses import replace

import pytest

from audit.event import EventName, Outcome
from session import chat
from session.chat import LONGEST, Message
from session.errors import ChatRefused
from session.model import Consent, Party, Scope, Session, State
from tests.storage.session_examples import NOW, sharing

OPEN_IN = {State.READY, State.SHARING, State.PAUSED, State.INTERRUPTED}


def agreed(*extras: Scope) -> Session:
    session = sharing()
    consent = session.consent
    assert consent is not None
    return replace(session, consent=replace(consent, scopes=consent.scopes | set(extras)))


def consent_of(session: Session) -> Consent:
    assert session.consent is not None
    return session.consent


@pytest.mark.parametrize("state", State)
def test_chat_is_open_while_a_consent_to_it_holds_and_never_else(state: State) -> None:
    session = replace(agreed(Scope.CHAT), state=state)
    until = consent_of(session).until
    assert chat.is_open(session, until - 1) is (state in OPEN_IN)
    assert not chat.is_open(session, until)
    assert not chat.is_open(session, consent_of(session).granted_at - 1)
    assert not chat.is_open(replace(session, consent=None), until - 1)
    assert not chat.is_open(replace(session, blocked=True), until - 1)
    assert not chat.is_open(replace(agreed(), state=state), until - 1)


def test_the_customers_words_are_in_the_customers_section_alone() -> None:
    session = agreed(Scope.CHAT)
    entry = chat.intended(session, Message(3, Party.CUSTOMER, NOW, "I see a red line"))
    assert (entry.name, entry.outcome) == (EventName.CUSTOMER_CHAT_WRITTEN, Outcome.INTENT)
    assert entry.facts == {"number": 3, "characters": 16}
    assert entry.personal == {session.customer: {"chat": 3, "from": "customer", "text": "I see a red line"}}


def test_the_agents_words_are_the_organisations_and_the_customer_can_prove_them() -> None:
    session = agreed(Scope.CHAT)
    entry = chat.intended(session, Message(4, Party.AGENT, NOW, "Press it"))
    assert entry.facts == {"number": 4, "characters": 8, "text": "Press it"}
    assert entry.personal == {session.customer: {"chat": 4, "from": "agent", "text": "Press it"}}


def test_a_refusal_tells_its_kind_and_no_more() -> None:
    entry = chat.refused(agreed(Scope.CHAT), Party.AGENT, "asks_code", "server", NOW)
    assert (entry.name, entry.outcome) == (EventName.AGENT_CHAT_REFUSED, Outcome.REFUSED)
    assert (entry.facts, entry.personal) == ({"kind": "asks_code", "where": "server"}, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "x" * (LONGEST + 1),
        "a\u202eb",
        "a\u2066b",
        "a\u200fb",
        "a\x00b",
        "a\x1bb",
        "\ud800",
        "a\x85b",
    ],
)
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(ChatRefused) as refused:
        chat.must_be_text(text)
    assert refused.value.code == "chat_text"


@pytest.mark.parametrize(
    "text", ["x" * LONGEST, "two\nlines\tand a tab", "👩‍👩‍👧 family", "سلام", "<b>bold</b>"]
)
def test_what_is_text_is_taken(text: str) -> None:
    chat.must_be_text(text)
