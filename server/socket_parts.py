"""The sockets of pages, with whatever handles what is said on them."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from audit.event import Actor, ActorKind
from server.clock import TrueClock
from server.foundation import Foundation
from server.http.bodies import carries_code
from server.http.guard import code_refused
from server.http.tickets import TicketDoor
from server.live_parts import Live
from server.metrics import Metrics
from server.oversight import Oversight
from server.refusals import problem_of
from server.signalling.acceptance import Acceptance
from server.signalling.chats import Chats
from server.signalling.connection import Guards
from server.signalling.dispatch import Desk
from server.signalling.exchanges import Exchanges
from server.signalling.key_shares import KeyShares
from server.signalling.pointers import Pointers
from server.signalling.seats import Seat
from server.signalling.sockets import Sockets, Surroundings
from server.tasks import Tasks
from session.identity import SessionId
from session.model import Party

_log: Final = structlog.get_logger("server")


def sockets_of(
    foundation: Foundation,
    live: Live,
    clock: TrueClock,
    door: TicketDoor,
    oversight: Oversight,
    tasks: Tasks,
    metrics: Metrics,
    decline_action: Callable[[SessionId], Awaitable[None]],
    doubted: Callable[[str], bool],
) -> Sockets:
    def permitted(seat: Seat) -> bool:
        """An agent's socket may still be closing when the customer is somebody else's already."""
        if seat.login is None:
            return True
        session = live.conductor.at_hand(seat.session)
        theirs = session is None or session.agent == seat.agent
        return (
            theirs and not doubted(seat.agent) and live.circumstances.login_live(seat.login, clock.now_ms())
        )

    def explain(error: Exception) -> tuple[str, str]:
        problem = problem_of(error)
        metrics.refused_message(problem.code if problem else "internal")
        if problem is None:
            _log.error("a message could not be handled", exc_info=error)
            return "internal", "Something went wrong on our side. Nothing was given. Load the page again."
        return problem.code, problem.detail

    def stranger(seat: Seat, text: str) -> None:
        if seat.party is Party.AGENT and carries_code(text):
            tasks.start(_record_code(seat), name="record a refused code")

    async def _record_code(seat: Seat) -> None:
        session = await live.conductor.load(seat.session)
        await foundation.log.append(
            code_refused(Actor(ActorKind.AGENT, session.agent), "socket", session, clock.now_ms())
        )

    exchanges = Exchanges.forgetting(live.fanout, live.seats, live.conductor, clock)
    key_shares = KeyShares.forgetting(
        live.fanout, live.conductor, foundation.log, clock, required=live.encryption_required
    )
    acceptance = Acceptance(foundation.stores.badges, live.conductor, clock)
    chats = Chats.forgetting(live.fanout, live.seats, live.conductor, foundation.log, clock)
    pointers = Pointers.following(live.fanout, live.seats, live.conductor, foundation.log, clock)
    desk = Desk(
        live.conductor,
        live.offers,
        key_shares,
        exchanges,
        acceptance,
        decline_action,
        chats,
        live.guides,
        pointers,
    )
    guards = Guards(permitted, explain, stranger)
    return Sockets(Surroundings(live.seats, live.fanout, desk, guards, door, live.labels, oversight))
