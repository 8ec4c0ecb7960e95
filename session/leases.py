"""Keeps media alive, one stamp at a time: the only caller of `Gate.renew`.

Silence is the default. A stamp of the gate is answered only while `permitted` says so, and never under an epoch that
was revoked here, whatever anybody still believes.
"""

from audit.ports import AuditWriter
from session.gate_port import LEASE_TTL_MS, Gate, Stamp
from session.identity import SessionId
from session.model import Session
from session.permission import Obstacle, permitted, why_not
from session.ports import Circumstances


class Leases:
    def __init__(self, gate: Gate, log: AuditWriter, circumstances: Circumstances) -> None:
        self._gate, self._log, self._circumstances = gate, log, circumstances
        self._stamps: dict[SessionId, int] = {}
        self._revoked_through: dict[SessionId, int] = {}

    def permitted(self, session: Session, now: int) -> bool:
        """Whether media may flow at `now` (UTC ms), with everything outside asked too."""
        if session.epoch <= self._revoked_through.get(session.id, 0):
            return False
        return permitted(
            session,
            now,
            log_healthy=self._log.healthy,
            case_live=self._circumstances.case_live(session.case, session.agent, now),
            login_live=self._circumstances.login_live(session.agent_login, now),
        )

    def obstacles(self, session: Session, now: int) -> tuple[Obstacle, ...]:
        return why_not(
            session,
            now,
            log_healthy=self._log.healthy,
            case_live=self._circumstances.case_live(session.case, session.agent, now),
            login_live=self._circumstances.login_live(session.agent_login, now),
        )

    def stamped(self, session: Session | None, stamp: Stamp, now: int) -> None:
        """The gate asks. `session` is None where there is no such session any more: then nothing is kept."""
        if session is None:
            return
        self._stamps[stamp.session] = stamp.stamp
        self._renew(session, now)

    def granted(self, session: Session, now: int) -> None:
        """Media was granted: with the last stamp it flows at once, without waiting up to half a second."""
        self._renew(session, now)

    def revoke(self, session: SessionId, epoch: int) -> None:
        self._revoked_through[session] = max(epoch, self._revoked_through.get(session, 0))
        self._gate.revoke(session, epoch)

    def close(self, session: SessionId) -> None:
        """The legs go; the floor stays, since the session may open new ones."""
        self._stamps.pop(session, None)
        self._gate.close(session)

    def forget(self, session: SessionId) -> None:
        """The session is over and its row says so."""
        self._stamps.pop(session, None)
        self._revoked_through.pop(session, None)

    def _renew(self, session: Session, now: int) -> None:
        """A lease does not outlive the knowledge that it rests on."""
        stamp = self._stamps.get(session.id)
        if stamp is not None and self.permitted(session, now):
            life_ms = min(LEASE_TTL_MS, self._circumstances.reliable_ms())
            self._gate.renew(session.id, session.epoch, stamp, life_ms)
