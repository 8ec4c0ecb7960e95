"""Who looks at what: one seat a party and session, and any number of officers' seats."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from server.signalling.messages import Bye, Outgoing, StateMessage, View, Welcome
from server.signalling.outbox import Outbox
from server.signalling.views import Labels
from session.identity import LoginId, SessionId
from session.model import Party

Farewell = Literal["ended", "taken_over", "signed_out", "draining", "handed_over", "must_prove"]
TAKEN_OVER_CODE = 4409


@dataclass(eq=False, slots=True)
class Seat:
    """One party's socket in one session. `page` names the page load; `login` and `agent` are the agent's.

    A seat is taken before its party counts as connected, and speaks only from its welcome on, which shows everything.
    """

    session: SessionId
    party: Party
    page: str
    labels: Labels
    login: LoginId | None = None
    agent: str = ""
    outbox: Outbox = field(default_factory=Outbox)
    seq: int = 0
    welcomed: bool = False
    chatting: bool = False  # it has asked for the chat: what is new goes to it from then on

    def welcome(self, view: View) -> None:
        self.welcomed = True
        self.outbox.put(Welcome(view=view))

    def show(self, view: View) -> None:
        if self.welcomed:
            self.seq += 1
            self.outbox.put(StateMessage(seq=self.seq, view=view))

    def send(self, message: Outgoing) -> None:
        self.outbox.put(message)

    def dismiss(self, reason: Farewell, *, close_code: int = 1000) -> None:
        self.outbox.end(Bye(reason=reason), close_code=close_code)


@dataclass(eq=False, slots=True)
class OfficerSeat:
    """An officer's socket, which sees all live sessions and flags."""

    login: LoginId
    outbox: Outbox = field(default_factory=Outbox)
    seq: int = 0

    def show(self, view: View) -> None:
        self.seq += 1
        self.outbox.put(StateMessage(seq=self.seq, view=view))

    def dismiss(self, reason: Farewell) -> None:
        self.outbox.end(Bye(reason=reason))


class Seats:
    """All sockets of this process, by session and party."""

    def __init__(self) -> None:
        self._parties: dict[tuple[SessionId, Party], Seat] = {}
        self._officers: set[OfficerSeat] = set()
        self.empty = asyncio.Event()
        self.empty.set()

    def take(self, seat: Seat) -> None:
        """Sit down; whoever sat there is told that it was taken over."""
        former = self._parties.get((seat.session, seat.party))
        self._parties[seat.session, seat.party] = seat
        self.empty.clear()
        if former is not None:
            former.dismiss("taken_over", close_code=TAKEN_OVER_CODE)

    def leave(self, seat: Seat) -> bool:
        """Get up. True if the party is gone by this, False if another socket took the seat meanwhile."""
        if self._parties.get((seat.session, seat.party)) is not seat:
            return False
        del self._parties[seat.session, seat.party]
        self._look_if_empty()
        return True

    def of(self, session: SessionId, party: Party) -> Seat | None:
        return self._parties.get((session, party))

    def parties(self) -> list[Seat]:
        return list(self._parties.values())

    def officers(self) -> list[OfficerSeat]:
        return list(self._officers)

    def everybody(self) -> list[Seat | OfficerSeat]:
        return [*self._parties.values(), *self._officers]

    def welcomed(self) -> list[Seat | OfficerSeat]:
        return [*(seat for seat in self._parties.values() if seat.welcomed), *self._officers]

    def take_officer(self, seat: OfficerSeat) -> None:
        self._officers.add(seat)
        self.empty.clear()

    def leave_officer(self, seat: OfficerSeat) -> None:
        self._officers.discard(seat)
        self._look_if_empty()

    def sign_out(self, login: LoginId) -> None:
        """Every socket of this login is told that it is signed out."""
        for seat in self.everybody():
            if seat.login == login:
                seat.dismiss("signed_out")

    def send_away(self, seat: Seat | OfficerSeat, reason: Farewell) -> None:
        """As `dismiss`, and the seat is free at once: whatever its socket still does counts for nothing."""
        if isinstance(seat, Seat):
            self.leave(seat)
        else:
            self.leave_officer(seat)
        seat.dismiss(reason)

    def dismiss_all(self, reason: Farewell) -> None:
        for seat in self.everybody():
            seat.dismiss(reason)

    def _look_if_empty(self) -> None:
        if not len(self):
            self.empty.set()

    def __len__(self) -> int:
        return len(self._parties) + len(self._officers)
