"""The live part: the conductor, and whatever tells pages of it and hears from them."""

from dataclasses import dataclass

from server.bus_parts import BusParts
from server.circumstances import LiveCircumstances
from server.clock import TrueClock
from server.consents import Consents
from server.foundation import Foundation
from server.gate_watch import GateWatch
from server.held_cases import HeldCases
from server.http.catalogues import Catalogues
from server.labels import LabelBook
from server.plan import Plan
from server.signalling.fanout import Fanout
from server.signalling.guides import Guides
from server.signalling.offers import Offers
from server.signalling.seats import Seats
from server.turn.relays import Relays
from server.turn.secret import relays_of
from session.conductor import Conductor
from session.gate_port import LegLost
from session.model import State
from support.live_desk import LiveDesk
from verification.login import LoginRegistry


@dataclass(frozen=True, slots=True)
class Live:
    """The live part: the conductor and whatever tells pages of it."""

    conductor: Conductor
    circumstances: LiveCircumstances
    holds: HeldCases
    logins: LoginRegistry
    seats: Seats
    fanout: Fanout
    guides: Guides
    offers: Offers
    labels: LabelBook
    consents: Consents
    gate_watch: GateWatch
    relays: Relays
    encryption_required: bool


def live_parts(
    foundation: Foundation, plan: Plan, words: Catalogues, clock: TrueClock, bus: BusParts
) -> Live:
    """Raises SettingsRefused if the secret shared with the TURN server cannot be used."""
    stores, log = foundation.stores, foundation.log
    logins, holds = LoginRegistry(stores.logins, ended=bus.ring), HeldCases()
    circumstances = LiveCircumstances(LiveDesk(stores.desk_watch), holds, logins, clock, bus.standing)
    seats, relays = Seats(), relays_of(plan.settings.turn)
    fanout = Fanout(seats, clock, relays)
    conductor = Conductor(stores.sessions, log, foundation.gate, fanout, circumstances, clock, bus.homes)
    consents = Consents(words, plan.settings)
    guides = Guides(fanout, conductor, log, clock)
    offers = Offers(seats)
    conductor.observe_media(lambda news: offers.leg_lost(news.session) if isinstance(news, LegLost) else None)
    over = frozenset({State.ENDED, State.WAITING})  # ended, or left by its agent to others
    fanout.observe(lambda session: offers.forget(session.id) if session.state in over else None)
    labels = LabelBook(plan.settings.organisation, stores.outlines)
    watch = GateWatch(foundation.process)
    return Live(
        conductor,
        circumstances,
        holds,
        logins,
        seats,
        fanout,
        guides,
        offers,
        labels,
        consents,
        watch,
        relays,
        encryption_required=plan.settings.gate.encryption == "required",
    )
