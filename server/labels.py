"""The readable names of a session's people and case, looked up once a session."""

from collections.abc import Sequence

from server.signalling.views import Labels
from server.storage.outline import Outlines
from session.identity import SessionId

MOST_KEPT = 4_096


class LabelBook:
    """Names do not change within a session, but for an agent's who accepts, so they are kept until they are forgotten;
    the oldest go when there are too many."""

    def __init__(self, organisation: str, outlines: Outlines) -> None:
        self._organisation, self._outlines = organisation, outlines
        self._known: dict[SessionId, Labels] = {}
        self._forgotten = 0

    async def of(self, session: SessionId) -> Labels:
        """Raises StoreUnavailable, or LookupError if a row is gone."""
        known = self._known.get(session)
        if known is not None:
            return known
        forgotten = self._forgotten
        found = await self._look_up(session)
        if forgotten == self._forgotten:  # else it may be from before that
            self._known[session] = found
            if len(self._known) > MOST_KEPT:
                del self._known[next(iter(self._known))]
        return found

    async def forget(self, _subject: str, sessions: Sequence[str]) -> None:
        """Implements audit.erasure.forgetting.Forgetting."""
        self._forgotten += 1
        for session in sessions:
            self._known.pop(SessionId(session), None)

    async def _look_up(self, session: SessionId) -> Labels:
        outline = await self._outlines.of_session(session)
        if outline is None:
            raise LookupError(f"session {session} names a person or case that is not there")
        return Labels(
            organisation=self._organisation,
            agent_name=outline.agent_name,
            agent_number=outline.agent_number,
            agent_team=outline.agent_team,
            agent_role=outline.agent_role,
            case_reference=outline.case_reference,
            customer_masked=outline.customer_masked,
            customer_name=outline.customer_name,
        )
