"""When an agent may point and advise, and what the log says of it."""

from dataclasses import replace

import pytest

from audit.event import EventName, Outcome
from session import guidance
from session.chat import Message
from session.errors import GuidanceRefused
from session.guidance import LONGEST, Gestures
from session.model import Consent, Party, Scope, Session, State
from tests.storage.session_examples import NOW, sharing


def agreed(*extras: Scope) -> Session:
    session = sharing()
    consent = session.consent
    assert consent is not None
    return replace(session, consent=replace(consent, scopes=consent.scopes | set(extras)))


def consent_of(session: Session) -> Consent:
    assert session.consent is not None
    return session.consent


@pytest.mark.parametrize("state", State)
def test_guidance_is_open_while_something_is_shown_under_a_consent_to_it_and_never_else(state: State) -> None:
    session = replace(agreed(Scope.POINTER), state=state)
    until = consent_of(session).until
    assert guidance.is_open(session, until - 1) is (state is State.SHARING)
    for closed, at in (
        (session, until),
        (session, consent_of(session).granted_at - 1),
        (replace(session, consent=None), until - 1),
        (replace(session, blocked=True), until - 1),
        (replace(agreed(Scope.CHAT), state=state), until - 1),
    ):
        assert not guidance.is_open(closed, at)


@pytest.mark.parametrize("state", State)
def test_an_instruction_stands_as_long_as_the_agreement_that_it_was_given_under(state: State) -> None:
    session = replace(agreed(Scope.POINTER), state=state)
    given = consent_of(session).granted_at
    guide, now = Message(1, Party.AGENT, given, "Press Settings"), given + 1
    assert guidance.stands(session, guide, now) is (
        state in {State.READY, State.SHARING, State.PAUSED, State.INTERRUPTED}
    )
    assert not guidance.stands(session, replace(guide, at=given - 1), now)
    assert not guidance.stands(session, guide, consent_of(session).until)


def test_an_instruction_is_the_organisations_and_the_customer_can_prove_it() -> None:
    session = agreed(Scope.POINTER)
    entry = guidance.written(session, Message(4, Party.AGENT, NOW, "Press it"))
    assert (entry.name, entry.outcome) == (EventName.AGENT_GUIDE_WRITTEN, Outcome.INTENT)
    assert entry.facts == {"number": 4, "characters": 8, "text": "Press it"}
    assert entry.personal == {session.customer: {"guide": 4, "text": "Press it"}}


def test_of_the_pointer_the_log_has_its_share_and_its_count_and_no_place() -> None:
    session = agreed(Scope.POINTER)
    begun = guidance.used(session, NOW)
    assert (begun.name, begun.outcome, begun.facts) == (
        EventName.AGENT_POINTER_USED,
        Outcome.INTENT,
        {"epoch": session.epoch},
    )
    over = guidance.counted(session, Gestures(epoch=3, moves=12, strokes=2), NOW)
    assert over.name is EventName.AGENT_POINTER_COUNTED
    assert over.facts == {"epoch": 3, "moves": 12, "strokes": 2}


@pytest.mark.parametrize("text", ["", "  ", "x" * (LONGEST + 1), "two\nlines", "a\tb", "a\u202eb", "a\x00b"])
def test_what_is_no_single_line_is_refused(text: str) -> None:
    with pytest.raises(GuidanceRefused) as refused:
        guidance.must_be_guide(text)
    assert refused.value.code == "guide_text"


@pytest.mark.parametrize(
    "text", ["x" * LONGEST, "右上の「設定」を押してください", "Press <b>Settings</b>, top right"]
)
def test_a_line_of_text_is_taken(text: str) -> None:
    guidance.must_be_guide(text)
