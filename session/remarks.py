"""What the log says of what happens around the steps of a session: coming and going, media, leases. Pure.

A remark gives and takes nothing. It is one entry, written after the fact and never waited for, and the number of each
kind in a session is bounded (`Holding.remark`): a browser that comes and goes all day must not fill the log.
"""

from collections.abc import Iterable
from typing import Final

from audit.event import Event, EventName, Outcome
from session.deadlines import AGREED
from session.events import BadgeShown, Connected, ConnectionLost, SessionEvent
from session.gate_port import LegConnected, LegLost, PictureStarted
from session.model import Party, Session, State
from session.permission import Obstacle
from session.recording import entry
from session.told import Facts

_CAME: Final = {
    Party.CUSTOMER: EventName.CUSTOMER_PAGE_CONNECTED,
    Party.AGENT: EventName.AGENT_PAGE_CONNECTED,
}
_WENT: Final = {Party.CUSTOMER: EventName.CUSTOMER_PAGE_LOST, Party.AGENT: EventName.AGENT_PAGE_LOST}


def of_step(before: Session, event: SessionEvent, after: Session, now: int) -> Event | None:
    """What is to be remarked of an event of the law. None where nothing happened, or where its own entry tells it."""
    match event:
        case BadgeShown() if after.state is not before.state:
            return _done(before, EventName.CUSTOMER_BADGE_SHOWN, now, {"agent": before.agent})
        case Connected(party=party) if _came(before, event, after):
            return _done(before, _CAME[party], now, {"state": after.state.value})
        case ConnectionLost(party=party) if party in before.present - after.present:
            told = before.state in AGREED and after.state is State.INTERRUPTED
            return None if told else _done(before, _WENT[party], now, {"state_before": before.state.value})
        case _:
            return None


def of_media(session: Session, news: LegConnected | LegLost | PictureStarted, now: int) -> Event:
    """What the gate tells of its legs and of the picture."""
    match news:
        case LegConnected(leg=leg):
            return _done(session, EventName.SYSTEM_LEG_CONNECTED, now, {"leg": leg.value})
        case LegLost(leg=leg):
            return _done(session, EventName.SYSTEM_LEG_LOST, now, {"leg": leg.value})
        case PictureStarted(epoch=epoch):
            return _done(session, EventName.SYSTEM_PICTURE_STARTED, now, {"epoch": epoch})


def lease_refused(session: Session, obstacles: Iterable[Obstacle], now: int) -> Event:
    """The customer wanted to begin or go on, and the agent may not see anything now."""
    facts = {"reasons": _listed(obstacles)}
    return entry(session, EventName.SYSTEM_LEASE_REFUSED, Outcome.REFUSED, now, facts)


def lease_withheld(session: Session, obstacles: Iterable[Obstacle], now: int) -> Event:
    """A share that goes on, but dark."""
    facts: Facts = {"reasons": _listed(obstacles), "epoch": session.epoch}
    return _done(session, EventName.SYSTEM_LEASE_WITHHELD, now, facts)


def lease_restored(session: Session, now: int) -> Event:
    return _done(session, EventName.SYSTEM_LEASE_RESTORED, now, {"epoch": session.epoch})


def _came(before: Session, event: Connected, after: Session) -> bool:
    """Not if its own entry tells it (an agreement dropped, a share restored), nor if the same page was here already."""
    if before.consent is not None and after.consent is None:
        return False
    if before.state is State.INTERRUPTED and after.state in AGREED:
        return False
    return event.party not in before.present or after.customer_page != before.customer_page


def _done(session: Session, name: EventName, now: int, facts: Facts) -> Event:
    return entry(session, name, Outcome.DONE, now, facts)


def _listed(obstacles: Iterable[Obstacle]) -> str:
    return ",".join(sorted(obstacle.value for obstacle in obstacles))
