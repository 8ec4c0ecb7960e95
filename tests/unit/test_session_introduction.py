"""The law of an introduction: badge before words, words before anything is asked, and two runs at the most."""

from dataclasses import replace

import pytest

from audit.event import EventName, Outcome
from session import recording
from session.effects import CloseMedia, RevokeMedia
from session.events import (
    BadgeAccepted,
    BadgeIssued,
    ExchangeDropped,
    ExchangeSettled,
    ExchangeStarted,
    IntroductionRefused,
    SessionEvent,
    WordsMatched,
)
from session.model import (
    EndCause,
    Exchange,
    Introduction,
    IntroductionFault,
    Party,
    Session,
    State,
)
from session.permission import Obstacle, why_not
from session.taking import takes_away
from session.transitions import TABLE, IllegalEvent, step
from tests.storage.session_examples import NOW, sharing
from tests.unit.introduction_examples import (
    ACCEPTED,
    BADGE,
    BADGE_SHOWN,
    HEARD,
    INTRODUCING,
    SETTLED,
    STARTED,
    TRANSCRIPT,
)


@pytest.mark.parametrize(("event", "before"), INTRODUCING.values(), ids=list(INTRODUCING))
@pytest.mark.parametrize("state", State)
def test_an_event_of_the_introduction_is_in_the_table_or_illegal(
    state: State, event: SessionEvent, before: Session
) -> None:
    placed = replace(before, state=state)
    if (state, type(event)) in TABLE:
        after, _ = step(placed, event, NOW)
        assert after.state in TABLE[(state, type(event))].to
    else:
        with pytest.raises(IllegalEvent):
            step(placed, event, NOW)


def test_both_pages_find_their_words_and_the_code_may_be_asked_for() -> None:
    session = BADGE_SHOWN
    for event in (
        BadgeAccepted(),
        ExchangeStarted(1),
        ExchangeSettled(TRANSCRIPT),
        WordsMatched(Party.CUSTOMER),
    ):
        session, _ = step(session, event, NOW)
        assert (session.state, session.introduction) == (State.INTRODUCING, Introduction.BADGE)
    session, _ = step(session, WordsMatched(Party.AGENT), NOW)
    assert (session.state, session.introduction) == (State.VERIFYING, Introduction.WORDS)
    assert session.transcript == TRANSCRIPT


def test_where_a_badge_is_enough_accepting_it_leads_on() -> None:
    asked = replace(BADGE_SHOWN, introduction_asked=Introduction.BADGE)
    session, _ = step(asked, BadgeAccepted(), NOW)
    assert (session.state, session.introduction) == (State.VERIFYING, Introduction.BADGE)


@pytest.mark.parametrize("asked", [Introduction.BADGE, Introduction.WORDS])
def test_without_a_badge_or_with_one_of_yesterday_nothing_can_be_accepted(asked: Introduction) -> None:
    session = replace(BADGE_SHOWN, introduction_asked=asked)
    with pytest.raises(IllegalEvent, match="not been issued"):
        step(replace(session, signed_badge=None), BadgeAccepted(), NOW)
    with pytest.raises(IllegalEvent, match="expired"):
        step(session, BadgeAccepted(), BADGE.expires_at)


def test_no_other_badge_slips_in_once_one_was_accepted() -> None:
    with pytest.raises(IllegalEvent, match="another badge"):
        step(ACCEPTED, BadgeIssued(replace(BADGE, id="bdg_2"), agent=ACCEPTED.agent), NOW)


@pytest.mark.parametrize(
    ("session", "event"),
    [
        (BADGE_SHOWN, ExchangeStarted(1)),
        (STARTED, ExchangeStarted(2)),
        (replace(ACCEPTED, exchange=Exchange(1)), ExchangeStarted(1)),
        (ACCEPTED, ExchangeSettled(TRANSCRIPT)),
        (SETTLED, ExchangeSettled(TRANSCRIPT)),
        (STARTED, ExchangeSettled("")),
        (STARTED, WordsMatched(Party.CUSTOMER)),
        (SETTLED, WordsMatched(Party.AGENT)),
    ],
)
def test_no_step_of_the_exchange_comes_before_its_turn(session: Session, event: SessionEvent) -> None:
    with pytest.raises(IllegalEvent):
        step(session, event, NOW)


def test_a_run_that_was_dropped_counts_and_nothing_of_it_holds() -> None:
    dropped, _ = step(HEARD, ExchangeDropped(Party.AGENT), NOW)
    assert (dropped.exchange, dropped.transcript) == (Exchange(1), "")
    second, _ = step(dropped, ExchangeStarted(2), NOW)
    assert second.exchange == Exchange(2, open=True)


def test_the_third_run_ends_the_session() -> None:
    used_up = replace(ACCEPTED, exchange=Exchange(2))
    ended, effects = step(used_up, ExchangeStarted(3), NOW)
    assert (ended.state, ended.end_cause) == (State.ENDED, EndCause.INTRODUCTION_FAILED)
    assert takes_away(ExchangeStarted(3), effects)
    (told, _end) = recording.taken(used_up, ExchangeStarted(3), ended, NOW)
    assert (told.name, told.facts["reason"]) == (EventName.SYSTEM_INTRODUCTION_REFUSED, "runs_used_up")


@pytest.mark.parametrize("state", [state for state in State if state is not State.ENDED])
def test_the_customer_can_call_out_an_impostor_at_every_step(state: State) -> None:
    before = replace(sharing(), state=state)
    event = IntroductionRefused(IntroductionFault.IMPOSTOR, Party.CUSTOMER)
    ended, effects = step(before, event, NOW)
    assert (ended.state, ended.end_cause) == (State.ENDED, EndCause.INTRODUCTION_FAILED)
    assert effects[:2] == (RevokeMedia(before.epoch), CloseMedia())
    (told, _end) = recording.taken(before, event, ended, NOW)
    assert told.name is EventName.CUSTOMER_IMPOSTOR_REPORTED


@pytest.mark.parametrize(
    ("by", "name"),
    [
        (Party.CUSTOMER, EventName.CUSTOMER_INTRODUCTION_REFUSED),
        (Party.AGENT, EventName.AGENT_INTRODUCTION_REFUSED),
        (None, EventName.SYSTEM_INTRODUCTION_REFUSED),
    ],
)
def test_a_failed_introduction_says_who_noticed_and_why(by: Party | None, name: EventName) -> None:
    event = IntroductionRefused(IntroductionFault.WORDS_DIFFER, by)
    ended, _ = step(SETTLED, event, NOW)
    told, end = recording.taken(SETTLED, event, ended, NOW)
    assert (told.name, told.outcome) == (name, Outcome.REFUSED)
    assert (told.facts["reason"], end.facts["cause"]) == ("words_differ", "introduction_failed")


def test_nothing_flows_where_words_were_asked_for_and_only_a_badge_was_shown() -> None:
    asked = replace(sharing(), introduction_asked=Introduction.WORDS)
    found = why_not(asked, NOW, log_healthy=True, case_live=True, login_live=True)
    assert found == (Obstacle.NOT_INTRODUCED,)
    compared = replace(asked, introduction=Introduction.WORDS)
    assert why_not(compared, NOW, log_healthy=True, case_live=True, login_live=True) == ()


def test_whatever_fails_an_introduction_waits_for_nothing() -> None:
    assert takes_away(IntroductionRefused(IntroductionFault.LATE), ())
    assert takes_away(ExchangeDropped(Party.CUSTOMER), ())
