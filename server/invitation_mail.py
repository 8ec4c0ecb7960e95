"""An invitation by mail: the one mail of ours whose link leads to a page that may ask for a code.

That is what attackers imitate, so it is sent only where a person is waiting for it: by an agent, in a live case, to the
addresses that the organisation's own record has, once for each invitation, and never later than the invitation holds.
The page that it opens shows who invites before anything is claimed, and the code field comes after the badge.
"""

from typing import Final

from audit.event import Actor, ActorKind, EventName
from server.administration.register import Register
from server.bus.ports import Counters
from server.notices import NoticeKind, Notices
from server.principals import StaffPrincipal
from server.problems import Problem, too_many
from session.model import Session, State
from session.ports import Clock
from support.case import Case
from support.case_rule import Reason
from support.desk import CaseRefused, Desk
from support.identity import CustomerId
from verification.throttle import Rate

OF_AN_AGENT: Final = Rate(count=30, period_ms=3_600_000)
OF_A_CUSTOMER: Final = Rate(count=5, period_ms=3_600_000)


class InvitationMail:
    """`able`: a mail server is named, and the settings allow it. `base_url` is the pages'."""

    def __init__(
        self,
        notices: Notices,
        desk: Desk,
        register: Register,
        counters: Counters,
        clock: Clock,
        *,
        base_url: str,
        able: bool,
    ) -> None:
        self._notices, self._desk = notices, desk
        self._register, self._counters, self._clock = register, counters, clock
        self._base_url, self._able = base_url, able

    async def send(self, session: Session, token: str, agent: StaffPrincipal) -> None:
        """`token`: this session's, as the agent's page has it, for it is kept nowhere here. Raises Problem,
        CaseRefused, LogUnavailable and StoreUnavailable; then nothing was sent."""
        self._must_be_sendable(session)
        case = await self._case(session, agent)
        if not await self._notices.reachable(CustomerId(session.customer)):
            raise Problem(
                409,
                "no_address",
                "There is no e-mail address in this customer's record. Say the code, or send the link.",
            )
        await self._must_not_be_too_often(session, agent)
        intent = self._register.intent(
            EventName.AGENT_INVITATION_MAILED,
            Actor(ActorKind.AGENT, agent.id),
            {"login": agent.login, "session": session.id},
            case=session.case,
            customer=session.customer,
        )

        async def queue(_index: int) -> None:
            facts: dict[str, str | int] = {
                "at_ms": self._clock.now_ms(),
                "until_ms": session.invitation_expires_at,
                "agent": agent.staff.name,
                "number": agent.staff.number,
                "case": case.reference,
                "invitation_url": f"{self._base_url}/join#{token}",
            }
            queued = await self._notices.tell(
                CustomerId(session.customer),
                NoticeKind.INVITATION,
                facts,
                once=session.id,
                last_at_ms=session.invitation_expires_at,
            )
            if not queued:
                raise Problem(
                    409, "already_mailed", "This invitation was mailed already. Nothing was sent again."
                )

        await self._register.carry_out([intent], queue)

    def _must_be_sendable(self, session: Session) -> None:
        if not self._able:
            raise Problem(
                409, "no_mail", "No mails are sent from here. Say the code, or send the link yourself."
            )
        now = self._clock.now_ms()
        if session.state is not State.INVITED or now >= session.invitation_expires_at:
            raise Problem(
                409,
                "invitation_over",
                "This invitation is used or over. Nothing was sent. Open a new session.",
            )

    async def _case(self, session: Session, agent: StaffPrincipal) -> Case:
        """Live for this agent at this moment; a refusal is recorded. Raises Problem, CaseRefused."""
        try:
            return await self._desk.live_case(session.case, agent.staff, self._clock.now_ms())
        except CaseRefused as error:
            if error.reason is not Reason.PROVISIONAL:
                raise
            raise Problem(
                409,
                "case_provisional",
                "Nothing of this customer's record is used before they have proved who they are. Say the code, or send "
                "the link yourself.",
            ) from error

    async def _must_not_be_too_often(self, session: Session, agent: StaffPrincipal) -> None:
        of_agent = await self._counters.take(f"mailed-by/{agent.id}", OF_AN_AGENT)
        if of_agent or await self._counters.take(f"mailed-to/{session.customer}", OF_A_CUSTOMER):
            raise too_many(
                "So many invitations were mailed that no more can be for a while. Nothing was sent."
            )
