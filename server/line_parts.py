"""The line of customers who ask first, in a running server."""

from typing import Protocol

from server.badge_parts import BadgeParts
from server.bus.ports import Counters
from server.circumstances import LiveCircumstances
from server.foundation import Records
from server.handing_desk import HandingDesk
from server.http.catalogues import Catalogue
from server.labels import LabelBook
from server.line_desk import LineDesk, Surroundings
from server.plan import Plan
from server.signalling.fanout import Fanout
from server.signalling.seats import Seats
from server.tasks import Tasks
from server.visit_desk import VisitDesk
from session.conductor import Conductor
from session.ports import Clock
from verification.login import LoginRegistry


class Live(Protocol):
    """The parts of a running server that the line needs."""

    @property
    def conductor(self) -> Conductor: ...
    @property
    def circumstances(self) -> LiveCircumstances: ...
    @property
    def labels(self) -> LabelBook: ...
    @property
    def seats(self) -> Seats: ...
    @property
    def fanout(self) -> Fanout: ...
    @property
    def logins(self) -> LoginRegistry: ...


def line_parts(
    records: Records,
    plan: Plan,
    live: Live,
    badges: BadgeParts,
    first_words: Catalogue,
    tasks: Tasks,
    clock: Clock,
    counters: Counters,
) -> tuple[LineDesk, HandingDesk, VisitDesk]:
    """A meeting code is read out, so there is a voice, and words are compared as the settings ask for where there is
    one. A case's reason, where the customer wrote none, stands in the language that the settings name first."""
    around = Surroundings(
        stores=records.stores,
        log=records.log,
        conductor=live.conductor,
        circumstances=live.circumstances,
        labels=live.labels,
        seats=live.seats,
        fanout=live.fanout,
        tasks=tasks,
        clock=clock,
        organisation=badges.organisation,
        introduction=badges.introductions.asked("voice"),
        topic_text=lambda topic: first_words.text(f"help.topic_{topic}"),
        key=plan.keys.invitations,
    )
    line = LineDesk(around)
    return line, HandingDesk(around, line.cases, live.logins, counters), VisitDesk(around, line, live.logins)
