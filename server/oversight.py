"""What officers see live: all sessions, the flags, the log's health."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from audit.detectors import Action
from audit.event import EventName
from server.labels import LabelBook
from server.log_desk import LogDesk
from server.principals import StaffPrincipal
from server.signalling import views
from server.signalling.messages import (
    FlagShown,
    LiveSession,
    LogShown,
    OfficerView,
    ProofShown,
    VerdictShown,
)
from server.signalling.seats import Seats
from server.signalling.views import Labels, Moment
from server.storage.flag_verdicts import FlagVerdictStore, GivenVerdict
from server.storage.flags import FlagStore, StoredFlag
from server.storage.proof_demands import ProofDemandStore
from session.conductor import Conductor
from session.identity import SessionId
from session.ports import Clock, StoreUnavailable
from support.identity import StaffId, is_id
from support.ports import StaffStore
from support.staff import Staff
from verification.proof_demand import ProofDemand

AT_MOST_EVERY_S: Final = 0.25
AT_LEAST_EVERY_S: Final = 2.0
FLAGS_SHOWN: Final = 50
_PROVED: Final = frozenset({Action.STEP_UP, Action.WITHHELD})
_log: Final = structlog.get_logger("oversight")


class Oversight:
    """Implements `signalling.sockets.Oversee`, and keeps all officers' pages up to date."""

    def __init__(
        self,
        conductor: Conductor,
        labels: LabelBook,
        flags: FlagStore,
        verdicts: FlagVerdictStore,
        demands: ProofDemandStore,
        staff: StaffStore,
        log_desk: LogDesk,
        clock: Clock,
    ) -> None:
        self._conductor, self._labels, self._flags, self._staff = conductor, labels, flags, staff
        self._verdicts, self._demands, self._log_desk, self._clock = verdicts, demands, log_desk, clock

    async def admit(self, officer: StaffPrincipal) -> OfficerView:
        await self._log_desk.record(officer.staff, EventName.OFFICER_SESSIONS_READ)
        await self._log_desk.record(officer.staff, EventName.OFFICER_FLAGS_READ)
        return await self.view()

    async def view(self) -> OfficerView:
        """Raises StoreUnavailable."""
        return OfficerView(
            party="officer",
            server_now_ms=self._clock.now_ms(),
            sessions=await self.sessions(),
            flags=await self.flags(),
            log=LogShown(healthy=self._log_desk.healthy, size=self._log_desk.size),
        )

    async def sessions(self) -> list[LiveSession]:
        now = self._clock.now_ms()
        return [
            views.for_officers(
                session,
                await self._labels.of(session.id),
                Moment(now, self._conductor.media_may_flow(session, now)),
            )
            for session in self._conductor.live()
        ]

    async def flags(self) -> list[FlagShown]:
        return await self.shown(await self._flags.latest(FLAGS_SHOWN))

    async def shown(self, flags: Sequence[StoredFlag]) -> list[FlagShown]:
        """These, with names and verdicts."""
        verdicts = await self._verdicts.of([flag.log_index for flag in flags])
        named = {StaffId(flag.target) for flag in flags if flag.session is None}
        named |= {one.officer for one in verdicts.values()}
        demands = await self._demands.latest_of({flag.target for flag in flags if flag.action in _PROVED})
        named |= {StaffId(one.officer) for one in demands if one.officer is not None}
        staff = await self._staff.find_all(frozenset(one for one in named if is_id(one, "sta")))
        return [
            views.flag_for_officers(
                flag,
                await self._labels_of(flag),
                staff.get(StaffId(flag.target)),
                _verdict(verdicts.get(flag.log_index), staff),
                _proof(flag, demands, staff),
            )
            for flag in flags
        ]

    async def _labels_of(self, flag: StoredFlag) -> Labels | None:
        """A flag is shown even where its session's rows are gone."""
        if flag.session is None:
            return None
        try:
            return await self._labels.of(SessionId(flag.session))
        except LookupError:
            return None

    async def keep_shown(self, seats: Seats, changed: asyncio.Event) -> None:
        """For ever: officers' pages get the whole view after each change, at most four times a second, and each 2 s."""
        while True:
            with contextlib.suppress(TimeoutError):  # the log grows without a session's change
                async with asyncio.timeout(AT_LEAST_EVERY_S):
                    await changed.wait()
            changed.clear()
            if seats.officers():
                await self._show(seats)
            await asyncio.sleep(AT_MOST_EVERY_S)

    async def _show(self, seats: Seats) -> None:
        try:
            view = await self.view()
        except (StoreUnavailable, LookupError) as error:
            _log.warning("officers' pages could not be brought up to date", exc_info=error)
            return
        for seat in seats.officers():
            seat.show(view)


def _proof(
    flag: StoredFlag, demands: Sequence[ProofDemand], staff: Mapping[StaffId, Staff]
) -> ProofShown | None:
    """Of the demand that was open when the flag was recorded, which comes after it: the latest before."""
    if flag.action not in _PROVED:
        return None
    theirs = [one for one in demands if one.staff == flag.target and one.demanded_at_ms <= flag.raised_at_ms]
    if not theirs:
        return None
    demand = max(theirs, key=lambda one: one.demanded_at_ms)
    officer = staff.get(StaffId(demand.officer or ""))
    return ProofShown(
        state="demanded" if demand.ended is None else demand.ended.value,
        at_ms=demand.demanded_at_ms if demand.ended_at_ms is None else demand.ended_at_ms,
        means=demand.means,
        officer=f"{officer.name} ({officer.number})" if officer is not None else "",
        reason=demand.reason,
    )


def _verdict(given: GivenVerdict | None, staff: Mapping[StaffId, Staff]) -> VerdictShown | None:
    if given is None:
        return None
    officer = staff.get(given.officer)
    return VerdictShown(
        verdict=given.verdict.value,
        officer=f"{officer.name} ({officer.number})" if officer is not None else given.officer,
        reason=given.reason,
        at_ms=given.given_at_ms,
    )
