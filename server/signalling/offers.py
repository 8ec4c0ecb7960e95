"""The gate's offer for an agent's page, until that page has it; and when a customer's page must connect anew.

Both legs are made together, from the customer's offer. So an agent's page that was loaded anew, or a leg that was lost,
needs a new offer from the customer: `media.restart`.
"""

from dataclasses import dataclass

from server.signalling.media_messages import KeyShareSent, MediaKeysOut, MediaOfferOut, MediaRestart
from server.signalling.messages import ProblemMessage
from server.signalling.seats import Seat, Seats
from session.identity import SessionId
from session.model import Party


@dataclass(slots=True)
class _Media:
    """One session's legs. `answered`: the gate has the agent's answer; `keys`: both pages agreed on keys, and it is on
    record. `broken`: they are of no use any more, and the customer's page has not been told yet."""

    customer_page: str
    offer_to_agent: MediaOfferOut
    given_to_page: str | None = None
    answered: bool = False
    keys: MediaKeysOut | None = None
    broken: bool = False


class Offers:
    """Forget a session when it has ended."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._media: dict[SessionId, _Media] = {}

    def made(self, customer: Seat, offer_to_agent: MediaOfferOut) -> None:
        """The gate made both legs: give the agent's page its offer, now or when it comes."""
        self._media[customer.session] = _Media(customer.page, offer_to_agent)
        self.agent_arrived(customer.session)

    def agent_arrived(self, session: SessionId) -> None:
        media, seat = self._media.get(session), self._seats.of(session, Party.AGENT)
        if media is None or seat is None or not seat.welcomed:
            return
        if media.given_to_page is None and not media.broken:
            media.given_to_page = seat.page
            seat.send(media.offer_to_agent)
        elif media.given_to_page != seat.page or not media.answered or media.broken:
            self.leg_lost(session)

    def to_answer(self, session: SessionId) -> MediaOfferOut | None:
        """What the agent's page was offered last, has not lost since, and has not answered. Where there are no keys an
        answer does not tell which offer it is for: the right one may come after one that was for an earlier offer."""
        media = self._media.get(session)
        if media is None or media.broken or (media.answered and media.offer_to_agent.key_share is not None):
            return None
        return media.offer_to_agent

    def keyed(self, session: SessionId, offer: MediaOfferOut, agents: KeyShareSent | None) -> None:
        """Both pages agreed on keys for the legs of this `offer`: the customer's page may use them from here on."""
        media, seat = self._media.get(session), self._seats.of(session, Party.CUSTOMER)
        if media is None or media.offer_to_agent is not offer:
            return  # they are of a connection that is over
        customers = offer.key_share
        media.keys = MediaKeysOut(key_share=agents, customer_key=customers.key if customers else None)
        if seat is not None and seat.welcomed and seat.page == media.customer_page:
            seat.send(media.keys)

    def answered(self, session: SessionId, offer: MediaOfferOut) -> None:
        """The gate took the agent's answer: the page that gave it keeps its connection when its socket breaks off."""
        media = self._media.get(session)
        if media is not None and media.offer_to_agent is offer:
            media.answered = True

    def customer_arrived(self, customer: Seat) -> None:
        media = self._media.get(customer.session)
        if media is not None and media.customer_page != customer.page:
            self.forget(customer.session)  # a page loaded anew has no connection and makes one by itself
        elif media is not None and media.broken:
            self.leg_lost(customer.session)
        elif media is not None and media.keys is not None:
            customer.send(media.keys)  # it may have missed them with its line; the same ones twice do no harm

    def leg_lost(self, session: SessionId) -> None:
        """Ask the customer's page to connect anew, now or when it comes; nothing to do where there was no media."""
        media, seat = self._media.get(session), self._seats.of(session, Party.CUSTOMER)
        if media is None:
            return
        if seat is None or not seat.welcomed or seat.page != media.customer_page:
            media.broken = True
            return
        del self._media[session]
        seat.send(MediaRestart())

    def refused(self, session: SessionId, problem: ProblemMessage) -> None:
        """Nothing can come of what the customer's page offered: it is told why, and offers anew after a pause."""
        media, seat = self._media.get(session), self._seats.of(session, Party.CUSTOMER)
        if media is None or seat is None or not seat.welcomed or seat.page != media.customer_page:
            self.leg_lost(session)
            return
        del self._media[session]
        seat.send(problem)

    def unplaced(self, session: SessionId, problem: ProblemMessage) -> None:
        """There is no gate for it now; the customer's page goes on trying."""
        seat = self._seats.of(session, Party.AGENT)
        if seat is not None and seat.welcomed:
            seat.send(problem)

    def forget(self, session: SessionId) -> None:
        self._media.pop(session, None)
