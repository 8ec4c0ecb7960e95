"""The customer asks first: the line, the acceptance, the code, and every way out."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.event import Actor, ActorKind, EventName, Outcome
from session import invitation, meeting_code, recording, waiting
from session.admission import IN_LINE, Crowd, crowd, may_accept, replaces
from session.deadlines import first_due
from session.effects import CloseMedia
from session.events import (
    BadgeIssued,
    Connected,
    ConnectionLost,
    EndDemanded,
    HelpProlonged,
    InvitationClaimed,
    MeetingCodeMatched,
    MeetingCodeRefused,
    SessionEvent,
    TimePassed,
)
from session.identity import SessionId
from session.model import EndCause, Help, Party, Session, State
from session.transitions import TABLE, IllegalEvent, step
from tests.storage.session_examples import DEVICE, NOW, accepting, fresh
from tests.storage.session_examples import waiting as in_wait
from tests.unit.introduction_examples import BADGE
from tests.unit.waiting_examples import ACCEPTED, LATE, WAITING

MINUTE = 60_000
KEY = b"k" * 32
E = EventName


@pytest.mark.parametrize(("event", "before"), WAITING.values(), ids=WAITING)
@pytest.mark.parametrize("state", State)
def test_what_belongs_to_a_wait_is_legal_there_alone(
    state: State, event: SessionEvent, before: Session
) -> None:
    moved = replace(before, state=state)
    if (state, type(event)) in TABLE:
        assert step(moved, event, NOW)[0].state in TABLE[(state, type(event))].to
    else:
        assert state is not State.WAITING
        with pytest.raises(IllegalEvent):
            step(moved, event, NOW)


def test_both_ways_end_in_the_same_state() -> None:
    invited, _ = step(fresh(), InvitationClaimed(DEVICE), NOW)
    met, _ = step(ACCEPTED, MeetingCodeMatched(accepting().nonce), NOW)
    assert invited.state is met.state is State.JOINED
    assert invited.device == met.device == DEVICE
    assert (met.agent, met.agent_login, met.help and met.help.met) == ("sta_1", "log_1", True)
    assert not waiting.unmet(met)
    assert not waiting.unmet(fresh())


def test_an_acceptance_names_the_agent_and_gives_ten_more_minutes() -> None:
    asked = in_wait()
    accepted, _ = step(asked, accepting("sta_7", "log_7"), NOW + 9 * MINUTE)
    assert (accepted.state, accepted.agent, accepted.agent_login) == (State.WAITING, "sta_7", "log_7")
    assert accepted.badge == accepting().badge
    assert accepted.invitation_expires_at == NOW + 19 * MINUTE
    assert accepted.help == Help("payment", "ja", accepting().nonce, NOW + 9 * MINUTE)


def test_of_two_agents_the_second_is_refused_and_changes_nothing() -> None:
    with pytest.raises(IllegalEvent, match="accepted this customer already"):
        step(ACCEPTED, accepting("sta_2"), NOW)


@pytest.mark.parametrize(
    ("before", "event", "at", "sentence"),
    [
        (in_wait(), accepting(), NOW + 10 * MINUTE, "over"),
        (replace(in_wait(), present=frozenset()), accepting(), NOW, "not connected"),
        (in_wait(), MeetingCodeMatched(accepting().nonce), NOW, "Nobody has accepted"),
        (in_wait(), MeetingCodeRefused(accepting().nonce), NOW, "Nobody has accepted"),
        (in_wait(), BadgeIssued(BADGE), NOW, "Nobody has accepted"),
        (ACCEPTED, MeetingCodeMatched(accepting().nonce), NOW + 10 * MINUTE, "over"),
        (in_wait(), HelpProlonged(), NOW + 6 * MINUTE, "time enough"),
        (LATE, HelpProlonged(), NOW + 2 * MINUTE, "over"),
        (ACCEPTED, HelpProlonged(), NOW + 9 * MINUTE, "accepted already"),
        (replace(in_wait(), help=None), accepting(), NOW, "Nobody asked"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    before: Session, event: SessionEvent, at: int, sentence: str
) -> None:
    with pytest.raises(IllegalEvent, match=sentence):
        step(before, event, at)


def test_five_wrong_codes_end_the_wait() -> None:
    session = ACCEPTED
    for wrong in range(1, 5):
        session, _ = step(session, MeetingCodeRefused(accepting().nonce), NOW)
        assert (session.state, session.help and session.help.mistyped) == (State.WAITING, wrong)
    session, effects = step(session, MeetingCodeRefused(accepting().nonce), NOW)
    assert (session.state, session.end_cause) == (State.ENDED, EndCause.INTRODUCTION_FAILED)
    assert CloseMedia() in effects
    assert waiting.unmet(session)


def test_a_customer_may_go_on_waiting_and_keeps_the_place() -> None:
    longer, _ = step(LATE, HelpProlonged(), NOW)
    assert longer.invitation_expires_at == NOW + 10 * MINUTE
    assert longer.opened_at == LATE.opened_at
    with pytest.raises(IllegalEvent):
        step(longer, HelpProlonged(), NOW)


@pytest.mark.parametrize("before", [in_wait(), ACCEPTED], ids=["in line", "accepted"])
def test_whoever_leaves_is_out_of_line_after_a_minute_and_may_come_back_before(before: Session) -> None:
    gone, _ = step(before, ConnectionLost(Party.CUSTOMER), NOW + 1)
    assert gone.state is State.WAITING
    assert step(gone, TimePassed(), NOW + MINUTE)[0] == gone
    assert step(gone, TimePassed(), NOW + 1 + MINUTE)[0].end_cause is EndCause.CONNECTION_LOST
    back, _ = step(gone, Connected(Party.CUSTOMER, "page_2"), NOW + 2)
    assert step(back, TimePassed(), NOW + 2 * MINUTE)[0] == back
    again, _ = step(gone, ConnectionLost(Party.CUSTOMER), NOW + 50_000)  # told twice: the first counts
    assert again.customer_lost_at == NOW + 1
    assert step(before, ConnectionLost(Party.AGENT), NOW)[0].customer_lost_at is None


def test_a_page_that_never_comes_keeps_no_place() -> None:
    asked = in_wait()
    never = waiting.asked_for(asked.id, asked.case, asked.customer, DEVICE, Help("other", "en"), NOW)
    due = first_due(never)
    assert due is not None
    assert (due.at, due.cause) == (NOW + MINUTE, EndCause.CONNECTION_LOST)


@given(st.lists(st.sampled_from(["accept", "prolong", "match", "miss", "lost", "back", "time"]), max_size=30))
def test_a_wait_never_outlasts_its_time_and_ends_with_a_cause(steps: list[str]) -> None:
    """Whatever people do: nobody is met without an acceptance, nobody is accepted twice, and a wait comes to an end."""
    made: dict[str, SessionEvent] = {
        "accept": accepting(),
        "prolong": HelpProlonged(),
        "match": MeetingCodeMatched(accepting().nonce),
        "miss": MeetingCodeRefused(accepting().nonce),
        "lost": ConnectionLost(Party.CUSTOMER),
        "back": Connected(Party.CUSTOMER, "page_1"),
        "time": TimePassed(),
    }
    session, now, accepted, prolonged = in_wait(), NOW, 0, 0
    for name in steps:
        now += 2 * MINUTE
        session, _ = step(session, TimePassed(), now)  # the sweeper is never later
        if session.state is not State.WAITING:
            break
        try:
            session, _ = step(session, made[name], now)
        except IllegalEvent:
            continue
        accepted += name == "accept"
        prolonged += name == "prolong"
        assert now < session.invitation_expires_at <= NOW + (accepted + prolonged + 1) * 10 * MINUTE
    assert accepted <= 1
    assert session.state in {State.WAITING, State.JOINED, State.ENDED}
    assert (session.state is State.JOINED) == (session.help is not None and session.help.met)
    if session.state is State.JOINED:
        assert accepted == 1
    if session.state is State.WAITING:
        due = first_due(session)
        assert due is not None
        assert step(session, TimePassed(), due.at)[0].end_cause is due.cause


def line(*openings: int) -> list[Session]:
    return [in_wait(f"ses_{number}", now=NOW + at) for number, at in enumerate(openings)]


def test_the_line_goes_by_how_long_somebody_waits() -> None:
    late, first, second = line(30, 0, 20)
    accepted, _ = step(in_wait("ses_9"), accepting(), NOW)
    ended, _ = step(in_wait("ses_8"), EndDemanded(EndCause.CUSTOMER_STOPPED), NOW)
    everybody = [late, accepted, first, fresh("ses_7"), ended, second]
    assert waiting.in_line(everybody) == [first, second, late]
    assert [waiting.place_of(one, everybody) for one in (first, second, late, accepted)] == [1, 2, 3, None]


def test_an_expected_wait_is_told_only_where_enough_people_waited_lately() -> None:
    ago = 10 * MINUTE
    assert waiting.expected_ms([], NOW) is None
    assert waiting.expected_ms([(NOW - ago, MINUTE)] * 2, NOW) is None
    assert (
        waiting.expected_ms([(NOW - ago, ms) for ms in (MINUTE, 9 * MINUTE, 3 * MINUTE)], NOW) == 3 * MINUTE
    )
    assert waiting.expected_ms([(NOW - waiting.RECENT_MS, MINUTE)] * 9, NOW) is None
    assert waiting.expected_ms([(NOW + 1, MINUTE)] * 9, NOW) is None  # the clock was set back


def test_who_asks_again_gives_the_former_wait_up_and_nothing_else() -> None:
    mine, again = in_wait("ses_1"), in_wait("ses_again", customer="cus_1")
    assert replaces(again, mine)
    assert replaces(again, ACCEPTED)
    assert not replaces(again, in_wait("ses_2"))
    assert not replaces(again, fresh("ses_1x", customer="cus_1"))
    invites = replace(fresh("ses_3"), case=ACCEPTED.case, agent=ACCEPTED.agent)
    assert not replaces(invites, ACCEPTED)
    assert crowd(invites, [ACCEPTED]) is Crowd.CASE_TAKEN


def test_the_line_has_an_end_and_an_agent_has_too() -> None:
    waits = [in_wait(f"ses_{number}") for number in range(IN_LINE)]
    assert crowd(in_wait("ses_x"), waits) is Crowd.LINE_FULL
    assert crowd(in_wait("ses_x"), waits[1:]) is None
    assert (
        crowd(replace(in_wait("ses_x"), customer=waits[0].customer), waits) is None
    )  # in place of the former
    assert crowd(fresh("ses_x"), waits) is None
    held = [replace(one, agent=fresh().agent) for one in waits[:20]]
    assert may_accept(fresh().agent, held[1:])
    assert not may_accept(fresh().agent, held)


def test_a_meeting_code_is_the_same_for_one_acceptance_and_another_for_the_next() -> None:
    code = meeting_code.made(KEY, SessionId("ses_1"), "n1")
    assert code == meeting_code.made(KEY, SessionId("ses_1"), "n1")
    others = {
        meeting_code.made(key, SessionId(name), nonce)
        for key in (KEY, b"l" * 32)
        for name in ("ses_1", "ses_2")
        for nonce in ("n1", "n2")
    }
    assert len(others) == 8
    assert meeting_code.in_groups("K7QX2M9D") == "K7QX-2M9D"


@given(st.text(alphabet="0123456789", min_size=1, max_size=12), st.binary(min_size=32, max_size=32))
def test_a_meeting_code_is_folded_as_it_is_said_and_never_looks_like_an_apps_code(
    digits: str, key: bytes
) -> None:
    code = meeting_code.made(key, SessionId(f"ses_{digits}"), digits)
    assert re.fullmatch(r"[A-HJKMNP-TV-Z][0-9A-HJKMNP-TV-Z]{7}", code)
    assert meeting_code.fold(meeting_code.in_groups(code).lower()) == code
    assert meeting_code.fold(code.replace("1", "l").replace("0", "o")) == code
    assert meeting_code.same(code, code)
    assert meeting_code.fold(digits) is None
    for place in range(meeting_code.LENGTH):
        for wrong in invitation.ALPHABET:
            mistyped = code[:place] + wrong + code[place + 1 :]
            assert (meeting_code.fold(mistyped) is None) == (wrong != code[place])


@pytest.mark.parametrize("typed", ["", "K", "U" * 8, "K7QX2M9DRT4WC", "K" * 65, "\u017f" * 8])
def test_what_is_no_meeting_code_is_none(typed: str) -> None:
    assert meeting_code.fold(typed) is None


def test_what_is_recorded_of_a_wait() -> None:
    opened = recording.opening(in_wait(), NOW)
    assert (opened.name, opened.outcome, opened.actor) == (
        E.CUSTOMER_HELP_ASKED,
        Outcome.INTENT,
        Actor(ActorKind.CUSTOMER, "cus_1"),
    )
    assert opened.facts == {"topic": "payment", "language": "ja", "device": DEVICE.id}
    assert opened.personal == {"cus_1": {"device_key": DEVICE.public_key}}
    accepted = recording.intent(
        in_wait(), accepting("sta_7"), step(in_wait(), accepting("sta_7"), NOW + 5)[0], NOW
    )
    assert accepted is not None
    assert (accepted.name, accepted.actor) == (E.AGENT_HELP_ACCEPTED, Actor(ActorKind.AGENT, "sta_7"))
    assert accepted.facts == {"login": "log_1", "waited_ms": 5}
    met = recording.intent(
        ACCEPTED,
        MeetingCodeMatched(accepting().nonce),
        step(ACCEPTED, MeetingCodeMatched(accepting().nonce), NOW)[0],
        NOW,
    )
    assert met is not None
    assert (met.name, met.actor.id) == (E.AGENT_MEETING_CONFIRMED, "sta_1")
    last = replace(ACCEPTED, help=replace(ACCEPTED.help or Help("", ""), mistyped=4))
    refused, end = recording.taken(
        last,
        MeetingCodeRefused(accepting().nonce),
        step(last, MeetingCodeRefused(accepting().nonce), NOW)[0],
        NOW,
    )
    assert (refused.name, refused.outcome, refused.facts) == (
        E.AGENT_MEETING_REFUSED,
        Outcome.REFUSED,
        {"failures": 5},
    )
    assert end.facts["cause"] == "introduction_failed"
