"""What two people vouched for is done: the link, the removal, the merge, each in one write that judges once more.

A merge that dies half way has done nothing: sessions that ended before it stay ended, and it is carried out anew.
"""

from typing import Final

from audit.event import Actor
from server.customer_sessions import EndSessions
from server.enrolments import EnrolledAlready, Enrolments, IssuedLink
from server.link_news import LinkNews
from server.problems import Problem
from server.storage import factor_caps, merging
from server.storage.customer_logins import all_ended
from server.storage.factor_requests import finish, is_in_session
from server.storage.known_devices import all_void
from server.storage.passkeys import good_ones, passkeys_of
from server.storage.recovery_codes import all_forgotten
from server.storage.stores import Stores
from server.storage.transaction import Transaction, Within
from support.factor_request import CAPPED_FOR_MS, FactorRequest, Kind, Objection
from support.identity import CustomerId
from support.merging import Obstacle, standing, under_way
from support.staff import Staff
from verification.enrolment import LIFE_MS, Subject, SubjectKind


class FactorRefused(Exception):
    """The rule, in a sentence. The attempt is recorded; nothing was changed."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(SENTENCES[objection])
        self.objection = objection


class MergeRefused(Exception):
    """What is in the way of a merge, in a sentence. The attempt is recorded; nothing was changed."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(OBSTACLES[obstacle])
        self.obstacle = obstacle


class FactorChanges:
    """Raises FactorRefused, MergeRefused, Problem, LogUnavailable, StoreUnavailable: then nothing was given."""

    def __init__(
        self, stores: Stores, enrolments: Enrolments, news: LinkNews, end_sessions: EndSessions
    ) -> None:
        self._stores, self._enrolments, self._news = stores, enrolments, news
        self._end_sessions = end_sessions

    async def make(self, request: FactorRequest, by: Actor, staff: Staff, now: int) -> IssuedLink | None:
        """By `staff`, who was judged before the act's entry."""
        if request.kind is Kind.FIRST:
            return await self._link(request, by, staff, now)
        if await self._stores.factor_requests.in_session(staff.id, request.customers):  # it would end unseen
            raise FactorRefused(Objection.IN_SESSION)
        await self._sessions_end(request)
        link = None
        if request.kind.gives:
            link = await self._link(request, by, staff, now)
        else:
            await self._alone(request, staff, now)
        await self._sessions_end(request)  # and those in which the former factor was used meanwhile
        return link

    async def _sessions_end(self, request: FactorRequest) -> None:
        for customer in request.customers:
            await self._end_sessions(customer)

    async def _link(self, request: FactorRequest, by: Actor, staff: Staff, now: int) -> IssuedLink:
        async def within(connection: Transaction) -> None:
            if not await finish(connection, request, now):
                raise FactorRefused(Objection.NOT_OPEN)
            await must_be_outside(connection, staff, request)
            if request.kind is Kind.LOST:
                await _weakened(connection, request, now, LIFE_MS)
                await factor_caps.disable_authenticator(connection, request.customer, now)
            await self._news.done(connection, request, now)

        subject = Subject(SubjectKind.CUSTOMER, request.customer)
        first = request.kind is Kind.FIRST
        try:
            return await self._enrolments.issue(subject, by=by, now=now, first=first, within=within)
        except EnrolledAlready:  # while it was vouched for
            raise enrolled_already() from None

    async def _alone(self, request: FactorRequest, staff: Staff, now: int) -> None:
        """What gives no link."""
        merging_two = request.kind is Kind.MERGE
        change = await self._merge(request, now) if merging_two else _REMOVALS[request.kind](request, now)

        async def within(connection: Transaction) -> None:
            await must_be_outside(connection, staff, request)
            await change(connection)
            await self._news.done(connection, request, now)

        if not await self._stores.factor_requests.carry_out(request, now, within):
            raise FactorRefused(Objection.NOT_OPEN)

    async def _merge(self, request: FactorRequest, now: int) -> Within:
        kept, absorbed = request.customer, request.absorbed or CustomerId("")
        found = await self._stores.customers.find_all(frozenset({kept, absorbed}))
        obstacle = standing(found[kept], found[absorbed]) if len(found) == 2 else Obstacle.SAME  # two
        if obstacle is not None:
            raise MergeRefused(obstacle)

        async def merge(connection: Transaction) -> None:
            ties = await merging.ties_of(connection, kept, absorbed, now)
            if (obstacle := under_way(ties, sessions_ended=True)) is not None:
                raise MergeRefused(obstacle)
            if not await merging.merge(connection, kept, absorbed, now):
                raise MergeRefused(Obstacle.MERGED)

        return merge


def _removal(request: FactorRequest, now: int) -> Within:
    async def remove(connection: Transaction) -> None:
        await _weakened(connection, request, now, 0)
        await factor_caps.remove_authenticator(connection, request.customer, now)

    return remove


def _app_removal(request: FactorRequest, now: int) -> Within:
    async def remove(connection: Transaction) -> None:
        if not await good_ones(connection, Subject(SubjectKind.CUSTOMER, request.customer)):
            raise nothing_stays()
        if not await factor_caps.remove_authenticator(connection, request.customer, now):
            raise nothing_stays()
        await connection.execute(all_void(request.customer, now))
        await connection.execute(all_ended(request.customer, now))

    return remove


def _passkeys_removal(request: FactorRequest, now: int) -> Within:
    """The app and the recovery codes stay."""

    async def remove(connection: Transaction) -> None:
        if not await factor_caps.has_good_authenticator(connection, request.customer):
            raise nothing_stays()
        if not (
            await connection.execute(passkeys_of(Subject(SubjectKind.CUSTOMER, request.customer)))
        ).rowcount:
            raise nothing_stays()
        await factor_caps.cap(connection, request.customer, now + CAPPED_FOR_MS, request.kind.value)
        await connection.execute(all_void(request.customer, now))
        await connection.execute(all_ended(request.customer, now))

    return remove


_REMOVALS: Final = {
    Kind.REMOVAL: _removal,
    Kind.APP: _app_removal,
    Kind.PASSKEYS: _passkeys_removal,
}


async def _weakened(connection: Transaction, request: FactorRequest, now: int, link_life_ms: int) -> None:
    """Nothing counts for more than V1 for seven days, which begin at the latest when the link has run out. No browser
    is known any more; sign-ins, passkeys and recovery codes end: the lost phone may be in other hands."""
    until = now + link_life_ms + CAPPED_FOR_MS
    await factor_caps.cap(connection, request.customer, until, request.kind.value)
    await connection.execute(all_void(request.customer, now))
    await connection.execute(all_ended(request.customer, now))
    await connection.execute(passkeys_of(Subject(SubjectKind.CUSTOMER, request.customer)))
    await connection.execute(all_forgotten(request.customer))


async def must_be_outside(connection: Transaction, staff: Staff, request: FactorRequest) -> None:
    """Asked again in the write: a session may have been opened since. Raises FactorRefused."""
    if await is_in_session(connection, staff.id, request.customers):
        raise FactorRefused(Objection.IN_SESSION)


def enrolled_already() -> Problem:
    return Problem(
        409,
        "enrolled_already",
        "This customer has an authenticator or a passkey. Nothing was changed. If it is lost, ask for a new one in its "
        "place.",
    )


def nothing_stays() -> Problem:
    return Problem(
        409,
        "nothing_stays",
        "Nothing that works would stay, or there is nothing to remove: this takes the app of somebody who keeps a "
        "passkey, or the passkeys of somebody who keeps the app. Nothing was changed. Ask for a removal of all, or for "
        "a new one in place of a lost one.",
    )


def merge_problem(error: MergeRefused) -> Problem:
    return Problem(409, f"merge_{error.obstacle.value}", str(error))


def refusal_of(error: FactorRefused) -> Problem:
    return Problem(409, f"factor_{error.objection.value}", str(error))


SENTENCES: Final = {
    Objection.NOT_OPEN: "This was decided, cancelled or ran out meanwhile. Nothing was changed. Load the page again.",
    Objection.ROLE: "Only supervisors, security officers and administrators vouch. Nothing was changed.",
    Objection.TWICE: "You have vouched already. Nothing was changed. Somebody else vouches after you.",
    Objection.IN_SESSION: (
        "You are in a session with this customer, so you cannot decide about their authenticator. Nothing was "
        "changed; this was recorded. Others decide."
    ),
    Objection.HELD: "The wait is not over yet. Nothing was changed.",
    Objection.TIED: (
        "Whoever vouched first and you got your way to sign in from each other, or from the same person, not long "
        "ago. So you are no second pair of eyes here. Nothing was changed; this was recorded. Somebody else decides."
    ),
    Objection.VOUCHER_GONE: (
        "One of the two who vouched is blocked, or has another role since. Nothing was changed. Ask anew."
    ),
}

OBSTACLES: Final = {
    Obstacle.SAME: "Name two different records. Nothing was changed.",
    Obstacle.ERASED: "One of the two was erased. Nothing was changed.",
    Obstacle.MERGED: "One of the two was merged into another already. Nothing was changed. Name the one that was kept.",
    Obstacle.REGION: (
        "The two are kept under different rules: their field region differs. Nothing was changed. Correct the field "
        "first."
    ),
    Obstacle.ERASURE: (
        "An erasure of one of the two was asked for. Nothing was changed. Decide about that first, or withdraw it."
    ),
    Obstacle.CASE: (
        "The record to be absorbed has an open case. Nothing was changed. Close it, and open one for the other record."
    ),
    Obstacle.SESSION: "A session with this customer has just begun. Nothing was changed. Try again once it has ended.",
}
