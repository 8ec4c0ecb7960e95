"""Handing a customer on to a colleague, or back to the line. Pure; called through `transitions.TABLE`.

Whoever hands over leaves the session at once, and everything that rested on them goes first: picture, agreement,
proof, introduction, badge. The customer waits again, as somebody who asked first does (`waiting`): the colleague
accepts, hears the code that the customer's page shows, and begins where every agent begins, with their own badge. What
the customer may still get wrong (codes, meeting codes) stays counted.

1. For three minutes only the colleague it was meant for may accept, and whoever handed over, if nobody comes.
2. It happens three times in a session at most: more is no help, and each time is a stranger's chance to slip in.
"""

from dataclasses import replace
from typing import Final

from session.deadlines import AGREED
from session.effects import CloseMedia, Effect, RevokeMedia
from session.events import HandedOver
from session.gate_port import LEASE_TTL_MS
from session.model import (
    INVITATION_LIFE_MS,
    Exchange,
    Handed,
    Help,
    Introduction,
    Party,
    Session,
    State,
)
from session.moves import Moved, Unfit, without_agreement
from session.waiting import NO_LOGIN, NOBODY

MOST_HANDED: Final = 3


def hand_over(session: Session, event: HandedOver, now: int) -> Moved:
    often = session.handed.often if session.handed else 0
    if not session.agent:
        raise Unfit("Nobody has accepted this customer yet.")
    if event.by != session.agent:
        raise Unfit("This customer is another agent's by now.")
    if event.to == session.agent:
        raise Unfit("You are this customer's agent already.")
    if often >= MOST_HANDED:
        raise Unfit("This customer was handed over often enough. Help them, or end the session.")
    met = session.state is not State.WAITING or (session.handed is not None and session.handed.met)
    handed = Handed(
        by=session.agent,
        by_name=session.badge.name if session.badge else "",
        to=event.to,
        to_name=event.to_name,
        at=now,
        often=often + 1,
        met=met,
    )
    return replace(_left(session, now), handed=handed), _dark(session)


def _left(session: Session, now: int) -> Session:
    """As if nobody had accepted yet. Whoever is missing has the time that anybody in line has."""
    here = session.present - {Party.AGENT}
    lost_at = None if Party.CUSTOMER in here else now
    asked = session.help or Help("other", "")
    return replace(
        without_agreement(session),
        state=State.WAITING,
        agent=NOBODY,
        agent_login=NO_LOGIN,
        badge=None,
        signed_badge=None,
        introduction=Introduction.NONE,
        introduction_asked=Introduction.NONE,
        exchange=Exchange(),
        transcript="",
        verification=None,
        assertion=None,
        asked=None,
        asked_often=0,
        talk_only=False,
        dark_from=now + LEASE_TTL_MS if session.epoch > 0 else session.dark_from,
        help=replace(asked, nonce="", accepted_at=None, met=False),
        invitation_expires_at=now + INVITATION_LIFE_MS,
        present=here,
        customer_lost_at=lost_at,
        agent_lost_at=None,
        interrupted_at=None,
        resume_to=None,
    )


def _dark(session: Session) -> tuple[Effect, ...]:
    agreed = (session.resume_to or session.state) in AGREED
    return (RevokeMedia(session.epoch), CloseMedia()) if agreed else ()
